"""A whole suite in this process, and ways to be somebody at it."""

import asyncio
import re
import shutil
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import sqlalchemy as sa

from services.common.ai.embedder import Embedder, load_second
from services.common.db import Database
from services.common.http import Actor
from services.common.http.tokens import keyed_hash
from services.common.settings import Settings
from services.core.contract import Author, NewApiToken
from services.core.identity import people, tokens
from services.core.identity.accounts import keep_contact, keep_staff
from services.core.identity.sessions import open_session
from services.suite.demo import articles, desk
from services.suite.embedded import EmbeddedApp
from services.suite.runtime import Process
from services.triage.promises.policy import Ground
from services.triage.promises.repository import store

SECRET = "a secret of the tests, thirty-two or more"
SYSTEM = Author(kind="system", id=None, name="tests")
ADMIN, LEAD, AGENT, CUSTOMER = (f"{name}@demo.test" for name in ("admin", "lead", "agent", "customer"))
LIGHT, STRANGER = "light@desk.test", "stranger@example.test"
CATEGORIES = ("lost_or_stolen_card", "age_limit", "exchange_rate", "card_arrival", "terminate_account")
ARTICLES = 6
EACH = 18  # closed tickets a category: enough to fit and to hold some out, few enough for seconds
SERVICES = ("core", "triage", "kb")


class ShiftedClock:
    """The machine's clock, moved by as much as a test says."""

    def __init__(self) -> None:
        self.by = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.by

    def shift(self, by: timedelta) -> None:
        self.by += by


async def eventually(check: Callable[[], Any], seconds: float = 30.0, what: str = "it") -> Any:
    """Wait until ``check`` gives something true, and return that."""
    loop = asyncio.get_running_loop()
    until = loop.time() + seconds
    while True:
        found = check()
        if isinstance(found, Awaitable):
            found = await found
        if found:
            return found
        assert loop.time() < until, f"{what} did not happen within {seconds} s"
        await asyncio.sleep(0.03)


