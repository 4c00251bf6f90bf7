"""The taxonomy for triage's copy, a ticket's words, and closed tickets as training examples."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
import sqlalchemy as sa

from services.common.errors import BadRequest
from services.common.http import Actor, encode_cursor
from services.common.http.paging import decode_cursor
from services.common.ids import parse_uuid
from services.core.contract import (
    TaxonomySnapshot,
    TextEntry,
    TicketText,
    TrainingExample,
    TrainingExamples,
)
from services.core.desk import Core
from services.core.macros import service as macros
from services.core.models import contact, message, ticket
from services.core.people.staff import everyone, teams
from services.core.products.service import products
from services.core.taxonomy import service as taxonomies
from services.core.taxonomy.statuses import statuses
from services.core.tickets import repository
from services.core.tickets.anatomy import Row, set_by

MAX_THREAD = 200  # messages of one ticket that are read for prediction
MAX_EXAMPLES = 1000


def taxonomy(conn: sa.Connection, core: Core, actor: Actor) -> TaxonomySnapshot:
    """Everything that triage keeps a copy of, as of one moment."""
    state = core.lookups.reload(conn)
    return TaxonomySnapshot(
        version=state.version,
        categories=taxonomies.categories(state),
        tags=taxonomies.tags(conn),
        priorities=taxonomies.priorities(state),
        teams=teams(conn),
        staff=everyone(conn),
        macros=macros.usable(conn, actor),
        statuses=statuses(state, actor),
        fields=list(state.fields.values()),
        products=products(conn),
    )


def ticket_text(conn: sa.Connection, core: Core, ticket_id: UUID, actor: Actor) -> TicketText:
    """A ticket's public words and where it stands."""
    row = repository.by_id(conn, ticket_id, actor)
    public = (
        sa.select(message.c.author_kind, message.c.at, message.c.body_text)
        .where(message.c.ticket_id == ticket_id, message.c.kind == "reply", message.c.automatic.is_(False))
        .order_by(message.c.id)
        .limit(MAX_THREAD)
    )
    thread = [
        TextEntry(author="contact" if r.author_kind == "contact" else "staff", at=r.at, text=r.body_text)
        for r in conn.execute(public)
    ]
    return TicketText(
        id=row["id"],
        number=row["number"],
        version=row["version"],
        subject=row["subject"],
        body=row["description"],
        thread=thread,
        language=row["language"],
        channel=row["channel"],
        tier=row["requester_tier"],
        contact_ref=core.intake.contact_ref(row["requester_id"]),
        status=row["status"],
        status_category=row["status_category"],
        created_at=row["created_at"],
        set_by=set_by(row),
        category=row["category"],
        priority=row["priority"],
        tags=row["tags"],
        team=row["team"],
        assignee=row["assignee_id"],
    )


def training_examples(conn: sa.Connection, core: Core, after: str | None, limit: int) -> TrainingExamples:
    """Closed tickets, oldest closed first. Cancelled ones teach nothing and are left out."""
    query = (
        sa.select(ticket, contact.c.tier.label("requester_tier"))
        .join(contact, contact.c.id == ticket.c.requester_id)
        .where(ticket.c.status_category.in_(("solved", "closed")), ticket.c.closed_at.is_not(None))
        .order_by(ticket.c.closed_at, ticket.c.id)
    )
    if (at := decode_cursor(after, str, str)) is not None:
        last = parse_uuid(at[1])
        try:
            closed_at = datetime.fromisoformat(at[0])
        except ValueError:
            last = None
        if last is None or closed_at.tzinfo is None:
            raise BadRequest("The place to go on from is not one that was given out.")
        here = sa.tuple_(ticket.c.closed_at, ticket.c.id)
        there = sa.tuple_(sa.literal(closed_at, ticket.c.closed_at.type), sa.literal(last, ticket.c.id.type))
        query = query.where(here > there)
    rows = [dict(row) for row in conn.execute(query.limit(limit + 1)).mappings()]
    more, rows = len(rows) > limit, rows[:limit]
    solved_by = resolutions(conn, [row["id"] for row in rows])
    items = [_example(core, row, solved_by.get(row["id"], "")) for row in rows]
    cursor = encode_cursor(items[-1].closed_at.isoformat(), str(items[-1].id)) if more else None
    return TrainingExamples(items=items, next_after=cursor)


RESOLVING = sa.and_(
    message.c.kind == "reply",
    sa.or_(message.c.author_kind == "staff", message.c.author_kind == "token"),
    message.c.automatic.is_(False),
)
"""Replies of staff, the last of which solved a closed ticket."""


def resolutions(conn: sa.Connection, ids: list[UUID]) -> dict[UUID, str]:
    """The last public reply of staff on each ticket: the one after which nothing more was needed."""
    if not ids:
        return {}
    place = sa.func.row_number().over(partition_by=message.c.ticket_id, order_by=message.c.id.desc())
    ranked = (
        sa.select(message.c.ticket_id, message.c.body_text, place.label("place"))
        .where(message.c.ticket_id.in_(ids), RESOLVING)
        .subquery()
    )
    rows = conn.execute(sa.select(ranked.c.ticket_id, ranked.c.body_text).where(ranked.c.place == 1))
    return {row.ticket_id: row.body_text for row in rows}


def _example(core: Core, row: Row, resolution: str) -> TrainingExample:
    return TrainingExample(
        id=row["id"],
        number=row["number"],
        closed_at=row["closed_at"],
        subject=row["subject"],
        body=row["description"],
        language=row["language"],
        channel=row["channel"],
        tier=row["requester_tier"],
        category=row["category"],
        priority=row["priority"],
        tags=row["tags"],
        team=row["team"],
        assignee=row["assignee_id"],
        set_by=set_by(row),
        labelled_at=_labelled_at(row),
        resolution=resolution or row["resolution"],
        contact_ref=core.intake.contact_ref(row["requester_id"]),
        version=row["version"],
    )


def _labelled_at(row: dict[str, Any]) -> dict[str, datetime]:
    return {field: msgspec.convert(mark["at"], datetime) for field, mark in row["provenance"].items()}
