"""Serving: granian inside our own event loop, so that start, drain and stop are in one place."""

import asyncio
import gc
import signal
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any

from granian.constants import Interfaces
from granian.server.embed import Server

from services.common.errors import DeskError
from services.common.observability import get_logger
from services.common.turns import turn
from services.suite.runtime import Process

log = get_logger(__name__)
DRAIN_SECONDS = 8.0
COLLECT = (10_000, 5, 200)
"""The collector looks at the youngest objects after so many, and at the older ones after so many such looks."""
ANY = {"0.0.0.0", "::"}  # noqa: S104  compared, not bound


async def serve(
    process: Process,
    app: Any,
    host: str,
    port: int,
    ready: Callable[[], Coroutine[Any, Any, None]] | None = None,
) -> None:
    """Serve ``app`` until SIGTERM or SIGINT, then drain: end the streams, finish the requests, stop the jobs.

    The port opens before the embedder has loaded; it loads behind it.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with process.running():
        inflight = InFlight(app)
        server = Server(
            inflight,
            address=host,
            port=port,
            interface=Interfaces.ASGINL,  # the lifespan was entered above; the server may not enter it again
            log_access=False,
            log_enabled=False,
            websockets=False,
        )
        serving = asyncio.create_task(server.serve())
        await _opened(host, port)
        background = [asyncio.create_task(_warm(process))]
        if ready is not None:
            background.append(asyncio.create_task(ready()))
        await asyncio.wait([serving, asyncio.create_task(stop.wait())], return_when=asyncio.FIRST_COMPLETED)
        log.info("server.draining")
        await process.runtime.live.stop()
        await inflight.drained(DRAIN_SECONDS)
        server.stop()
        for task in background:
            task.cancel()
        with suppress(TimeoutError, asyncio.CancelledError):
            await asyncio.wait_for(serving, 3)


async def work(process: Process) -> None:
    """Run a process's jobs until SIGTERM or SIGINT; what does not finish in time comes back by its lease."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with process.running():
        await _warm(process)
        log.info("worker.ready", services=list(process.services))
        await stop.wait()


class InFlight:
    """Counts the requests that are being answered."""

    def __init__(self, app: Any) -> None:
        self._app, self._count = app, 0
        self._idle = asyncio.Event()
        self._idle.set()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request."""
        self._count += 1
        self._idle.clear()
        try:
            await turn()
            await self._app(scope, receive, send)
        finally:
            self._count -= 1
            if self._count == 0:
                self._idle.set()

    async def drained(self, seconds: float) -> None:
        """Wait until nothing is in flight, at most ``seconds``."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._idle.wait()


async def _opened(host: str, port: int) -> None:
    for _ in range(200):
        try:
            _, writer = await asyncio.open_connection("127.0.0.1" if host in ANY else host, port)
        except OSError:
            await asyncio.sleep(0.02)
        else:
            writer.close()
            return
    raise RuntimeError(f"Port {port} did not open. Is another program using it?")


async def _warm(process: Process) -> None:
    if not {"triage", "kb"} & set(process.services):
        return
    try:
        await process.runtime.embedder.load()
    except DeskError as error:
        log.warning("embedder.missing", error=str(error))
    settle()


def settle() -> None:
    """Take what the start has made out of the collector's sight: it stays until the end.

    A look at all of it (models, templates, compiled statements: half a million objects) held the event loop for a
    quarter of a second, whenever enough new ones had come; ``python -m tests.bench live`` tells of it.
    """
    gc.freeze()
    gc.set_threshold(*COLLECT)
