"""Jobs and dead letters over HTTP, for admins."""

from typing import Annotated, Literal
from uuid import UUID

from litestar import delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, QueryParameter

from services.common.http import Actor, clamp_limit, encode_cursor, require
from services.common.http.paging import BadCursor, decode_cursor
from services.common.ids import parse_uuid
from services.common.jobs import JobView, cancel_job, list_jobs, retry_job
from services.core.contract import Job, JobPage
from services.core.desk import Core

State = Literal["queued", "running", "done", "dead", "cancelled"]


@get("/api/v1/jobs", tags=["operations"])
async def read_jobs(
    core: NamedDependency[Core],
    actor: NamedDependency[Actor],
    wanted: Annotated[State, QueryParameter(name="state")] = "dead",
    limit: FromQuery[int | None] = None,
    cursor: FromQuery[str | None] = None,
) -> JobPage:
    """Background work by state, newest first; `dead` is the dead-letter list."""
    require(actor, "admin")
    size, before = clamp_limit(limit), None
    if (after := decode_cursor(cursor, str)) is not None and (before := parse_uuid(after[0])) is None:
        raise BadCursor
    jobs = await list_jobs(core.db, state=wanted, before=before, limit=size + 1)
    items = [_view(job) for job in jobs[:size]]
    return JobPage(items=items, next_cursor=encode_cursor(str(items[-1].id)) if len(jobs) > size else None)


@post("/api/v1/jobs/{job_id:uuid}/retry", status_code=200, tags=["operations"])
async def retry(core: NamedDependency[Core], actor: NamedDependency[Actor], job_id: FromPath[UUID]) -> Job:
    """Try a dead job again."""
    require(actor, "admin")
    return _view(await retry_job(core.db, job_id))


@delete("/api/v1/jobs/{job_id:uuid}", status_code=200, tags=["operations"])
async def cancel(core: NamedDependency[Core], actor: NamedDependency[Actor], job_id: FromPath[UUID]) -> Job:
    """Stop a job that waits or runs."""
    require(actor, "admin")
    return _view(await cancel_job(core.db, job_id))


def _view(job: JobView) -> Job:
    return Job(**{name: getattr(job, name) for name in Job.__struct_fields__})


routes = [read_jobs, retry, cancel]
