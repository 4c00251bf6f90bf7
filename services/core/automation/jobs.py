"""Setting a new timed rule's alarms on the tickets that are there already."""

from contextlib import suppress
from datetime import timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.common.jobs import JobContext
from services.common.jobs.registry import JobInProgress
from services.core.automation.runner import SINCE, TIMER
from services.core.automation.store import RuleNotFound, one
from services.core.follow.timers import set_timers
from services.core.jobs import jobs
from services.core.models import ticket
from services.core.tickets.status import DONE

SLICE = 200


def arm_later(conn: sa.Connection, rule_id: UUID) -> None:
    """Have the rule's alarms set on every open ticket."""
    with suppress(JobInProgress):
        jobs.enqueue(conn, "arm_rule", {"rule": str(rule_id)}, key=f"arm_rule:{rule_id}")


@jobs.job("arm_rule", queue="slow", max_attempts=3)
async def arm_rule(ctx: JobContext, payload: dict[str, str]) -> dict[str, Any]:
    """What lay longer than the rule says comes at once, what does not in its time."""
    last, count = UUID(int=0), 0
    while True:

        def unit(conn: sa.Connection, last: UUID = last) -> list[UUID]:
            try:
                wanted = one(conn, UUID(payload["rule"]))
            except RuleNotFound:
                return []
            base = ticket.c[SINCE[wanted.since]]
            query = sa.select(ticket.c.id, base.label("base")).where(
                ticket.c.id > last, ticket.c.status_category.not_in(DONE), base.is_not(None)
            )
            rows = conn.execute(query.order_by(ticket.c.id).limit(SLICE)).all()
            kind, wait = f"{TIMER}:{wanted.id}", timedelta(hours=wanted.hours)
            set_timers(conn, [(row.id, kind, row.base + wait) for row in rows])
            return [row.id for row in rows]

        done = await ctx.db.write(unit)
        if not done:
            return {"tickets": count}
        last, count = done[-1], count + len(done)