@dataclass
class Suite:
    """Four services behind one app, spoken to over HTTP."""

    process: Process
    http: httpx.AsyncClient
    clock: ShiftedClock
    app: EmbeddedApp
    _secrets: dict[tuple[str, ...], str] = field(default_factory=dict)

    @property
    def settings(self) -> Settings:
        return self.process.settings

    @property
    def core(self) -> Any:
        return self.process.services["core"].extra

    @property
    def triage(self) -> Any:
        return self.process.services["triage"].extra

    @property
    def kb(self) -> Any:
        return self.process.services["kb"].extra

    def db(self, service: str) -> Database:
        return self.process.services[service].db

    # -- people

    async def actor(self, email: str) -> Actor:
        account = await self.core.db.read(lambda conn: people.by_email(conn, email))
        assert account is not None, f"nobody has the address {email}"
        actor: Actor = account.actor
        return actor

    async def as_(self, email: str) -> dict[str, str]:
        """Headers of a signed-in person, good for a minute."""
        return {"Authorization": f"Bearer {self.core.signer.sign(await self.actor(email))}"}

    async def client(self, *scopes: str) -> dict[str, str]:
        """Headers of an API client with these scopes."""
        if scopes not in self._secrets:
            given = NewApiToken(name="client", scopes=list(scopes))
            issued = await self.core.db.write(
                lambda conn: tokens.issue(conn, given, SYSTEM, self.clock.now())
            )
            self._secrets[scopes] = issued.secret
        return {"Authorization": f"Bearer {self._secrets[scopes]}"}

    async def customer(self, email: str, **values: Any) -> str:
        """A customer with this address, made where there is none."""
        given = {
            "name": email.split("@", maxsplit=1)[0].title(),
            "locale": "en",
            "password_hash": None,
        } | values
        await self.core.db.write(
            lambda conn: keep_contact(conn, email=email, at=self.clock.now(), author=SYSTEM, **given)
        )
        return email

    async def colleague(self, email: str, role: str, **values: Any) -> str:
        given = {
            "name": email.split("@", maxsplit=1)[0].title(),
            "locale": "en",
            "password_hash": None,
        } | values
        await self.core.db.write(
            lambda conn: keep_staff(conn, email=email, role=role, at=self.clock.now(), author=SYSTEM, **given)
        )
        return email

    async def core_session(self, email: str) -> dict[str, str]:
        """The cookie of a browser that signed in by a link: for people who have no password."""
        core, portal = self.core, self.process.services["portal"].extra
        account = await core.db.read(lambda conn: people.by_email(conn, email))
        opened = await open_session(core, account, "link")
        session = await portal.sessions.open(opened)
        return {portal.guard.cookie_name("session"): session.key}

    def as_service(self, name: str = "triage") -> dict[str, str]:
        """Headers of another service of the suite."""
        return {"Authorization": f"Bearer {self.process.runtime.tokens.sign(name)}"}

    # -- calls

    async def call(
        self, method: str, path: str, who: str | dict[str, str] = AGENT, **options: Any
    ) -> httpx.Response:
        headers = await self.as_(who) if isinstance(who, str) else who
        return await self.http.request(
            method, path, headers={**headers, **options.pop("headers", {})}, **options
        )

    async def ok(self, method: str, path: str, who: str | dict[str, str] = AGENT, **options: Any) -> Any:
        """The answer of a call that has to succeed, decoded."""
        answer = await self.call(method, path, who, **options)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text[:600]}"
        return answer.json() if answer.content else None

    async def ticket(self, who: str | dict[str, str] = CUSTOMER, **values: Any) -> dict[str, Any]:
        """A new ticket, as the API answers it."""
        body = {"subject": "My card is gone", "body": "I lost my card on the bus this morning."} | values
        made: dict[str, Any] = await self.ok("POST", "/api/v1/tickets", who, json=body)
        return made

    async def read(self, number: int, who: str | dict[str, str] = AGENT) -> dict[str, Any]:
        found: dict[str, Any] = await self.ok("GET", f"/api/v1/tickets/{number}", who)
        return found

    async def timeline(self, number: int, who: str | dict[str, str] = AGENT) -> list[dict[str, Any]]:
        page = await self.ok("GET", f"/api/v1/tickets/{number}/messages", who, params={"limit": 100})
        items: list[dict[str, Any]] = page["items"]
        return items

    async def decided(self, number: int, seconds: float = 30.0) -> dict[str, Any]:
        """The ticket once triage has said what it makes of it."""

        async def look() -> Any:
            found = await self.read(number)
            return found if found["triage"] != "waiting" else None

        ticket: dict[str, Any] = await eventually(look, seconds, f"the decision on {number}")
        return ticket

    async def decisions(self, number: int) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await self.ok("GET", f"/api/v1/tickets/{number}/triage"))["items"]
        return found

    async def trained(self, seconds: float = 60.0) -> dict[str, Any]:
        """A training from its start to its end."""
        started = await self.ok("POST", "/api/v1/triage/trainings", ADMIN, json={})

        async def done() -> Any:
            training = await self.ok("GET", f"/api/v1/triage/trainings/{started['id']}", ADMIN)
            assert training["state"] not in {"failed", "cancelled"}, training
            return training if training["state"] == "done" else None

        training: dict[str, Any] = await eventually(done, seconds, "the training")
        return training

    async def promise(self, *tasks: str, threshold: float = 0.3) -> None:
        """Certify the serving model above a low threshold, so that predictions are applied.

        The small desk has too few reviewed tickets for a certificate of its own.
        """
        loaded = await self.triage.serving.current()
        ground = Ground("holdout", threshold, 1.0, 100, 0, None, 0, False)
        for task in tasks:
            await self.db("triage").write(
                lambda conn, task=task: store(conn, loaded.version, task, 0.95, ground, self.clock.now())
            )

    async def rows(self, service: str, query: Any) -> list[Any]:
        found: list[Any] = await self.db(service).read(lambda conn: conn.execute(query).all())
        return found

    # -- quiet, and what is there then

    async def quiet(self, seconds: float = 40.0) -> None:
        """Wait until no event is under way and no job waits or runs."""
        await eventually(self._still, seconds, "quiet")

    async def _still(self) -> bool:
        undelivered = sa.text("SELECT count(*) FROM outbox WHERE delivered_at IS NULL")
        busy = sa.text(
            "SELECT count(*) FROM job WHERE state IN ('queued', 'running') AND name NOT LIKE 'every.%'"
        )
        if await self.core.follower.behind():
            return False
        for _ in range(2):  # what one look finds idle may just have handed over to another
            for service in SERVICES:
                for query in (undelivered, busy):
                    if (await self.rows(service, query))[0][0]:
                        return False
        return True

    async def counts(self, service: str = "core") -> Counter[str]:
        """Rows by table, of all tables that requests write, once what earlier requests set off is over."""
        await self.quiet()

        def unit(conn: sa.Connection) -> Counter[str]:
            names = [
                name
                for name in sa.inspect(conn).get_table_names()
                if name not in UNCOUNTED and not name.startswith(DERIVED)
            ]
            return Counter(
                {name: conn.execute(sa.text(f'SELECT count(*) FROM "{name}"')).scalar_one() for name in names}
            )

        return await self.db(service).read(unit)

    @contextmanager
    def away(self, service: str) -> Iterator[None]:
        """The service does not answer anybody, as if its process were gone."""
        here = self.process.services[service]
        app = here.app

        async def gone(scope: Any, receive: Any, send: Any) -> None:
            body = b"upstream is away"
            await send({"type": "http.response.start", "status": 500, "headers": []})
            await send({"type": "http.response.body", "body": body})

        here.app = gone  # type: ignore[assignment]
        try:
            yield
        finally:
            here.app = app
            for peer in self.process._peers.values():
                peer._failures, peer._open_until = 0, 0.0

    # -- the portal

    @asynccontextmanager
    async def browser(self, address: str = "127.0.0.1") -> AsyncIterator["Browser"]:
        """A browser of its own, without script, at a network address."""
        transport = httpx.ASGITransport(app=self.app, raise_app_exceptions=False, client=(address, 5000))
        async with httpx.AsyncClient(
            transport=transport, base_url=self.settings.url, follow_redirects=False
        ) as http:
            yield Browser(http)


