"""Core alone: its app over a real database, people of every role, and no neighbours."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from services.common.clients import Peer
from services.common.clock import FrozenClock
from services.common.http import Actor
from services.common.http.tokens import ServiceTokens
from services.common.live import Live
from services.common.service import Runtime, Service
from services.common.settings import Settings
from services.core import wiring
from services.core.contract import Author, NewApiToken
from services.core.desk import Core
from services.core.identity import people, tokens
from services.core.identity.accounts import keep_contact, keep_staff
from services.core.identity.passwords import hash_password

SECRET = "a secret of the tests, thirty-two or more"
PASSWORD = "correct horse 42"
SYSTEM = Author(kind="system", id=None, name="tests")


@dataclass
class Desk:
    """A running core and ways to be somebody at it."""

    service: Service
    http: httpx.AsyncClient
    clock: FrozenClock
    hashed: str

    @property
    def core(self) -> Core:
        core: Core = self.service.extra
        return core

    async def person(
        self, email: str, role: str, *, name: str = "", password: bool = False
    ) -> dict[str, str]:
        """Headers of a signed-in person, who is made where they are not there yet."""
        keep = keep_contact if role == "customer" else keep_staff
        hashed = self.hashed if password else None
        await self.core.db.write(
            lambda conn: keep(
                conn,
                email=email,
                name=name or email.split("@", maxsplit=1)[0].title(),
                role=role,
                password_hash=hashed,
                locale="en",
                at=self.clock.now(),
                author=SYSTEM,
            )
        )
        account = await self.core.db.read(lambda conn: people.by_email(conn, email))
        assert account is not None
        return self.headers(account.actor)

    def headers(self, actor: Actor) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.core.signer.sign(actor)}"}

    def as_service(self, name: str = "triage") -> dict[str, str]:
        return {"Authorization": f"Bearer {self.core.rt.tokens.sign(name)}"}

    async def api_token(self, *scopes: str) -> dict[str, str]:
        given = NewApiToken(name="client", scopes=list(scopes))
        issued = await self.core.db.write(lambda conn: tokens.issue(conn, given, SYSTEM, self.clock.now()))
        return {"Authorization": f"Bearer {issued.secret}"}

    async def ticket(self, headers: dict[str, str], **values: Any) -> dict[str, Any]:
        """A new ticket, as the API answers it."""
        body = {
            "subject": "My card was swallowed",
            "body": "The machine at the station kept my card.",
            "requester": {"email": "ana@example.com", "name": "Ana Ruiz"},
        } | values
        answer = await self.http.post("/api/v1/tickets", json=body, headers=headers)
        assert answer.status_code == 201, answer.text
        ticket: dict[str, Any] = answer.json()
        return ticket


@pytest.fixture(scope="session")
def hashed() -> str:
    return hash_password(PASSWORD)


def runtime(settings: Settings, clock: FrozenClock) -> Runtime:
    tokens_ = ServiceTokens(settings.secret, clock)

    def peer(name: str, caller: str) -> Peer:
        return Peer(name, caller, tokens_, base_url="http://127.0.0.1:9")  # nobody listens there

    return Runtime(
        settings=settings,
        clock=clock,
        tokens=tokens_,
        peer=peer,
        redis="",
        live=Live(""),
        embedder=None,
        vectors=lambda name: None,
        routes={},
        serves=False,
        background=False,
    )  # type: ignore[arg-type]


@pytest_asyncio.fixture
async def desk(
    migrated_database: Callable[[str], str], tmp_path: Path, clock: FrozenClock, hashed: str
) -> AsyncIterator[Desk]:
    """Core on an empty, migrated database: SQLite, then PostgreSQL."""
    settings = Settings(data=tmp_path / "data", database=migrated_database("services.core"), secret=SECRET)
    service = wiring.build(runtime(settings, clock))
    transport = httpx.ASGITransport(app=service.app, raise_app_exceptions=False)
    async with service.running(), httpx.AsyncClient(transport=transport, base_url="http://desk") as http:
        yield Desk(service, http, clock, hashed)


@pytest_asyncio.fixture
async def agent(desk: Desk) -> dict[str, str]:
    return await desk.person("agent@desk.test", "agent", name="Grace Oduya")


@pytest_asyncio.fixture
async def lead(desk: Desk) -> dict[str, str]:
    return await desk.person("lead@desk.test", "lead", name="Marcus Hale")


@pytest_asyncio.fixture
async def admin(desk: Desk) -> dict[str, str]:
    return await desk.person("admin@desk.test", "admin", name="Ines Prado")


@pytest_asyncio.fixture
async def light(desk: Desk) -> dict[str, str]:
    return await desk.person("light@desk.test", "light", name="Lars Berg")


@pytest_asyncio.fixture
async def customer(desk: Desk) -> dict[str, str]:
    return await desk.person("ana@example.com", "customer", name="Ana Ruiz")
