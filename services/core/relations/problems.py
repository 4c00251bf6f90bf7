"""A problem of several tickets, made in one step: the ticket, and each of them linked as its incident."""

import sqlalchemy as sa

from services.common.errors import FieldError, Forbidden, Invalid
from services.common.http import Actor, require
from services.core.contract import NewLink, NewProblem, NewTicket, Requester, Ticket
from services.core.desk import Core
from services.core.intake.create import create, inbound_of
from services.core.intake.inbound import Inbound
from services.core.models import ticket
from services.core.relations.links import tie
from services.core.tickets import repository
from services.core.tickets.service import show

MOST = 200


def prepared(data: NewProblem, actor: Actor) -> tuple[NewTicket, Inbound]:
    """The ticket that is to be opened, in the name of who makes it; raises what the caller may not do."""
    require(actor, "tickets:write")
    if not actor.is_agent:
        raise Forbidden("Agents make problems.")
    if not data.incidents or len(data.incidents) > MOST:
        raise Invalid(errors=[FieldError("incidents", f"Between 1 and {MOST} tickets.", "out_of_range")])
    opened = NewTicket(
        subject=data.subject,
        body=data.body,
        requester=Requester(email=actor.email, name=actor.name) if actor.email else None,
        channel="alert",
        external_id=data.external_id,
        category=data.category,
        type="problem",
        priority="high",
    )
    return opened, inbound_of(opened, actor)


def make(
    conn: sa.Connection, core: Core, data: NewProblem, opened: NewTicket, inbound: Inbound, actor: Actor
) -> Ticket:
    """Open the problem, or find the one that was made of the same, and link what is not linked yet."""
    problem = create(conn, core, opened, inbound, actor)
    there = sa.select(ticket.c.number).where(
        ticket.c.number.in_(data.incidents), ticket.c.merged_into.is_(None), ticket.c.id != problem.id
    )
    for number in conn.execute(there.order_by(ticket.c.number)).scalars().all():
        tie(conn, core, number, NewLink(to=problem.number, kind="incident_of"), actor, core.now())
    return show(conn, core, repository.by_number(conn, problem.number, actor), actor)
