"""The history of tickets as their clocks see it, read for a whole slice at once."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from msgspec import Struct

from services.core.models import audit, contact, message, ticket
from services.core.sla.clocks import Moment
from services.core.taxonomy.lookups import Taxonomy

MOVES = ("changed", "closed", "reopened", "triaged")


class Facts(Struct):
    """One ticket: what decides over its policy, what is stored of its clocks, and what moved them."""

    row: Any
    moments: list[Moment]

    @property
    def id(self) -> UUID:
        found: UUID = self.row.id
        return found


def read_facts(conn: sa.Connection, ids: Sequence[UUID], taxonomy: Taxonomy) -> list[Facts]:
    """Three statements, however many tickets."""
    columns = (
        ticket.c.id,
        ticket.c.number,
        ticket.c.subject,
        ticket.c.created_at,
        ticket.c.priority,
        ticket.c.channel,
        ticket.c.status_category,
        ticket.c.sla,
        ticket.c.breach_at,
        ticket.c.version,
        contact.c.tier,
    )
    rows = conn.execute(
        sa.select(*columns).join(contact, contact.c.id == ticket.c.requester_id).where(ticket.c.id.in_(ids))
    ).all()
    moments: dict[UUID, list[Moment]] = defaultdict(list)
    for ticket_id, at, status in _statuses(conn, ids, taxonomy):
        moments[ticket_id].append(Moment(at, "status", status))
    said = conn.execute(
        sa.select(message.c.ticket_id, message.c.author_kind, message.c.at).where(
            message.c.ticket_id.in_(ids), message.c.kind == "reply", message.c.automatic.is_(False)
        )
    )
    for one in said:
        if one.author_kind == "contact":
            moments[one.ticket_id].append(Moment(one.at, "customer"))
        elif one.author_kind in {"staff", "token"}:
            moments[one.ticket_id].append(Moment(one.at, "staff"))
    return [Facts(row, moments[row.id]) for row in rows]


def _statuses(
    conn: sa.Connection, ids: Sequence[UUID], taxonomy: Taxonomy
) -> list[tuple[UUID, datetime, str]]:
    query = sa.select(audit.c.ticket_id, audit.c.at, audit.c.changes).where(
        audit.c.ticket_id.in_(ids), audit.c.subject == "ticket"
    )
    found = []
    for ticket_id, at, changes in conn.execute(query.order_by(audit.c.id)):
        for change in changes:
            if change["field"] == "status":
                entry = taxonomy.statuses.get(str(change["new"]))
                if entry is not None:
                    found.append((ticket_id, at, entry.category))
    return found
