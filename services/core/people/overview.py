"""The customer beside a ticket: satisfaction, what is open, what was solved and how, what was said on any channel."""

from uuid import UUID

import sqlalchemy as sa

from services.common.http import Actor
from services.common.text import excerpt
from services.core.contract import ContactOverview, LatelySaid, Satisfaction, SolvedBefore
from services.core.models import message, rating, ticket
from services.core.people.contacts import one
from services.core.products.service import items_of
from services.core.satisfaction.ratings import GOOD
from services.core.snapshot.repository import resolutions
from services.core.tickets import repository
from services.core.tickets.anatomy import row_view
from services.core.tickets.query import ACTIVE
from services.core.tickets.status import DONE

OPEN, BEFORE, SAID = 20, 10, 12


def overview(conn: sa.Connection, contact_id: UUID, actor: Actor) -> ContactOverview:
    """Everything that stands beside a ticket, in a handful of statements. Raises :class:`ContactNotFound`."""
    person = one(conn, contact_id)
    theirs = ticket.c.requester_id == contact_id
    active = repository.listed(actor).where(theirs, ACTIVE).order_by(ticket.c.number.desc()).limit(OPEN)
    return ContactOverview(
        contact=person,
        satisfaction=_satisfaction(conn, contact_id),
        items=items_of(conn, contact_id),
        open=[row_view(dict(row), actor) for row in conn.execute(active).mappings()],
        before=_before(conn, contact_id, actor),
        said=_said(conn, contact_id, actor),
    )


def _satisfaction(conn: sa.Connection, contact_id: UUID) -> Satisfaction:
    good = sa.func.sum(sa.case((rating.c.score >= GOOD, 1), else_=0))
    query = (
        sa.select(sa.func.count(), good, sa.func.avg(rating.c.score))
        .join(ticket, ticket.c.id == rating.c.ticket_id)
        .where(ticket.c.requester_id == contact_id, rating.c.score.is_not(None))
    )
    answered, satisfied, average = conn.execute(query).one()
    if not answered:
        return Satisfaction(answered=0, csat=None, average=None)
    return Satisfaction(answered=int(answered), csat=int(satisfied) / int(answered), average=float(average))


def _before(conn: sa.Connection, contact_id: UUID, actor: Actor) -> list[SolvedBefore]:
    """The newest tickets that are over, with what solved them."""
    query = (
        sa.select(
            ticket.c.id, ticket.c.number, ticket.c.subject, ticket.c.status, ticket.c.channel,
            ticket.c.closed_at, ticket.c.resolution, rating.c.score,
        )
        .outerjoin(rating, rating.c.ticket_id == ticket.c.id)
        .where(
            ticket.c.requester_id == contact_id,
            ticket.c.status_category.in_(DONE),
            repository.readable(actor),
        )
        .order_by(ticket.c.number.desc())
        .limit(BEFORE)
    )  # fmt: skip
    rows = list(conn.execute(query))
    replies = resolutions(conn, [row.id for row in rows])
    return [
        SolvedBefore(
            number=row.number,
            subject=row.subject,
            status=row.status,
            channel=row.channel,
            closed_at=row.closed_at,
            resolution=excerpt(row.resolution or replies.get(row.id, ""), length=240),
            score=row.score,
        )
        for row in rows
    ]


def _said(conn: sa.Connection, contact_id: UUID, actor: Actor) -> list[LatelySaid]:
    """The newest public messages of all their tickets, whatever the channel."""
    query = (
        sa.select(
            ticket.c.number, message.c.at, message.c.channel, message.c.author_kind, message.c.author_name,
            message.c.body_text,
        )
        .join(ticket, ticket.c.id == message.c.ticket_id)
        .where(ticket.c.requester_id == contact_id, message.c.kind == "reply", repository.readable(actor))
        .order_by(message.c.id.desc())
        .limit(SAID)
    )  # fmt: skip
    return [
        LatelySaid(
            number=row.number,
            at=row.at,
            channel=row.channel,
            ours=row.author_kind != "contact",
            author=row.author_name,
            excerpt=excerpt(row.body_text[:600], length=140),
        )
        for row in conn.execute(query)
    ]
