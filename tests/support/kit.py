"""A suite of two tiny services, to try the kernel without the product."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from services.common.clients import Peer
from services.common.clock import Clock, SystemClock
from services.common.db import Database, metadata_for
from services.common.errors import Unauthorized
from services.common.http import Actor, build_app
from services.common.http.tokens import ServiceTokens, Signer, Verifier
from services.common.jobs import Jobs
from services.common.live import Live
from services.common.service import Runtime, Service
from services.common.settings import Settings


@dataclass
class Kit:
    """Services by name, and doors between them."""

    settings: Settings
    clock: Clock
    routes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    redis: str = ""
    services: dict[str, Service] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.tokens = ServiceTokens(self.settings.secret, self.clock)
        self.signer = Signer(self.settings.secret, self.clock)
        self.runtime = Runtime(
            settings=self.settings, clock=self.clock, tokens=self.tokens, peer=self.peer,
            redis=self.redis, live=Live(), embedder=None, vectors=lambda name: None, routes=self.routes,
        )  # type: ignore[arg-type]  # fmt: skip

    def peer(self, name: str, caller: str) -> Peer:
        async def app(scope: Any, receive: Any, send: Any) -> None:
            await self.services[name].app(scope, receive, send)

        return Peer(name, caller, self.tokens, app=app)

    async def add(self, name: str, url: str, jobs: Jobs, handlers: list[Any] | None = None) -> Service:
        async def keys() -> dict[str, Any]:
            return self.signer.jwks

        async def introspect(token: str) -> Actor:
            raise Unauthorized

        db = Database(url)
        await db.write(metadata_for(name).create_all)
        service = Service(name=name, rt=self.runtime, jobs=jobs, db=db,
                          verifier=Verifier(self.tokens, self.clock, keys, introspect))  # fmt: skip
        service.app = build_app(service, handlers or [])
        self.services[name] = service
        return service

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Kit"]:
        entered = []
        for service in self.services.values():
            lifespan = service.running()
            await lifespan.__aenter__()
            entered.append(lifespan)
        try:
            yield self
        finally:
            for lifespan in reversed(entered):
                await lifespan.__aexit__(None, None, None)


def kit_in(folder: Path, *, clock: Clock | None = None, redis: str = "", **routes: tuple[str, ...]) -> Kit:
    """A kit whose files lie in ``folder``."""
    settings = Settings.load({"TRIAJE_DATA": str(folder)})
    return Kit(settings, clock or SystemClock(), {k.replace("_", "."): v for k, v in routes.items()}, redis)


async def eventually(check: Callable[[], Any], seconds: float = 30.0) -> Any:
    """Wait until ``check`` is true; fails after ``seconds``."""
    import asyncio
    import time

    until = time.monotonic() + seconds
    while time.monotonic() < until:
        found = check()
        if hasattr(found, "__await__"):
            found = await found
        if found:
            return found
        await asyncio.sleep(0.02)
    raise AssertionError("it did not happen in time")
