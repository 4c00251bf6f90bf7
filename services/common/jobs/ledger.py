"""Looking at jobs and deciding over them: progress, cancelling, the one dead-letter list."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
import sqlalchemy as sa

from services.common.clock import utc_now
from services.common.db.engine import Database, after_commit
from services.common.db.tables import job
from services.common.errors import Conflict, NotFound


class JobView(msgspec.Struct, kw_only=True):
    """A job as people and clients see it. ``progress`` is ``{done, total, note}``."""

    id: UUID
    name: str
    queue: str
    state: str
    attempts: int
    max_attempts: int
    progress: dict[str, Any] | None
    result: dict[str, Any] | None
    error: str | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


_COLUMNS = [job.c[name] for name in JobView.__struct_fields__]


def _view(row: Any) -> JobView:
    return JobView(**dict(zip(JobView.__struct_fields__, row, strict=True)))


async def get_job(db: Database, job_id: UUID) -> JobView:
    """One job; raises :class:`NotFound`."""
    row = await db.read(lambda c: c.execute(sa.select(*_COLUMNS).where(job.c.id == job_id)).first())
    if row is None:
        raise NotFound("There is no such job.")
    return _view(row)


def worked_since(conn: sa.Connection, name: str, since: datetime) -> bool:
    """Whether a job called ``name`` has done something, and said what, since then. A schedule asks at every start."""
    done = (job.c.name == name, job.c.state == "done", job.c.finished_at >= since)
    rows = conn.execute(sa.select(job.c.result).where(*done)).scalars()
    return any(result is not None for result in rows)


async def list_jobs(
    db: Database,
    *,
    state: str | None = None,
    name: str | None = None,
    before: UUID | None = None,
    limit: int = 50,
) -> list[JobView]:
    """The newest jobs first, by keyset: pass the last id as ``before``."""
    query = sa.select(*_COLUMNS).order_by(job.c.id.desc()).limit(limit)
    for column, value in ((job.c.state, state), (job.c.name, name)):
        if value is not None:
            query = query.where(column == value)
    if before is not None:
        query = query.where(job.c.id < before)
    return [_view(row) for row in await db.read(lambda c: c.execute(query).all())]


async def cancel_job(db: Database, job_id: UUID) -> JobView:
    """Stop a job: at once if it waits, at its next report if it runs."""

    def unit(conn: sa.Connection) -> None:
        now = utc_now()
        conn.execute(
            job.update()
            .where(job.c.id == job_id, job.c.state == "queued")
            .values(state="cancelled", finished_at=now)
        )
        conn.execute(
            job.update().where(job.c.id == job_id, job.c.state == "running").values(cancel_requested=True)
        )

    await db.write(unit)
    return await get_job(db, job_id)


async def retry_job(db: Database, job_id: UUID) -> JobView:
    """Put a dead job back into its queue with fresh attempts; raises :class:`Conflict` if it is not dead."""

    def unit(conn: sa.Connection) -> bool:
        revived = conn.execute(
            job.update()
            .where(job.c.id == job_id, job.c.state == "dead")
            .values(state="queued", attempts=0, run_at=job.c.created_at, finished_at=None)
        )
        if revived.rowcount:
            after_commit(
                conn, (conn.execute(sa.select(job.c.queue).where(job.c.id == job_id)).scalar_one(), job_id)
            )
        return bool(revived.rowcount)

    if not await db.write(unit):
        await get_job(db, job_id)
        raise Conflict("Only a job that has died can be tried again.")
    return await get_job(db, job_id)
