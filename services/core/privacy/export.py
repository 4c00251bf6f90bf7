"""One person's data in one JSON document, as they may ask for it."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from msgspec import Struct

from services.core.contract import Contact, Item
from services.core.models import message, ticket
from services.core.people import contacts
from services.core.products.service import items_of


class ExportedMessage(Struct, kw_only=True):
    at: datetime
    author: str
    channel: str
    text: str
    attachments: list[dict[str, Any]]


class ExportedTicket(Struct, kw_only=True):
    number: int
    subject: str
    status: str
    category: str | None
    tags: list[str]
    channel: str
    fields: dict[str, Any]
    created_at: datetime
    closed_at: datetime | None
    messages: list[ExportedMessage]


class PersonExport(Struct, kw_only=True):
    """A contact with every request of theirs and what was said to each other; notes of the desk are not theirs."""

    contact: Contact
    items: list[Item]
    tickets: list[ExportedTicket]


def export(conn: sa.Connection, contact_id: UUID) -> PersonExport:
    """Everything of one contact. Raises :class:`ContactNotFound`."""
    person = contacts.one(conn, contact_id)
    columns = (
        ticket.c.id, ticket.c.number, ticket.c.subject, ticket.c.status, ticket.c.category, ticket.c.tags,
        ticket.c.channel, ticket.c.fields, ticket.c.created_at, ticket.c.closed_at,
    )  # fmt: skip
    rows = conn.execute(
        sa.select(*columns).where(ticket.c.requester_id == contact_id).order_by(ticket.c.number)
    ).all()
    said: dict[UUID, list[ExportedMessage]] = {}
    theirs = sa.select(ticket.c.id).where(ticket.c.requester_id == contact_id)
    for row in conn.execute(
        sa.select(message)
        .where(message.c.ticket_id.in_(theirs), message.c.kind == "reply")
        .order_by(message.c.at, message.c.id)
    ):
        said.setdefault(row.ticket_id, []).append(
            ExportedMessage(
                at=row.at, author=row.author_name, channel=row.channel, text=row.body_text,
                attachments=list(row.attachments or []),
            )
        )  # fmt: skip
    return PersonExport(
        contact=person,
        items=items_of(conn, contact_id),
        tickets=[
            ExportedTicket(
                number=row.number, subject=row.subject, status=row.status, category=row.category,
                tags=list(row.tags), channel=row.channel, fields=dict(row.fields), created_at=row.created_at,
                closed_at=row.closed_at, messages=said.get(row.id, []),
            )
            for row in rows
        ],
    )  # fmt: skip
