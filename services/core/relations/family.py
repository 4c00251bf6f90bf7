"""Which tickets are one after merging: the root that goes on, and all whose conversation it holds."""

from uuid import UUID

import sqlalchemy as sa

from services.common.db.compiled import CompiledSelect
from services.common.errors import Forbidden
from services.common.http import Actor, require
from services.core.models import ticket
from services.core.tickets import repository
from services.core.tickets.anatomy import Row
from services.core.tickets.errors import Merged

DEEPEST = 20  # merges of merges; the rules allow no circle, and this ends one all the same


_merged_into = CompiledSelect(
    sa.select(ticket.c.id, ticket.c.number).where(ticket.c.merged_into == sa.bindparam("ticket"))
)


def root(conn: sa.Connection, ticket_id: UUID) -> UUID:
    """The ticket in which the conversation of ``ticket_id`` goes on."""
    for _ in range(DEEPEST):
        into = conn.execute(sa.select(ticket.c.merged_into).where(ticket.c.id == ticket_id)).scalar()
        if into is None:
            break
        ticket_id = into
    return ticket_id


def family(conn: sa.Connection, ticket_id: UUID) -> dict[UUID, int | None]:
    """``ticket_id`` with all that were merged into it, each with its number; its own is None."""
    found: dict[UUID, int | None] = {ticket_id: None}
    rows = [(row["id"], row["number"]) for row in _merged_into.all(conn, ticket=ticket_id)]
    for _ in range(DEEPEST):
        new = [one for one, _ in rows if one not in found]
        if not new:
            break
        found |= dict(rows)
        below = sa.select(ticket.c.id, ticket.c.number).where(ticket.c.merged_into.in_(new))
        rows = [(row.id, row.number) for row in conn.execute(below)]
    return found


def acted_on(conn: sa.Connection, number: int, actor: Actor, *, lock: bool = True) -> Row:
    """A ticket that an agent acts on; for who may not see it there is none, whatever they are."""
    row = repository.by_number(conn, number, actor, lock=lock)
    require(actor, "tickets:write")
    if not actor.is_agent:
        raise Forbidden("Agents do this.")
    return row


def number_of(conn: sa.Connection, ticket_id: UUID) -> int:
    """The number of a ticket that is there."""
    return int(conn.execute(sa.select(ticket.c.number).where(ticket.c.id == ticket_id)).scalar_one())


def refuse_merged(conn: sa.Connection, row: Row) -> None:
    """Raise :class:`Merged` with the number that goes on."""
    if row["merged_into"] is not None:
        raise Merged(number=number_of(conn, root(conn, row["id"])))
