"""Counting every open ticket anew after a change of agreements."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.common.jobs import JobContext
from services.core.jobs import jobs
from services.core.models import ticket
from services.core.sla.refresh import refresh
from services.core.tickets.status import DONE

SLICE = 50


@jobs.job("count_anew", queue="slow", max_attempts=3, lease=120)
async def count_anew(ctx: JobContext, payload: Any) -> dict[str, Any]:
    """Work out the clocks of all open tickets under the agreements as they are now. What has passed is not told."""
    core, last, count = ctx.service, UUID(int=0), 0
    core.promises.forget()
    while True:

        def unit(conn: sa.Connection, last: UUID = last) -> list[UUID]:
            query = sa.select(ticket.c.id).where(ticket.c.id > last, ticket.c.status_category.not_in(DONE))
            ids = list(conn.execute(query.order_by(ticket.c.id).limit(SLICE)).scalars())
            refresh(conn, core, ids, core.now(), quiet=set(ids))
            return ids

        done = await ctx.db.write(unit)
        if not done:
            return {"tickets": count}
        last, count = done[-1], count + len(done)
