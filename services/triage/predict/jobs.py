"""When to decide: a new ticket, and the backlog of a desk that had no model."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.common.events import Event
from services.common.jobs import JobContext
from services.triage.desk import Desk
from services.triage.jobs import jobs
from services.triage.predict import repository as repo
from services.triage.predict.service import decide, decide_again_with_thread

SLICE = 50


@jobs.on("core.ticket.created.v1", queue="fast", max_attempts=6, lease=60)
async def decide_on_new_ticket(ctx: JobContext, event: Event) -> None:
    """Triage a ticket as it opens."""
    await decide(ctx.service, UUID(event.data["ticket"]), "created")


@jobs.on("core.message.received.v1", queue="fast", max_attempts=6, lease=60)
async def decide_on_more_words(ctx: JobContext, event: Event) -> None:
    """A customer wrote again: what they add may change what the ticket is about."""
    await decide_again_with_thread(
        ctx.service, UUID(event.data["ticket"]), f"message:{event.data['message']}"
    )


@jobs.job("decide", queue="fast", max_attempts=6, lease=60)
async def decide_again(ctx: JobContext, payload: dict[str, Any]) -> None:
    """Triage a ticket for another reason than its opening."""
    await decide(ctx.service, UUID(payload["ticket"]), payload["cause"])


@jobs.job("catch_up", queue="default", max_attempts=5, lease=60)
async def catch_up(ctx: JobContext, payload: dict[str, Any]) -> dict[str, Any]:
    """Decide on tickets that came while no model could serve; each gets a job, so one bad one stops none."""
    desk: Desk = ctx.service
    loaded = await desk.serving.current()
    if loaded is None:
        return {"tickets": 0}
    cause, after, count = f"model:{loaded.version}", None, 0
    while True:
        rows = await ctx.db.read(lambda conn, after=after: repo.waiting_for_model(conn, after, SLICE))  # type: ignore[misc]
        if not rows:
            return {"tickets": count}

        def unit(conn: sa.Connection, rows: list[Any] = rows) -> None:
            for row in rows:
                jobs.enqueue(conn, "decide", {"ticket": str(row.ticket), "cause": cause})

        await ctx.db.write(unit)
        after, count = rows[-1].id, count + len(rows)
        await ctx.progress(count, count, "queue")
