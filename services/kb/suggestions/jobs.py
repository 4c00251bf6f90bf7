"""What happens to suggestion sessions behind the customer's back."""

from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from services.common.events import Event
from services.common.ids import parse_uuid
from services.common.jobs import JobContext
from services.kb.index.queue import jobs
from services.kb.models import contact_ticket, suggestion_session
from services.kb.search import log
from services.kb.suggestions import returns, service


@jobs.on("core.ticket.created", queue="fast")
async def ticket_created(ctx: JobContext, event: Event) -> dict[str, Any] | None:
    """A ticket ends the session that it came of, and is a return for other recent sessions of the same person."""
    session = parse_uuid(str(event.data.get("suggestion_session") or ""))
    ticket = str(event.data.get("ticket") or event.data.get("id") or "")
    ref = event.data.get("contact_ref")

    def unit(conn: sa.Connection) -> dict[str, Any]:
        known = session is not None and service.ticket_opened(conn, session, ticket, ref, event.at)
        if ref:
            returns.ticket_came(conn, ticket, str(ref), event.at, session if known else None)
        return {"known": known}

    return await ctx.db.write(unit)


@jobs.on("core.ticket.reopened", queue="fast")
async def ticket_reopened(ctx: JobContext, event: Event) -> None:
    """Whoever reopens a ticket has come back."""
    ticket = str(event.data.get("ticket") or "")
    await ctx.db.write(lambda conn: returns.ticket_reopened(conn, ticket, event.at))


@jobs.on("core.contact.erased", queue="fast")
async def contact_erased(ctx: JobContext, event: Event) -> None:
    """An erased person leaves no reference in any session."""
    ref = event.data.get("contact_ref")

    def unit(conn: sa.Connection) -> None:
        here = suggestion_session.c.contact_ref == ref
        conn.execute(
            suggestion_session.update().where(here).values(contact_ref=None, visitor=None, ticket=None)
        )
        conn.execute(contact_ticket.delete().where(contact_ticket.c.contact_ref == ref))

    if ref:
        await ctx.db.write(unit)


@jobs.on("core.contact.merged", queue="fast")
async def contact_merged(ctx: JobContext, event: Event) -> None:
    """Sessions of a contact that was merged belong to the one that is left.

    When the merge is undone, what led to a ticket goes back with the ticket; what led to none tells of nobody.
    """
    old, new = event.data.get("from_ref"), event.data.get("contact_ref")
    back = [str(one) for one in event.data.get("tickets") or []]

    def unit(conn: sa.Connection) -> None:
        for rows in (suggestion_session, contact_ticket):
            if event.data.get("undone"):
                theirs = sa.and_(rows.c.contact_ref == new, rows.c.ticket.in_(back))
                conn.execute(rows.update().where(theirs).values(contact_ref=old))
            else:
                conn.execute(rows.update().where(rows.c.contact_ref == old).values(contact_ref=new))

    if old and new:
        await ctx.db.write(unit)


@jobs.every(minutes=10, queue="slow")
async def close_sessions(ctx: JobContext, payload: dict[str, Any]) -> dict[str, Any]:
    """End silent sessions, and drop log entries that have served."""
    now, options = ctx.clock.now(), ctx.service.options
    before = now - timedelta(minutes=options.left_after_minutes)
    closed = 0
    while count := await ctx.db.write(lambda conn: service.close_silent(conn, before, now)):
        closed += count
    forgotten = await ctx.db.write(lambda conn: log.forget(conn, now - timedelta(days=options.log_days)))
    await ctx.db.write(lambda conn: returns.forget(conn, now - returns.KEPT))
    return {"closed": closed, "forgotten": forgotten}
