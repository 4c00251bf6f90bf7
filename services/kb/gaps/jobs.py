"""Gaps are looked for once a night, and when somebody asks."""

from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from services.common.events import Event
from services.common.jobs import JobContext, worked_since
from services.core.client import CoreClient
from services.kb.gaps import measure, service, trends
from services.kb.index.queue import jobs

FIND = "find_gaps"
NIGHT = 3  # UTC
SAME_NIGHT = timedelta(hours=2)


@jobs.job(FIND, queue="slow", max_attempts=2, lease=300)
async def find_gaps(ctx: JobContext, payload: dict[str, Any]) -> dict[str, Any]:
    """Group what was asked and not answered, and count what articles out of earlier groups changed."""
    found = await service.find(ctx.service, core_of(ctx), ctx.progress)
    measured = await measure.measure(ctx.service, core_of(ctx), ctx.progress)
    topics = await trends.look(ctx.service, core_of(ctx), ctx.progress)
    return {"gaps": found, "measured": measured, "topics": topics}


@jobs.every(hours=1, queue="slow", lease=300)
async def find_gaps_nightly(ctx: JobContext, payload: dict[str, Any]) -> dict[str, Any] | None:
    """The same once a night: it reads thousands of tickets, and nobody should wait beside it."""
    now = ctx.clock.now()
    if now.hour != NIGHT:
        return None
    if await ctx.db.read(lambda conn: worked_since(conn, "every.find_gaps_nightly", now - SAME_NIGHT)):
        return None  # a start in the night is no other night
    return await find_gaps(ctx, payload)


@jobs.on("core.contact.erased", queue="fast")
async def forget_questions(ctx: JobContext, event: Event) -> None:
    """An erased person's questions go."""
    ref = event.data.get("contact_ref")
    if ref:

        def forget(conn: sa.Connection) -> None:
            service.forget_person(conn, str(ref))
            trends.forget_person(conn, str(ref))

        await ctx.db.write(forget)


def core_of(ctx: JobContext) -> CoreClient:
    client: CoreClient = ctx.service.core
    return client
