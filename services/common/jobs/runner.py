"""Takes jobs from the table, runs them under a lease, and sweeps up what was left behind."""

import asyncio
import traceback
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.common.clock import Clock
from services.common.db.engine import Database
from services.common.db.tables import job
from services.common.errors import DeskError, Unavailable
from services.common.jobs.registry import Cancelled, JobContext, Jobs
from services.common.observability import bind_request, get_logger, metrics

log = get_logger(__name__)
SWEEP_SECONDS = 2.0
BACKOFF = (1, 5, 20, 60, 300)  # seconds before try 2, 3, …
AWAY_SECONDS = 5  # a neighbour that is away costs a wait, not one of the job's tries


class Runner:
    """Runs one service's jobs. The number of tries doubles as the fencing token of a run."""

    def __init__(self, jobs: Jobs, db: Database, clock: Clock, service: Any) -> None:
        self.jobs, self.db, self.clock, self.service = jobs, db, clock, service

    async def run_next(self, queue: str) -> bool:
        """Claim and run the most urgent due job of ``queue``; False if there was none."""
        row = await self.db.write(lambda conn: self._claim(conn, queue))
        if row is None:
            return False
        bind_request(row.request_id or "")
        await self._run(row)
        return True

    async def take_back(self) -> None:
        """Let go of what a process that died was running, so that it need not wait for the leases to pass.

        Only for whoever alone runs these jobs. Were there another after all, the number of the try fences it off.
        """
        running = job.update().where(job.c.state == "running")
        await self.db.write(lambda c: c.execute(running.values(state="queued", lease_until=None)))

    def _claim(self, conn: sa.Connection, queue: str) -> Any:
        now = self.clock.now()
        first = (
            sa.select(job)
            .where(job.c.queue == queue, _due(now))
            .order_by(job.c.priority.desc(), job.c.run_at, job.c.id)
            .limit(1)
        )
        if conn.dialect.name == "postgresql":
            first = first.with_for_update(skip_locked=True)
        row = conn.execute(first).first()
        if row is None:
            return None
        if row.attempts >= row.max_attempts:  # its worker died every time
            self._close(conn, row.id, "dead", error="The worker that ran it was lost every time.")
            return None
        spec = self.jobs.specs.get(row.name)
        lease = now + timedelta(seconds=spec.lease if spec else 60)
        conn.execute(
            job.update()
            .where(job.c.id == row.id)
            .values(state="running", attempts=job.c.attempts + 1, lease_until=lease, started_at=now)
        )
        return row

    async def _run(self, row: Any) -> None:
        attempt = row.attempts + 1
        spec = self.jobs.specs.get(row.name)
        if spec is None:
            await self._finish(row, attempt, "dead", error=f"This version has no job called {row.name!r}.")
            return
        ctx = JobContext(
            self.service,
            self.db,
            self.clock,
            row.id,
            attempt,
            lambda done, total, note: self._progress(row.id, attempt, spec.lease, done, total, note),
        )
        renewal = asyncio.create_task(self._renew(row.id, attempt, spec.lease))
        try:
            result = await spec.fn(ctx, row.payload)
        except Cancelled:
            await self._finish(row, attempt, "cancelled")
        except Exception as error:  # a job may fail in any way; the ledger keeps it
            await self._failed(row, attempt, error)
        else:
            await self._finish(row, attempt, "done", result=result)
        finally:
            renewal.cancel()
            with suppress(asyncio.CancelledError):
                await renewal

    async def _renew(self, job_id: UUID, attempt: int, lease: int) -> None:
        while True:
            await asyncio.sleep(lease / 3)
            until = self.clock.now() + timedelta(seconds=lease)
            with suppress(DeskError):
                await self.db.write(
                    lambda c, until=until: c.execute(  # type: ignore[misc]
                        job.update().where(*_mine(job_id, attempt)).values(lease_until=until)
                    )
                )

    async def _progress(
        self, job_id: UUID, attempt: int, lease: int, done: int, total: int, note: str
    ) -> bool:
        def unit(conn: sa.Connection) -> bool:
            conn.execute(
                job.update()
                .where(*_mine(job_id, attempt))
                .values(
                    progress={"done": done, "total": total, "note": note},
                    lease_until=self.clock.now() + timedelta(seconds=lease),
                )
            )
            return bool(conn.execute(sa.select(job.c.cancel_requested).where(job.c.id == job_id)).scalar())

        return await self.db.write(unit)

    async def _failed(self, row: Any, attempt: int, error: Exception) -> None:
        trace = "".join(traceback.format_exception(error))[-8000:]
        away = isinstance(error, Unavailable)
        if attempt >= row.max_attempts and not away:
            log.error("job.dead", job=row.name, id=str(row.id), error=str(error))
            await self._finish(row, attempt, "dead", error=trace)
            return
        wait = AWAY_SECONDS if away else BACKOFF[min(attempt, len(BACKOFF)) - 1]
        log.warning("job.retry", job=row.name, id=str(row.id), attempt=attempt, wait=wait, error=str(error))
        metrics.jobs_finished.labels(row.name, "retried").inc()
        values: dict[str, Any] = {
            "state": "queued",
            "error": trace,
            "lease_until": None,
            "run_at": self.clock.now() + timedelta(seconds=wait),
        }
        if away:
            values["attempts"] = job.c.attempts - 1
        await self.db.write(lambda c: c.execute(job.update().where(*_mine(row.id, attempt)).values(**values)))

    async def _finish(
        self, row: Any, attempt: int, state: str, *, result: Any = None, error: str | None = None
    ) -> None:
        closed = await self.db.write(
            lambda c: self._close(c, row.id, state, result=result, error=error, attempt=attempt)
        )
        metrics.jobs_finished.labels(row.name, state if closed else "late").inc()

    def _close(
        self,
        conn: sa.Connection,
        job_id: UUID,
        state: str,
        *,
        result: Any = None,
        error: str | None = None,
        attempt: int | None = None,
    ) -> bool:
        mine = _mine(job_id, attempt) if attempt is not None else (job.c.id == job_id,)
        done = conn.execute(
            job.update()
            .where(*mine)
            .values(state=state, result=result, error=error, lease_until=None, finished_at=self.clock.now())
        )
        return bool(done.rowcount)

    async def due(self) -> list[str]:
        """The queues that have something to do, one entry a job (at most a hundred each sweep)."""

        def unit(conn: sa.Connection) -> list[str]:
            now = self.clock.now()
            query = sa.select(job.c.queue).where(_due(now)).limit(100)
            return list(conn.execute(query).scalars())

        return await self.db.read(unit)

    async def schedule(self, last: dict[str, datetime]) -> None:
        """Enqueue each scheduled job whose time has come; ``last`` remembers when that was."""
        now = self.clock.now()
        for schedule in self.jobs.schedules:
            if schedule.job in last and (now - last[schedule.job]).total_seconds() < schedule.seconds:
                continue
            last[schedule.job] = now
            with suppress(DeskError):  # one unfinished run is enough
                await self.db.write(lambda c, s=schedule: self.jobs.enqueue(c, s.job, {}, key=s.job))  # type: ignore[misc]


def _mine(job_id: UUID, attempt: int) -> tuple[sa.ColumnElement[bool], ...]:
    """The condition that this run still owns the job: a late result of a lost run changes nothing."""
    return (job.c.id == job_id, job.c.attempts == attempt, job.c.state == "running")


def _due(now: datetime) -> sa.ColumnElement[bool]:
    """Jobs whose time has come; one that was never put off is due at once, whatever any clock says."""
    come = sa.or_(job.c.run_at <= now, job.c.run_at == job.c.created_at)
    return sa.or_(
        sa.and_(job.c.state == "queued", come),
        sa.and_(job.c.state == "running", job.c.lease_until < now),
    )
