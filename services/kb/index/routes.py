"""The index over HTTP: how far it is, and rebuilding it."""

import sqlalchemy as sa
from litestar import get, post
from litestar.di import NamedDependency

from services.common.db.tables import job
from services.common.errors import Unavailable
from services.common.http import Actor, require
from services.common.jobs.registry import JobInProgress
from services.kb.contract import IndexState
from services.kb.desk import Desk
from services.kb.index.jobs import REBUILD_KEY
from services.kb.models import passage


@get("/api/v1/kb/index")
async def state(actor: NamedDependency[Actor], desk: NamedDependency[Desk]) -> IndexState:
    """How far the index is."""
    require(actor, "kb:write")
    return await index_state(desk)


@post("/api/v1/kb/index/rebuild", status_code=202)
async def rebuild(actor: NamedDependency[Actor], desk: NamedDependency[Desk]) -> IndexState:
    """Rebuild the vectors from the database; search goes on meanwhile."""
    require(actor, "admin")
    try:
        await desk.db.write(lambda conn: desk.jobs.enqueue(conn, "rebuild", {}, key=REBUILD_KEY))
    except JobInProgress:
        return await index_state(desk)
    return await index_state(desk)


async def index_state(desk: Desk) -> IndexState:
    """What the index has, and whether it answers."""
    active = None
    available = False
    try:
        active = await desk.index.active()
        available = active is not None and await desk.index.vectors.count(active.name) >= 0
    except Unavailable:
        available = False
    fingerprint = active.fingerprint if active else ""

    def read(conn: sa.Connection) -> tuple[int, int, object]:
        everything = conn.execute(sa.select(sa.func.count()).select_from(passage)).scalar_one()
        done = sa.select(sa.func.count()).select_from(passage).where(passage.c.fingerprint == fingerprint)
        running = sa.select(job.c.id).where(job.c.key == REBUILD_KEY, job.c.state.in_(("queued", "running")))
        return everything, conn.execute(done).scalar_one(), conn.execute(running).scalar()

    passages, indexed, running = await desk.db.read(read)
    return IndexState(
        collection=active.name if active else "", fingerprint=fingerprint, passages=passages,
        indexed=indexed if active else 0, available=available, job=running,  # type: ignore[arg-type]
    )  # fmt: skip


handlers = [state, rebuild]
