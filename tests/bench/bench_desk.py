"""What an agent waits for, at three sizes of desk and on both databases: pages as the browser gets them.

The whole suite in one process, one request after the other, each page whole: queue, ticket (with its queue beside
it), search by number, by text and by meaning, and the overview of the administration, which is the desk's dashboard.
The desks of all sizes run side by side and are asked in turns, so that their ratio is of one machine's one mood; of
the rounds the best counts. They are asked once they have nothing else to do: a desk that was just filled learns from
its tickets first. Beside the wait stands the desk's own work: processor time a request, whatever else the machine does.
Every search fills a page of fifty at every size, or its growth would be that of the answer.
``--sizes 1000,100000 --databases SQLite --requests 30 --rounds 2`` make it shorter.
"""

import asyncio
import random
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx

from services.common.settings import Settings
from services.core.models.base import FIRST_NUMBER
from tests.bench.asked import asked
from tests.bench.filling import RARE, WORDS, fill
from tests.bench.hosts import postgres
from tests.bench.table import Row, below, quantile
from tests.support import servers
from tests.support.desk import Desk, triaje

LISTS, SEARCH, DASHBOARD, GROWTH = (
    50.0,
    80.0,
    100.0,
    1.5,
)  # milliseconds at the 95th percentile; times the smallest
VIEWS = ("open", "waiting", "new", "triage", "unassigned", "mine", "all", "due")
SECRET = "a-secret-of-the-benchmark-long-enough"
CSRF = re.compile(r'name="_csrf" value="([^"]+)"')
WHO = ("admin@bench.test", "a-password-of-the-bench")
MEANT = (
    "the machine kept my card",
    "me cobraron dos veces",
    "money back for a trip",
    "new phone, cannot log in",
)
WARM = 5  # requests of each kind that do not count
IDLE, LOOK = 0.08, 3.0  # share of a core, over so many seconds, under which a desk has nothing else to do
PATIENCE = 600.0  # seconds that a desk has to come to rest
Pages = Callable[[random.Random], str]


def kinds(size: int) -> dict[str, tuple[Pages, float]]:
    """What is asked: an address, made anew each time, and its bar."""

    def one(dice: random.Random) -> int:
        return FIRST_NUMBER + dice.randrange(size)

    def words(dice: random.Random) -> str:
        return "+".join(dice.sample(WORDS, 2))

    return {
        "queue page": (lambda dice: f"/agent?view={dice.choice(VIEWS)}", LISTS),
        "queue, live update": (lambda dice: f"/agent/queue?view={dice.choice(VIEWS)}", LISTS),
        "ticket page": (lambda dice: f"/agent/tickets/{one(dice)}?view=open", LISTS),
        "search by number": (lambda dice: f"/agent?q=%23{one(dice)}", SEARCH),
        "search by two words": (lambda dice: f"/agent?q={words(dice)}", SEARCH),
        "search by a rare word": (lambda dice: f"/agent?q={RARE}", SEARCH),
        "search in the language": (
            lambda dice: f"/agent?q=is:open+priority<critical+{dice.choice(WORDS)}",
            SEARCH,
        ),
        "search by meaning": (lambda dice: f"/agent/solved?q={dice.choice(MEANT)}", SEARCH),
        "dashboard": (lambda dice: "/admin", DASHBOARD),
    }


class Visitor:
    """An admin's browser at one desk, and what it waited."""

    def __init__(self, size: int, served: Desk) -> None:
        self.size, self._kinds, self._desk = size, kinds(size), served
        self._http = httpx.Client(base_url=served.url, timeout=60)
        self.best: dict[str, float] = {}
        self.work: dict[str, float] = {}
        self._sign_in()

    def _sign_in(self) -> None:
        page = self._http.get("/sign-in")
        found = CSRF.search(page.text)
        assert found, page.text[:500]
        fields = {"_csrf": found.group(1), "email": WHO[0], "password": WHO[1]}
        assert self._http.post("/sign-in", data=fields).status_code == 303

    def ask(self, kind: str, turn: int) -> None:
        """A round of one kind; its 95th percentile counts if it is the best so far."""
        pages, _ = self._kinds[kind]
        dice = random.Random(turn)
        taken, worked = [], 0.0
        for number in range(asked.requests + WARM):
            if number == WARM:
                worked = self._desk.worked()
            address = pages(dice)
            begun = time.perf_counter()
            answer = self._http.get(address)
            took = (time.perf_counter() - begun) * 1000
            assert answer.status_code == 200, (address, answer.status_code, answer.text[:500])
            if number >= WARM:
                taken.append(took)
        self.best[kind] = min(quantile(taken, 0.95), self.best.get(kind, float("inf")))
        each = (self._desk.worked() - worked) * 1000 / asked.requests
        self.work[kind] = min(each, self.work.get(kind, float("inf")))

    def close(self) -> None:
        self._http.close()


