"""Linking decisions into the chain."""

from typing import Any

from services.common.jobs import JobContext
from services.triage.jobs import jobs
from services.triage.ledger import repository as repo

SLICE = 200


@jobs.every(minutes=1, queue="default", lease=60)
async def link_decisions(ctx: JobContext, payload: dict[str, Any]) -> dict[str, Any]:
    """Link what has been decided since the last time. One at a time: two would fork the chain, and the second
    one's entries would be refused by their serials."""
    done = 0
    while True:
        count = await ctx.db.write(lambda conn: repo.link_some(conn, ctx.clock.now(), SLICE))
        done += count
        if count < SLICE:
            return {"linked": done}
