"""What one process lends to the services in it. Here, and only here, implementations are chosen."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module
from typing import Any

from services.common.ai.embedder import load_embedder, load_second
from services.common.ai.vectors import open_vectors
from services.common.clients import Peer
from services.common.clock import Clock, SystemClock
from services.common.db.migrate import upgrade
from services.common.http.tokens import ServiceTokens
from services.common.live import Live
from services.common.service import Runtime, Service
from services.common.settings import Settings
from services.suite.topology import EVENTS, SERVICES

WITH_DATABASE = ("core", "triage", "kb")


def migrate(settings: Settings, names: tuple[str, ...] = WITH_DATABASE) -> None:
    """Bring the databases of ``names`` to this version. Raises DatabaseBroken for a damaged file."""
    for name in names:
        upgrade(settings.database_url(name), f"services.{name}")


class Process:
    """The services that run in this process, and doors to those that run elsewhere."""

    def __init__(
        self,
        settings: Settings,
        names: tuple[str, ...] = SERVICES,
        *,
        clock: Clock | None = None,
        serves: bool = True,
        background: bool = True,
        embedder: Any = None,
        second: Any = None,
    ) -> None:
        self.settings = settings
        clock = clock or SystemClock()
        self._tokens = ServiceTokens(settings.secret, clock)
        self._peers: dict[tuple[str, str], Peer] = {}
        self._vectors: dict[str, Any] = {}
        self.runtime = Runtime(
            settings=settings,
            clock=clock,
            tokens=self._tokens,
            peer=self.peer,
            redis=settings.redis,
            live=Live(settings.redis),
            embedder=embedder or load_embedder(settings),
            second=second or load_second(),
            vectors=self.vectors,
            routes=EVENTS,
            serves=serves,
            background=background,
        )
        self.services: dict[str, Service] = {}
        for name in names:
            self.services[name] = import_module(f"services.{name}.wiring").build(self.runtime)

    def peer(self, name: str, caller: str) -> Peer:
        """The door to ``name``: its app where it runs here, its address where it does not."""
        key = (name, caller)
        if key not in self._peers:
            url = self.settings.peers.get(name, "")
            app = None if url else _Late(self, name)
            self._peers[key] = Peer(name, caller, self._tokens, base_url=url, app=app)
        return self._peers[key]

    def vectors(self, name: str) -> Any:
        """The vector store of one service."""
        if name not in self._vectors:
            self._vectors[name] = open_vectors(self.settings, name)
        return self._vectors[name]

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Enter every service's lifespan in order, and leave them in reverse."""
        await self.runtime.live.start()
        entered = []
        try:
            for service in self.services.values():
                lifespan = service.app.lifespan()
                await lifespan.__aenter__()
                entered.append(lifespan)
            yield
        finally:
            await self.runtime.live.stop()
            for lifespan in reversed(entered):
                await lifespan.__aexit__(None, None, None)
            for peer in self._peers.values():
                await peer.close()


class _Late:
    """An ASGI app that is looked up when it is called: services may know each other in a circle."""

    def __init__(self, process: Process, name: str) -> None:
        self._process, self._name = process, name

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self._process.services[self._name].app(scope, receive, send)
