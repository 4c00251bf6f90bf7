"""What a service can do in the background: a plain list of named functions, bound to a broker at start."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
import sqlalchemy as sa

from services.common.clock import Clock, utc_now
from services.common.db.compiled import CompiledInsert
from services.common.db.engine import Database, after_commit
from services.common.db.tables import job
from services.common.errors import Conflict
from services.common.events.outbox import Event
from services.common.ids import uuid7
from services.common.observability import request_id

_INSERT = CompiledInsert(job)


class Cancelled(Exception):
    """Raised inside a job that notices that somebody asked it to stop."""


class JobInProgress(Conflict):
    code, title = "job_in_progress", "The same work is already under way"


@dataclass
class JobContext:
    """What a running job has: its service's wiring, and a way to report and to be stopped."""

    service: Any
    db: Database
    clock: Clock
    job_id: UUID
    attempt: int
    _report: Callable[[int, int, str], Awaitable[bool]]
    cancelled: bool = False

    async def progress(self, done: int, total: int, note: str = "") -> None:
        """Store how far the job is; raises :class:`Cancelled` if somebody asked it to stop."""
        self.cancelled = await self._report(done, total, note)
        if self.cancelled:
            raise Cancelled


JobFn = Callable[[JobContext, Any], Awaitable[dict[str, Any] | None]]


@dataclass(frozen=True)
class JobSpec:
    """One kind of job. ``lease`` is in seconds and renewed while the job runs; ``wants`` says which events make one."""

    name: str
    fn: JobFn
    queue: str
    max_attempts: int
    lease: int
    event_prefix: str = ""
    wants: Callable[[Event], bool] | None = None


@dataclass(frozen=True)
class Schedule:
    """A job to be enqueued every ``seconds``."""

    job: str
    seconds: float


@dataclass
class Jobs:
    """The jobs and event handlers of one service."""

    service: str
    specs: dict[str, JobSpec] = field(default_factory=dict)
    schedules: list[Schedule] = field(default_factory=list)
    # Which events go first when a backlog drains; a service may set its own rule.
    priority_of: Callable[[Event], int] = lambda event: int(event.data.get("urgency", 0))

    def job(
        self, name: str, *, queue: str = "default", max_attempts: int = 5, lease: int = 60
    ) -> Callable[[JobFn], JobFn]:
        """Register a coroutine ``fn(ctx, payload)``. It runs at least once, so it must be idempotent."""

        def add(fn: JobFn) -> JobFn:
            self.specs[name] = JobSpec(name, fn, queue, max_attempts, lease)
            return fn

        return add

    def on(
        self,
        event_prefix: str,
        *,
        queue: str = "default",
        max_attempts: int = 8,
        lease: int = 60,
        wants: Callable[[Event], bool] | None = None,
    ) -> Callable[[JobFn], JobFn]:
        """Register a coroutine ``fn(ctx, event)`` for events whose type begins with ``event_prefix``.

        ``wants`` leaves out, by the event alone, those that there is nothing to do about.
        """

        def add(fn: JobFn) -> JobFn:
            async def handle(ctx: JobContext, payload: dict[str, Any]) -> dict[str, Any] | None:
                return await fn(ctx, msgspec.convert(payload["event"], Event))

            name = f"on.{event_prefix}.{fn.__name__}"
            self.specs[name] = JobSpec(name, handle, queue, max_attempts, lease, event_prefix, wants)
            return fn

        return add

    def every(
        self,
        *,
        seconds: float = 0,
        minutes: float = 0,
        hours: float = 0,
        queue: str = "default",
        lease: int = 60,
    ) -> Callable[[JobFn], JobFn]:
        """Register a coroutine ``fn(ctx, {})`` that runs on a schedule, one at a time across all workers."""

        def add(fn: JobFn) -> JobFn:
            name = f"every.{fn.__name__}"
            self.specs[name] = JobSpec(name, fn, queue, 1, lease)
            self.schedules.append(Schedule(name, seconds + 60 * minutes + 3600 * hours))
            return fn

        return add

    @property
    def queues(self) -> set[str]:
        """Every queue that a job of this service uses."""
        return {spec.queue for spec in self.specs.values()}

    def handlers(self, event: Event) -> list[str]:
        """The names of the jobs that want this event."""
        named = (s for s in self.specs.values() if s.event_prefix and event.type.startswith(s.event_prefix))
        return [s.name for s in named if s.wants is None or s.wants(event)]

    def enqueue(
        self,
        conn: sa.Connection,
        name: str,
        payload: Any,
        *,
        key: str | None = None,
        priority: int = 0,
        run_at: datetime | None = None,
    ) -> UUID:
        """Write a job in this unit of work; the bell rings once the unit has committed.

        With ``key``, at most one unfinished job has it; a second raises :class:`JobInProgress` with the
        first one's id under ``job``.
        """
        spec = self.specs[name]
        if key is not None:
            same = sa.select(job.c.id).where(job.c.key == key, job.c.state.in_(("queued", "running")))
            if (running := conn.execute(same).scalar()) is not None:
                raise JobInProgress(job=str(running))
        now = utc_now()
        job_id = uuid7()
        _INSERT(
            conn,
            {
                "id": job_id,
                "name": name,
                "queue": spec.queue,
                "payload": msgspec.to_builtins(payload),
                "key": key,
                "state": "queued",
                "priority": priority,
                "attempts": 0,
                "max_attempts": spec.max_attempts,
                "run_at": run_at or now,
                "cancel_requested": False,
                "request_id": request_id(),
                "created_at": now,
            },
        )
        after_commit(conn, (spec.queue, job_id))
        return job_id