UNCOUNTED = {"alembic_version", "ticket_number", "job", "inbox", "followed", "ticket_timer", "search_state"}
DERIVED = "ticket_fts"  # the index and its parts, which are caught up with whenever there is time
CSRF = re.compile(r'name="_csrf" value="([^"]+)"')


@dataclass
class Browser:
    """Cookies, forms and their tokens."""

    http: httpx.AsyncClient
    csrf: str = ""
    page: str = ""

    async def open(self, path: str, **options: Any) -> httpx.Response:
        answer = await self.http.get(path, **options)
        if found := CSRF.search(answer.text):
            self.csrf = found.group(1)
        self.page = answer.text
        return answer

    def field(self, name: str) -> str:
        """The value of a field of the page that is open."""
        tag = re.search(rf'<input[^>]*name="{name}"[^>]*>', self.page)
        value = re.search(r'value="([^"]*)"', tag.group(0)) if tag else None
        return value.group(1) if value else ""

    async def send(self, path: str, fields: dict[str, str], **options: Any) -> httpx.Response:
        return await self.http.post(path, data={"_csrf": self.csrf, **fields}, **options)

    async def sign_in(self, email: str, password: str = "demo") -> httpx.Response:
        await self.open("/sign-in")
        answer = await self.send("/sign-in", {"email": email, "password": password})
        assert answer.status_code == 303, f"{answer.status_code} {answer.text[:300]}"
        await self.open(answer.headers["location"])
        return answer


@cache
def _second() -> Embedder:
    """The product's own second encoder, loaded once."""
    return load_second()


@asynccontextmanager
async def running(
    data: Path, embedder: Any, *, clock: ShiftedClock | None = None, **settings: Any
) -> AsyncIterator[Suite]:
    """The suite on a data folder with migrated databases."""
    clock = clock or ShiftedClock()
    given = Settings(**{"data": data, "secret": SECRET, "log_level": "WARNING", **settings})
    process = Process(given, clock=clock, embedder=embedder, second=_second())
    app = EmbeddedApp(process)
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False, client=("127.0.0.1", 5000))
    async with (
        process.running(),
        httpx.AsyncClient(transport=transport, base_url="http://desk.test", timeout=60) as http,
    ):
        yield Suite(process, http, clock, app)


def copied(folder: Path, target: Path) -> Path:
    """A copy of a data folder whose suite is not running."""
    shutil.copytree(folder, target)
    return target


async def seed(data: Path) -> None:
    """A small desk from the demo's own files: its people and categories, some articles, closed tickets."""
    settings = Settings(data=data, secret=SECRET)
    core, kb = Database(settings.database_url("core")), Database(settings.database_url("kb"))
    now = datetime.now(UTC)
    try:
        await core.write(lambda conn: desk.load_people_and_taxonomy(conn, now))
        await core.write(lambda conn: _more_people(conn, now))
        writer = desk.Writer(now)
        await core.read(writer.look_up)
        await core.write(
            lambda conn: writer.write(conn, closed_tickets(), lambda i: keyed_hash(SECRET, "contact", str(i)))
        )
        await kb.write(articles.load_sections)
        names = [name for name in articles.names() if "card" in name][:ARTICLES]
        await kb.write(lambda conn: articles.load_articles(conn, names, now))
    finally:
        await asyncio.gather(core.close(), kb.close())


def _more_people(conn: sa.Connection, now: datetime) -> None:
    common: dict[str, Any] = {"password_hash": None, "locale": "en", "at": now, "author": SYSTEM}
    keep_staff(conn, email=LIGHT, name="Lars Berg", role="light", **common)
    keep_contact(conn, email=STRANGER, name="Someone Else", **common)


def closed_tickets() -> list[dict[str, Any]]:
    """The same number of closed tickets of each category, oldest first."""
    taken: Counter[str] = Counter()
    found = []
    for item in sorted(desk.lines("tickets_closed.jsonl"), key=lambda item: -item["created"]):
        category = item["labels"]["category"]
        if category in CATEGORIES and taken[category] < EACH:
            taken[category] += 1
            found.append(item)
    return found


def checkpoint(folder: Path) -> None:
    """Put the write-ahead logs into the files, so that a copy takes whole databases."""
    for path in folder.glob("*.db"):
        with sqlite3.connect(path) as conn:
            conn.execute("pragma wal_checkpoint(truncate)")
        conn.close()
