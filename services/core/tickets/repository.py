"""Reading tickets. Every query takes the actor and returns only what that actor may see."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.common.db.compiled import CompiledSelect
from services.common.http import Actor
from services.common.ids import parse_uuid
from services.core.contract import StaffRef
from services.core.models import (
    contact,
    organization,
    staff,
    team,
    team_member,
    ticket,
    ticket_share,
    ticket_team,
)
from services.core.tickets.anatomy import Row
from services.core.tickets.errors import TicketNotFound
from services.core.tickets.ids import MAX_NUMBER

_PEOPLE = (
    contact.c.name.label("requester_name"),
    contact.c.email.label("requester_email"),
    contact.c.tier.label("requester_tier"),
    contact.c.locale.label("requester_locale"),
    contact.c.organization_id.label("organization_id"),
    organization.c.name.label("organization_name"),
    staff.c.name.label("assignee_name"),
    staff.c.email.label("assignee_email"),
)
_JOINED = (
    ticket.join(contact, ticket.c.requester_id == contact.c.id)
    .outerjoin(organization, contact.c.organization_id == organization.c.id)
    .outerjoin(staff, ticket.c.assignee_id == staff.c.id)
)
_EVERY = sa.select(ticket, *_PEOPLE).select_from(_JOINED)
_LISTED = (
    *(
        ticket.c[name]
        for name in (
            "id", "number", "subject", "status", "status_category", "working_label", "language", "channel",
            "requester_id", "assignee_id", "version", "created_at", "updated_at", "priority", "priority_rank",
            "category", "tags", "team", "provenance", "triage", "breach_at",
        )
    ),
    sa.func.substr(ticket.c.description, 1, 600).label("description"),
    *_PEOPLE,
)  # fmt: skip
"""What a line of a list is made of: texts and documents that it does not show are not read."""


def readable(actor: Actor) -> sa.ColumnElement[bool]:
    """The condition on ``ticket`` under which ``actor`` may see it; nothing for whoever is not known."""
    if actor.is_agent:
        return sa.true() if sees_all(actor) else sa.false()
    who = parse_uuid(actor.id)
    if who is None:
        return sa.false()
    if actor.kind == "contact":
        return ticket.c.requester_id == who
    if actor.is_staff:
        shared = sa.select(ticket_share.c.ticket_id).where(ticket_share.c.staff_id == who)
        along = (
            sa.select(ticket_team.c.ticket_id)
            .join(team, team.c.key == ticket_team.c.team)
            .join(team_member, team_member.c.team_id == team.c.id)
            .where(team_member.c.staff_id == who)
        )
        return ticket.c.id.in_(sa.union_all(shared, along))
    return sa.false()


def statement(actor: Actor) -> sa.Select[Any]:
    """Tickets that ``actor`` may see, with the people beside them."""
    return _EVERY.where(readable(actor))


def every_listed() -> sa.Select[Any]:
    """What a list shows of all tickets, for statements that only whoever sees them all may run."""
    return sa.select(*_LISTED).select_from(_JOINED)


def listed(actor: Actor) -> sa.Select[Any]:
    """The same with what a list shows of them."""
    return every_listed().where(readable(actor))


_whole = _EVERY.where(ticket.c.id == sa.bindparam("id"))
_any_by_id = CompiledSelect(_whole)
_any_by_id_locked = CompiledSelect(_whole.with_for_update(of=ticket))
"""What follows from every event reads its ticket by id, several times over, for actors who see them all."""
_any_by_number = CompiledSelect(_EVERY.where(ticket.c.number == sa.bindparam("number")))
_shares = CompiledSelect(
    sa.select(staff.c.id, staff.c.name, staff.c.email)
    .join(ticket_share, ticket_share.c.staff_id == staff.c.id)
    .where(ticket_share.c.ticket_id == sa.bindparam("ticket"))
    .order_by(staff.c.name)
)


def by_number(conn: sa.Connection, number: int, actor: Actor, *, lock: bool = False) -> Row:
    """One ticket; raises :class:`TicketNotFound` where there is none, or none for this actor."""
    if not 0 < number < MAX_NUMBER:
        raise TicketNotFound
    if not lock and sees_all(actor):
        if (row := _any_by_number(conn, number=number)) is None:
            raise TicketNotFound
        return row
    return _one(conn, statement(actor).where(ticket.c.number == number), lock)


def by_id(conn: sa.Connection, ticket_id: UUID, actor: Actor, *, lock: bool = False) -> Row:
    """One ticket by its id; raises :class:`TicketNotFound`."""
    if sees_all(actor):
        row = (_any_by_id_locked if lock else _any_by_id)(conn, id=ticket_id)
        if row is None:
            raise TicketNotFound
        return row
    return _one(conn, statement(actor).where(ticket.c.id == ticket_id), lock)


def sees_all(actor: Actor) -> bool:
    """Whether the actor may read every ticket there is."""
    return actor.is_agent and actor.can("tickets:read")


def _one(conn: sa.Connection, query: sa.Select[Any], lock: bool) -> Row:
    if lock:
        query = query.with_for_update(of=ticket)
    row = conn.execute(query).mappings().first()
    if row is None:
        raise TicketNotFound
    return dict(row)


def shares(conn: sa.Connection, ticket_id: UUID) -> list[StaffRef]:
    """The staff members that a ticket is shared with."""
    return [StaffRef(**row) for row in _shares.all(conn, ticket=ticket_id)]
