"""dramatiq as the doorbell: a message says that a queue has work. It may be lost or doubled.

The broker holds nothing that the ``job`` table does not; a sweeper rings again for what was missed.
"""

import asyncio
from concurrent.futures import CancelledError as FutureCancelled
from contextlib import suppress
from datetime import datetime
from typing import Any
from uuid import UUID

import dramatiq
from dramatiq.brokers.redis import RedisBroker
from dramatiq.brokers.stub import StubBroker
from dramatiq.errors import DramatiqError

from services.common.errors import DeskError
from services.common.jobs.runner import SWEEP_SECONDS, Runner
from services.common.observability import get_logger, metrics

log = get_logger(__name__)


def make_broker(redis_url: str, namespace: str = "triaje") -> dramatiq.Broker:
    """The broker: in this process, or on Redis where ``redis_url`` names one.

    A heartbeat of 5 s instead of 60 brings a killed worker's messages back after about 7 s.
    """
    if not redis_url:
        return StubBroker(middleware=[])
    return RedisBroker(url=redis_url, namespace=namespace, heartbeat_timeout=5000, middleware=[])  # type: ignore[no-untyped-call]


class Bell:
    """Connects one service's jobs with a broker, and runs them where ``work`` was called.

    The actor is synchronous and lends the job to the event loop that ``start`` was called on.
    """

    def __init__(self, runner: Runner, broker: dramatiq.Broker, *, threads: int = 4) -> None:
        self._runner, self._broker, self._threads = runner, broker, threads
        self._loop: asyncio.AbstractEventLoop | None = None
        self._worker: dramatiq.Worker | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._actors: dict[str, Any] = {}
        name = runner.jobs.service
        for queue in sorted(runner.jobs.queues):

            def answer(job_id: str, queue: str = queue) -> None:
                self._answer(queue)

            self._actors[queue] = dramatiq.Actor(
                answer,
                broker=broker,
                actor_name=f"{name}.{queue}",
                queue_name=f"{name}-{queue}",
                priority=0,
                options={},
            )

    def ring(self, queue: str, job_id: UUID | str = "") -> None:
        """Say that ``queue`` has work. A broker that is away is no error: the sweeper rings again."""
        try:
            self._actors[queue].send(str(job_id))
        except (DramatiqError, ConnectionError, OSError) as error:
            metrics.bells_lost.inc()
            log.warning("bell.lost", queue=queue, error=str(error))

    def _answer(self, queue: str) -> None:
        loop = self._loop
        if loop is None or loop.is_closed():
            return
        coroutine = self._runner.run_next(queue)
        try:
            running = asyncio.run_coroutine_threadsafe(coroutine, loop)
        except RuntimeError:  # the loop closed just now; the sweeper of the next process finds the job
            coroutine.close()
            return
        while self._loop is not None and not loop.is_closed():
            with suppress(TimeoutError, FutureCancelled, DeskError):
                running.result(timeout=1)
                return
            if running.done():
                return

    async def work(self, *, alone: bool) -> None:
        """Start to answer the bell in this process, and to sweep. ``alone``: no other process runs these jobs."""
        if alone:
            await self._runner.take_back()
        self._loop = asyncio.get_running_loop()
        queues = {actor.queue_name for actor in self._actors.values()}
        self._worker = dramatiq.Worker(
            self._broker, queues=queues, worker_threads=self._threads, worker_timeout=200
        )
        await asyncio.to_thread(self._worker.start)
        self._tasks.append(asyncio.create_task(self._sweep()))

    async def _sweep(self) -> None:
        last: dict[str, datetime] = {}
        while True:
            try:
                await self._runner.schedule(last)
                for queue in await self._runner.due():
                    if queue in self._actors:
                        await asyncio.to_thread(self.ring, queue)
            except DeskError as error:
                log.warning("sweep.failed", error=str(error))
            await asyncio.sleep(SWEEP_SECONDS)

    async def stop(self, timeout: float = 8.0) -> None:
        """Finish the running jobs within ``timeout`` seconds; what does not finish comes back by its lease."""
        for task in self._tasks:
            task.cancel()
        if self._worker is not None:
            worker = self._worker
            await asyncio.to_thread(worker.stop, int(timeout * 1000))
        self._broker.close()
        self._loop = None
