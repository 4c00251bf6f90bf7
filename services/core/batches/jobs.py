"""Large acts in the background, a slice a transaction."""

from typing import Any
from uuid import UUID

import msgspec

from services.common.http import Actor
from services.common.jobs import JobContext
from services.core.batches import service
from services.core.desk import Core
from services.core.jobs import jobs


@jobs.job("work_batch", max_attempts=5, lease=120)
async def work_batch(ctx: JobContext, payload: dict[str, str]) -> dict[str, Any]:
    """Go on with an act until it is done; a slice that was done stays done."""
    core: Core = ctx.service
    batch, done = UUID(payload["batch"]), 0
    while moved := await core.db.write(lambda conn: service.work(conn, core, batch, core.now())):
        done += moved
        await ctx.progress(done, 0, "tickets")
    return {"done": done}


@jobs.job("undo_batch", max_attempts=5, lease=120)
async def undo_batch(ctx: JobContext, payload: dict[str, Any]) -> dict[str, Any]:
    """Take an act back, slice by slice."""
    core: Core = ctx.service
    batch, actor, done = UUID(payload["batch"]), msgspec.convert(payload["actor"], Actor), 0
    while moved := await core.db.write(lambda conn: service.work_back(conn, core, batch, actor, core.now())):
        done += moved
        await ctx.progress(done, 0, "tickets")
    return {"done": done}
