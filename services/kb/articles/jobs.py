"""What happens to articles by themselves."""

from datetime import timedelta
from typing import Any

from services.common.jobs import JobContext, worked_since
from services.kb.articles import drafts, links, schedule
from services.kb.index.queue import jobs

CHECK_LINKS = "check_links"
NIGHT = (6, 4)  # Sunday, at four UTC
SAME_NIGHT = timedelta(hours=2)


@jobs.job(CHECK_LINKS, queue="slow", max_attempts=2, lease=300)
async def check_links(ctx: JobContext, payload: dict[str, Any]) -> dict[str, Any]:
    """Look at every link of every article."""
    return {**await links.check(ctx.service, ctx.service.outside, ctx.progress)}


@jobs.every(hours=1, queue="slow", lease=300)
async def check_links_weekly(ctx: JobContext, payload: dict[str, Any]) -> dict[str, Any] | None:
    """The same once a week, in the night of Sunday; a start in that night is no other one."""
    now = ctx.clock.now()
    if (now.weekday(), now.hour) != NIGHT:
        return None
    if await ctx.db.read(lambda conn: worked_since(conn, "every.check_links_weekly", now - SAME_NIGHT)):
        return None
    return {**await links.check(ctx.service, ctx.service.outside, ctx.progress)}


@jobs.every(minutes=1, queue="fast")
async def keep_schedule(ctx: JobContext, payload: dict[str, Any]) -> dict[str, Any]:
    """Publish and archive what is due."""
    now = ctx.clock.now()
    return {"changed": await ctx.db.write(lambda conn: schedule.run(conn, now))}


@jobs.every(hours=12, queue="slow")
async def forget_drafts(ctx: JobContext, payload: dict[str, Any]) -> None:
    """Drafts that nobody came back to for a season go."""
    before = ctx.clock.now() - drafts.KEPT
    await ctx.db.write(lambda conn: drafts.forget(conn, before))