@contextmanager
def desk(size: int, database: str, folder: Path, now: datetime, like: Path | None) -> Iterator[Desk]:
    """A desk of ``size`` tickets, served. Vectors are taken from ``like`` where it is there."""
    settings = Settings(data=folder, database=database, secret=SECRET)
    folder.mkdir()
    if like is not None and (like / "vectors").is_dir():
        shutil.copytree(like / "vectors", folder / "vectors")
    wanted = {"TRIAJE_DATABASE": database, "TRIAJE_SECRET": SECRET, "TRIAJE_LOG_LEVEL": "ERROR"}
    served = Desk(folder, folder / "desk.log", ("run",), settings=wanted)
    triaje("migrate", env=served.env)
    triaje("user", "add", WHO[0], "--role", "admin", "--password", WHO[1], env=served.env)
    triaje("user", "add", "agent@bench.test", "--role", "agent", "--password", WHO[1], env=served.env)
    begun = time.monotonic()
    asyncio.run(fill(settings, size, now))
    print(f"  {size} tickets in {time.monotonic() - begun:.0f} s", file=sys.stderr, flush=True)
    served.start(ready=True)
    try:
        yield served
    finally:
        served.stop()


def settled(desks: list[Desk]) -> None:
    """Wait until the desks have done what their start set off. Raises TimeoutError where one never rests."""
    until, calm = time.monotonic() + PATIENCE, 0
    while calm < 3:
        if time.monotonic() > until:
            raise TimeoutError(f"a desk was still busy after {PATIENCE:.0f} s")
        before = [one.worked() for one in desks]
        time.sleep(LOOK)
        busy = max(one.worked() - was for one, was in zip(desks, before, strict=True)) / LOOK
        calm = calm + 1 if busy < IDLE else 0


def on(name: str, urls: Callable[[int], str], folder: Path, now: datetime, like: Path | None) -> list[Row]:
    """Every size on one database; the bars hold at every size, and the growth from the smallest to the largest."""
    with ExitStack() as stack:
        visitors: list[Visitor] = []
        desks: list[Desk] = []
        for size in asked.sizes:
            source = like / f"{size}" if like else None
            desks.append(stack.enter_context(desk(size, urls(size), folder / f"{size}", now, source)))
            visitors.append(Visitor(size, desks[-1]))
            stack.callback(visitors[-1].close)
        settled(desks)
        for turn in range(asked.rounds):
            for kind in kinds(1):
                for visitor in visitors:
                    visitor.ask(kind, turn)
    rows = []
    for kind, (_, bar) in kinds(1).items():
        waits = [visitor.best[kind] for visitor in visitors]
        found = ", ".join(f"{one:.1f} ms" for one in waits)
        print(f"  {name}, {kind}: {found}", file=sys.stderr, flush=True)
        for size, wait in zip(asked.sizes, waits, strict=True):
            rows.append(below(f"{kind}, {size:,} tickets, {name}, p95", wait, "ms", bar))
        if len(waits) > 1:
            growth = waits[-1] / waits[0]
            rows.append(below(f"{kind}, growth to {asked.sizes[-1]:,}, {name}", growth, "×", GROWTH))
        rows += [
            below(f"{kind}, {one.size:,} tickets, {name}, work", one.work[kind], "ms") for one in visitors
        ]
    return rows


def bench() -> list[Row]:
    now = datetime.now(UTC).replace(microsecond=0)
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="triaje-bench-") as name:
        folder, lite = Path(name), Path(name) / "SQLite"
        if "SQLite" in asked.databases:
            lite.mkdir()
            rows += on("SQLite", lambda size: f"sqlite:///{lite}/{size}/{{service}}.db", lite, now, None)
        if "PostgreSQL" in asked.databases:
            rows += _on_postgres(folder, now, lite if lite.is_dir() else None)
    return rows


def _on_postgres(folder: Path, now: datetime, like: Path | None) -> list[Row]:
    place = folder / "PostgreSQL"
    place.mkdir()
    names = [f"{service}_{size}" for size in asked.sizes for service in ("core", "triage", "kb", "portal")]
    with postgres(folder, names) as server:
        if server is None:
            return []
        return on(
            "PostgreSQL",
            lambda size: servers.postgres_url(server, f"{{service}}_{size}"),
            place,
            now,
            like,
        )
