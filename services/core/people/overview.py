"""The customer beside a ticket: satisfaction, what is open, what was solved and how, what was said on any channel.

Read with every page of a ticket, so each part is a statement that is compiled once. They look at all tickets of the
contact, which is for whoever sees all tickets.
"""

from uuid import UUID

import sqlalchemy as sa

from services.common.db.compiled import CompiledSelect
from services.common.errors import Forbidden
from services.common.http import Actor, require
from services.common.text import excerpt
from services.core.contract import ContactOverview, LatelySaid, Satisfaction, SolvedBefore
from services.core.models import message, rating, ticket
from services.core.people.contacts import one
from services.core.products.service import items_of
from services.core.satisfaction.ratings import GOOD
from services.core.snapshot.repository import RESOLVING
from services.core.tickets.anatomy import row_view
from services.core.tickets.query import ACTIVE, OVER
from services.core.tickets.repository import every_listed

OPEN, BEFORE, SAID = 20, 10, 12
_THEIRS = ticket.c.requester_id == sa.bindparam("contact")
_satisfaction_of = CompiledSelect(
    sa.select(
        sa.func.count().label("answered"),
        sa.func.sum(sa.case((rating.c.score >= GOOD, 1), else_=0)).label("satisfied"),
        sa.func.avg(rating.c.score).label("average"),
    )
    .join(ticket, ticket.c.id == rating.c.ticket_id)
    .where(_THEIRS, rating.c.score.is_not(None))
)
_open = CompiledSelect(every_listed().where(_THEIRS, ACTIVE).order_by(ticket.c.number.desc()).limit(OPEN))
_over = (
    sa.select(
        ticket.c.id, ticket.c.number, ticket.c.subject, ticket.c.status, ticket.c.channel, ticket.c.closed_at,
        ticket.c.resolution, rating.c.score,
    )
    .outerjoin(rating, rating.c.ticket_id == ticket.c.id)
    .where(_THEIRS, OVER)
    .order_by(ticket.c.number.desc())
    .limit(BEFORE)
    .subquery()
)  # fmt: skip
_solved_by = (
    sa.select(message.c.body_text)
    .where(message.c.ticket_id == _over.c.id, RESOLVING)
    .order_by(message.c.id.desc())
    .limit(1)
    .scalar_subquery()
)
_before = CompiledSelect(sa.select(_over, _solved_by.label("solved_by")).order_by(_over.c.number.desc()))
_said = CompiledSelect(
    sa.select(
        ticket.c.number, message.c.at, message.c.channel, message.c.author_kind, message.c.author_name,
        sa.func.substr(message.c.body_text, 1, 600).label("body_text"),
    )
    .join(ticket, ticket.c.id == message.c.ticket_id)
    .where(_THEIRS, message.c.kind == "reply")
    .order_by(message.c.id.desc())
    .limit(SAID)
)  # fmt: skip


def overview(conn: sa.Connection, contact_id: UUID, actor: Actor) -> ContactOverview:
    """Everything that stands beside a ticket, in a handful of statements.

    Raises :class:`ContactNotFound`, and :class:`Forbidden` for whoever does not see all tickets.
    """
    require(actor, "tickets:read")
    if not actor.is_agent:
        raise Forbidden("Customers' data is for agents.")
    return ContactOverview(
        contact=one(conn, contact_id),
        satisfaction=_satisfaction(conn, contact_id),
        items=items_of(conn, contact_id),
        open=[row_view(row, actor) for row in _open.all(conn, contact=contact_id)],
        before=[
            SolvedBefore(
                number=row["number"],
                subject=row["subject"],
                status=row["status"],
                channel=row["channel"],
                closed_at=row["closed_at"],
                resolution=excerpt(row["resolution"] or row["solved_by"] or "", length=240),
                score=row["score"],
            )
            for row in _before.all(conn, contact=contact_id)
        ],
        said=[
            LatelySaid(
                number=row["number"],
                at=row["at"],
                channel=row["channel"],
                ours=row["author_kind"] != "contact",
                author=row["author_name"],
                excerpt=excerpt(row["body_text"], length=140),
            )
            for row in _said.all(conn, contact=contact_id)
        ],
    )


def _satisfaction(conn: sa.Connection, contact_id: UUID) -> Satisfaction:
    found = _satisfaction_of(conn, contact=contact_id)
    if not found or not (answered := int(found["answered"])):
        return Satisfaction(answered=0, csat=None, average=None)
    return Satisfaction(
        answered=answered, csat=int(found["satisfied"]) / answered, average=float(found["average"])
    )
