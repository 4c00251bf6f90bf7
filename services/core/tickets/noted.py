"""A change of what hangs on a ticket and is no field of it: into its history, and to whoever has it open."""

from datetime import datetime

import msgspec
import sqlalchemy as sa

from services.common.events import record
from services.common.http import Actor
from services.core import contract as c
from services.core.actors import author_of, setter_of
from services.core.audit import note
from services.core.contract import Change
from services.core.tickets.anatomy import Row


def noted(
    conn: sa.Connection,
    row: Row,
    actor: Actor,
    at: datetime,
    *,
    field: str,
    old: str | None = None,
    new: str | None = None,
    action: str = "changed",
) -> None:
    """Write one entry and one event; the ticket's version stays, since none of its fields moved."""
    by = setter_of(actor)
    note(
        conn, at=at, subject="ticket", subject_id=row["id"], action=action, author=author_of(actor),
        changes=[Change(field=field, old=old, new=new, set_by=by)], ticket_id=row["id"], number=row["number"],
    )  # fmt: skip
    told = c.TicketUpdated(
        ticket=row["id"], number=row["number"], version=row["version"],
        changes=[c.FieldChange(field=field, set_by=by)],
    )  # fmt: skip
    record(conn, c.TICKET_UPDATED, msgspec.to_builtins(told))
