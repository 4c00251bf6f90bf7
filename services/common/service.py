"""A service as the suite runs it: its parts, its start and stop, its health."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from services.common.clients import Peer
from services.common.clock import Clock
from services.common.db.engine import Database
from services.common.errors import DeskError
from services.common.events.outbox import WOKEN, Event, Relay
from services.common.files import Files
from services.common.http.tokens import ServiceTokens, Verifier
from services.common.jobs.bell import Bell, make_broker
from services.common.jobs.registry import Jobs
from services.common.jobs.runner import Runner
from services.common.live import Live
from services.common.observability import get_logger
from services.common.settings import Settings

if TYPE_CHECKING:
    from litestar import Litestar

    from services.common.ai.embedder import Embedder

log = get_logger(__name__)
Hook = Callable[[], Awaitable[None]]


@dataclass
class Runtime:
    """What one process lends to the services inside it.

    ``peer(name, caller)`` is the door from one service to another; ``redis`` is the address of the broker,
    empty for one in this process; ``vectors`` opens a service's vector
    store by name; ``second`` is the encoder that triage reads with beside the embedder. ``background`` says
    whether this process works on jobs and carries events.
    """

    settings: Settings
    clock: Clock
    tokens: ServiceTokens
    peer: Callable[[str, str], Peer]
    redis: str
    live: Live
    embedder: "Embedder"
    vectors: Callable[[str], Any]
    second: "Embedder | None" = None
    routes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    serves: bool = True
    background: bool = True


@dataclass
class Service:
    """One service in this process. ``wiring.build(runtime)`` makes it and sets ``app``.

    ``essential`` names the health checks without which the service cannot answer; ``extra`` is the
    service's own wiring object, which jobs find as ``ctx.service``. ``on_events`` is for a service without a
    database: it gets events as they come.
    """

    name: str
    rt: Runtime
    jobs: Jobs
    verifier: Verifier
    db: Database = None  # type: ignore[assignment]
    files: Files = None  # type: ignore[assignment]
    extra: Any = None
    app: "Litestar" = None  # type: ignore[assignment]
    on_start: list[Hook] = field(default_factory=list)
    on_stop: list[Hook] = field(default_factory=list)
    on_events: Callable[[list[Event]], Awaitable[None]] | None = None
    checks: dict[str, Hook] = field(default_factory=dict)
    essential: set[str] = field(default_factory=lambda: {"database"})
    relay: Relay | None = None
    bell: Bell | None = None
    runner: Runner | None = None

    @property
    def settings(self) -> Settings:
        return self.rt.settings

    @property
    def clock(self) -> Clock:
        return self.rt.clock

    @property
    def live(self) -> Live:
        return self.rt.live

    @property
    def embedder(self) -> "Embedder":
        return self.rt.embedder

    def peer(self, name: str) -> Peer:
        """The door to the service ``name``."""
        return self.rt.peer(name, self.name)

    async def check(self) -> dict[str, str]:
        """Each health check's verdict: ``ok`` or what is wrong."""

        async def database() -> None:
            await self.db.write(
                lambda c: c.execute(sa.text("SELECT 1"))
            )  # reading may go on while writing waits

        checks = dict(self.checks)
        if self.db is not None:
            checks["database"] = database
        return dict(
            zip(checks, await asyncio.gather(*(_verdict(check) for check in checks.values())), strict=True)
        )

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Start the service's background work and stop it again; the app's lifespan."""
        tasks: list[asyncio.Task[None]] = []
        if self.db is not None:
            self._connect(tasks)
        for hook in self.on_start:
            await hook()
        if self.bell is not None and self.rt.background:
            await self.bell.work(alone=not self.rt.redis)
        try:
            yield
        finally:
            if self.bell is not None:
                await self.bell.stop()
            for hook in reversed(self.on_stop):
                await hook()
            for task in tasks:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task
            if self.db is not None:
                await self.db.close()

    def _connect(self, tasks: list[asyncio.Task[None]]) -> None:
        self.runner = Runner(self.jobs, self.db, self.clock, self.extra)
        if self.jobs.specs:
            self.bell = Bell(self.runner, make_broker(self.rt.redis), threads=self.settings.worker_threads)
        subscribers = {name for names in self.rt.routes.values() for name in names}
        self.relay = Relay(
            self.db,
            {k: v for k, v in self.rt.routes.items() if k.startswith(self.name + ".")},
            {name: self._deliver_to(name) for name in subscribers},
        )
        pool = None if not self.rt.redis else ThreadPoolExecutor(2, thread_name_prefix="bell")

        def notify(notes: list[Any]) -> None:
            for note in notes:
                if note == WOKEN:
                    assert self.relay is not None
                    self.relay.wake()
                elif self.bell is not None:
                    queue, job_id = note
                    if pool is None:
                        self.bell.ring(queue, job_id)
                    else:  # a broker on the network may hang, and this runs on the event loop
                        pool.submit(self.bell.ring, queue, job_id)

        self.db.on_commit = notify
        if self.rt.serves or self.rt.background:
            tasks.append(asyncio.create_task(self.relay.run()))

    def _deliver_to(self, name: str) -> Callable[[list[Event]], Awaitable[None]]:
        async def deliver(events: list[Event]) -> None:
            await self.peer(name).post("/internal/events", {"events": events}, retry=True)

        return deliver


async def _verdict(check: Hook) -> str:
    try:
        async with asyncio.timeout(3):
            await check()
    except DeskError as error:
        return error.title
    except Exception as error:  # a health check reports whatever is wrong
        return f"{type(error).__name__}: {error}"[:200]
    return "ok"
