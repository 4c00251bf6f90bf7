"""The index's background work."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.common.db.tables import job
from services.common.errors import Unavailable
from services.common.jobs import JobContext
from services.common.jobs.registry import JobInProgress
from services.common.observability import get_logger
from services.kb.index.queue import jobs

log = get_logger(__name__)
REBUILD_KEY = "rebuild"


@jobs.job("index_articles", queue="fast", max_attempts=8, lease=120)
async def index_articles(ctx: JobContext, payload: dict[str, Any]) -> dict[str, Any]:
    """Bring the index up to date with some articles."""
    count = await ctx.service.index.index([UUID(key) for key in payload["articles"]])
    return {"passages": count}


@jobs.job("rebuild", queue="slow", max_attempts=3, lease=120)
async def rebuild(ctx: JobContext, payload: dict[str, Any]) -> dict[str, Any]:
    """Fill a new index from the database; search goes on with the old one."""
    return {"passages": await ctx.service.index.rebuild(ctx.progress)}


@jobs.every(minutes=5, queue="slow", lease=120)
async def watch_index(ctx: JobContext, payload: dict[str, Any]) -> dict[str, Any]:
    """Notice a lost, damaged or incomplete index, and have it rebuilt."""
    return {"trouble": await mend(ctx.service)}


async def mend(kb: Any) -> str | None:
    """Enqueue a rebuild where the index needs one. Returns why, or None."""
    if await kb.db.read(_indexing):
        return None  # what is missing is on its way
    try:
        trouble: str | None = await kb.index.trouble()
    except Unavailable as error:
        log.warning("index.unknown", error=str(error))
        return None
    if trouble is None:
        return None
    log.warning("index.rebuild", reason=trouble)
    try:
        await kb.db.write(lambda conn: jobs.enqueue(conn, "rebuild", {}, key=REBUILD_KEY))
    except JobInProgress:
        return trouble
    return trouble


def _indexing(conn: sa.Connection) -> bool:
    waiting = sa.select(job.c.id).where(
        job.c.name.in_(("index_articles", "rebuild")), job.c.state.in_(("queued", "running"))
    )
    return conn.execute(waiting.limit(1)).first() is not None
