"""One reading of a ticket with everything that stands around it."""

import sqlalchemy as sa

from services.common.http import Actor, require
from services.common.ids import parse_uuid
from services.core.contract import Draft, Workspace
from services.core.conversation.service import draft_of
from services.core.desk import Core
from services.core.messages.timeline import timeline
from services.core.people.overview import overview
from services.core.relations import links
from services.core.taxonomy.routes import staff_only
from services.core.tickets import repository, service

ENTRIES, GROWN = 100, 400  # of a conversation at first, and on a page that stays open


def workspace(
    conn: sa.Connection, core: Core, number: int, actor: Actor, since: str | None = None
) -> Workspace:
    """A ticket, the newest of its conversation, and what only agents see beside it.

    One unit and one look at the ticket, where the parts by themselves take six of each. Raises
    :class:`TicketNotFound` where there is none for this actor.
    """
    require(actor, "tickets:read")
    row = repository.by_number(conn, number, actor)
    staff_only(actor)
    who = parse_uuid(actor.id) if actor.kind == "staff" else None
    acts = actor.is_agent and actor.can("tickets:write")
    return Workspace(
        ticket=service.show(conn, core, row, actor),
        timeline=timeline(conn, row, actor, GROWN if since else ENTRIES, newest=True, since=since),
        draft=draft_of(conn, row["id"], who) if who is not None else Draft(kind="reply", body=""),
        relations=links.around(conn, row["id"], actor) if acts else None,
        customer=overview(conn, row["requester_id"], actor) if actor.is_agent else None,
    )
