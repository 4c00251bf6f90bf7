"""One alarm a ticket and kind: set in the unit that knows of it, taken when its time has come."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from services.core.models import ticket_timer


def set_timers(
    conn: sa.Connection, wanted: Iterable[tuple[UUID, str, datetime | None]], *, new: bool = False
) -> None:
    """Set alarms, or put them off with None. Tickets that are ``new`` have none that would have to go."""
    rows = list(wanted)
    gone = [] if new else [(ticket_id, kind) for ticket_id, kind, at in rows if at is None]
    there = [
        {"ticket_id": ticket_id, "kind": kind, "at": at} for ticket_id, kind, at in rows if at is not None
    ]
    if gone:
        keys = sa.tuple_(ticket_timer.c.ticket_id, ticket_timer.c.kind)
        conn.execute(ticket_timer.delete().where(keys.in_(gone)))
    if there:
        dialect: Any = sqlite if conn.dialect.name == "sqlite" else postgresql
        insert = dialect.insert(ticket_timer)
        conn.execute(
            insert.on_conflict_do_update(
                index_elements=["ticket_id", "kind"], set_={"at": insert.excluded.at}
            ),
            there,
        )


def set_timer(conn: sa.Connection, ticket_id: UUID, kind: str, at: datetime | None) -> None:
    """Set one alarm, or put it off with None."""
    set_timers(conn, [(ticket_id, kind, at)])


def due(conn: sa.Connection, now: datetime, limit: int) -> list[tuple[UUID, str, datetime]]:
    """Alarms whose time has come, the oldest first."""
    query = sa.select(ticket_timer).where(ticket_timer.c.at <= now).order_by(ticket_timer.c.at).limit(limit)
    return [(row.ticket_id, row.kind, row.at) for row in conn.execute(query)]


def take(conn: sa.Connection, ticket_id: UUID, kind: str, at: datetime) -> bool:
    """Claim an alarm; False where another worker was faster or it was set anew."""
    mine = ticket_timer.c.ticket_id == ticket_id, ticket_timer.c.kind == kind, ticket_timer.c.at == at
    return bool(conn.execute(ticket_timer.delete().where(*mine)).rowcount)
