"""Erasing a person: what they wrote and what tells who they were goes; that a ticket existed, and when, stays.

Tickets keep their number, times, labels and who worked on them, so that the desk's figures stay true. Every
word of the conversation goes, on both sides, because an answer repeats what was asked.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from msgspec import Struct

from services.common.db.tables import idempotency
from services.common.events import record
from services.core.audit import note
from services.core.contract import CONTACT_ERASED, Author
from services.core.models import (
    attachment,
    audit,
    contact,
    contact_identity,
    contact_merge,
    draft,
    item,
    magic_link,
    message,
    notification,
    outgoing_mail,
    quarantine,
    rating,
    remote_session,
    session,
    ticket,
)
from services.core.people.merging import merged_with, root
from services.core.people.resolve import ContactNotFound
from services.core.search.index import mark_stale

ERASED = "[erased]"
_LABELS = frozenset(
    {
        "status",
        "priority",
        "category",
        "tags",
        "type",
        "team",
        "assignee",
        "language",
        "tier",
        "locale",
        "rating",
    }
)
"""Fields whose old and new values are the desk's own words; of every other, history keeps that it changed."""


class Erased(Struct, kw_only=True):
    """What went: numbers of rows, and the keys of files that have to be deleted once this is committed."""

    contact: UUID
    tickets: int
    messages: int
    files: list[str]


def find(conn: sa.Connection, given: str) -> UUID:
    """The contact with this id or e-mail address. Raises :class:`ContactNotFound`."""
    try:
        match: sa.ColumnElement[bool] = contact.c.id == UUID(given)
    except ValueError:
        address = given.strip().lower()
        owners = sa.select(contact_identity.c.contact_id).where(
            contact_identity.c.kind == "email", contact_identity.c.value == address
        )
        match = contact.c.id.in_(owners)
    found = conn.execute(sa.select(contact.c.id).where(match)).scalar()
    if found is None:
        raise ContactNotFound(f"Nobody here is known as {given[:100]}.")
    return UUID(str(found))


def erase(
    conn: sa.Connection, contact_id: UUID, *, ref_of: Callable[[UUID], str], author: Author, at: datetime
) -> Erased:
    """Erase a person: the contact, what it was merged into, and all that were merged with that.

    ``ref_of`` makes the pseudonym by which other services know a contact. Doing it again changes nothing. Raises
    :class:`ContactNotFound`.
    """
    if conn.execute(sa.select(contact.c.id).where(contact.c.id == contact_id)).first() is None:
        raise ContactNotFound
    with_overwriting(conn)
    whole = merged_with(conn, root(conn, contact_id))
    each = [_contact(conn, one, ref_of(one), author, at) for one in whole]
    conn.execute(contact_merge.delete().where(contact_merge.c.target_id.in_(whole)))
    return Erased(
        contact=contact_id,
        tickets=sum(one.tickets for one in each),
        messages=sum(one.messages for one in each),
        files=[key for one in each for key in one.files],
    )


def _contact(conn: sa.Connection, contact_id: UUID, contact_ref: str, author: Author, at: datetime) -> Erased:
    addresses = list(
        conn.scalars(
            sa.select(contact_identity.c.value).where(
                contact_identity.c.contact_id == contact_id, contact_identity.c.kind == "email"
            )
        )
    )
    theirs = sa.select(ticket.c.id).where(ticket.c.requester_id == contact_id)
    files = _files(conn, theirs, contact_id, addresses)
    messages = _conversations(conn, theirs, contact_id)
    tickets = _tickets(conn, contact_id, at)
    _traces(conn, theirs, contact_id, addresses)
    _person(conn, contact_id, at)
    note(conn, at=at, subject="contact", subject_id=contact_id, action="erased", author=author)
    record(conn, CONTACT_ERASED, {"contact": str(contact_id), "contact_ref": contact_ref})
    return Erased(contact=contact_id, tickets=tickets, messages=messages, files=files)


def with_overwriting(conn: sa.Connection) -> None:
    """Have SQLite overwrite what this connection deletes, instead of leaving it in free pages."""
    if conn.dialect.name == "sqlite":
        conn.exec_driver_sql("PRAGMA secure_delete = ON")


def _files(conn: sa.Connection, theirs: Any, contact_id: UUID, addresses: list[str]) -> list[str]:
    """Keys of every file of theirs: attachments, uploads that hang nowhere, raw mail."""
    owned = sa.or_(attachment.c.ticket_id.in_(theirs), attachment.c.owner_id == str(contact_id))
    keys = list(conn.scalars(sa.select(attachment.c.file).where(owned)))
    conn.execute(attachment.delete().where(owned))
    raw = sa.select(message.c.source).where(message.c.ticket_id.in_(theirs), message.c.source.is_not(None))
    keys += list(conn.scalars(raw))
    held = quarantine.c.sender.in_(addresses)
    keys += list(conn.scalars(sa.select(quarantine.c.file).where(held)))
    conn.execute(quarantine.delete().where(held))
    return keys


def _conversations(conn: sa.Connection, theirs: Any, contact_id: UUID) -> int:
    """Blank every message on their tickets, and theirs on tickets of others."""
    own = message.c.author_id == str(contact_id)
    which = sa.or_(message.c.ticket_id.in_(theirs), own)
    blank: dict[str, Any] = {
        "body_text": ERASED, "body_html": "", "quoted_text": "", "attachments": [], "mail_id": None,
        "source": None, "delivery_detail": "", "author_name": sa.case((own, ERASED), else_=message.c.author_name),
    }  # fmt: skip
    return conn.execute(message.update().where(which).values(**blank)).rowcount


def _tickets(conn: sa.Connection, contact_id: UUID, at: datetime) -> int:
    mine = ticket.c.requester_id == contact_id
    blank: dict[str, Any] = {
        "subject": ERASED, "description": "", "resolution": "", "fields": {}, "external_id": None,
        "suggestion_session": None, "version": ticket.c.version + 1, "updated_at": at,
    }  # fmt: skip
    count = conn.execute(ticket.update().where(mine).values(**blank)).rowcount
    mark_stale(conn, mine)
    return count


def _traces(conn: sa.Connection, theirs: Any, contact_id: UUID, addresses: list[str]) -> None:
    """What was kept beside the conversation: history, mail on its way, stored answers."""
    about = sa.or_(
        audit.c.ticket_id.in_(theirs),
        sa.and_(audit.c.subject == "contact", audit.c.subject_id == str(contact_id)),
    )
    for row in conn.execute(sa.select(audit.c.id, audit.c.changes).where(about)):
        kept = [
            {**change, "old": None, "new": None} if change.get("field") not in _LABELS else change
            for change in row.changes or []
        ]
        if kept != row.changes:
            conn.execute(audit.update().where(audit.c.id == row.id).values(changes=kept))
    conn.execute(audit.update().where(audit.c.author_id == str(contact_id)).values(author_name=ERASED))
    conn.execute(rating.update().where(rating.c.ticket_id.in_(theirs)).values(comment=""))
    for table in (draft, notification, remote_session):
        conn.execute(table.delete().where(table.c.ticket_id.in_(theirs)))
    mail = sa.or_(outgoing_mail.c.ticket_id.in_(theirs), outgoing_mail.c.recipient.in_(addresses))
    conn.execute(outgoing_mail.delete().where(mail))
    answered = sa.cast(idempotency.c.body, sa.Text).contains(str(contact_id), autoescape=True)
    if conn.dialect.name == "postgresql":
        answered = sa.func.convert_from(idempotency.c.body, "UTF8").contains(str(contact_id), autoescape=True)
    conn.execute(idempotency.delete().where(sa.or_(idempotency.c.actor == str(contact_id), answered)))


def _person(conn: sa.Connection, contact_id: UUID, at: datetime) -> None:
    for table in (session, magic_link):
        conn.execute(table.delete().where(table.c.person_kind == "contact", table.c.person_id == contact_id))
    conn.execute(item.delete().where(item.c.contact_id == contact_id))
    conn.execute(contact_identity.delete().where(contact_identity.c.contact_id == contact_id))
    conn.execute(
        contact.update()
        .where(contact.c.id == contact_id)
        .values(
            name=ERASED, email=None, organization_id=None, notes="", fields=None, password_hash=None, updated_at=at,
            funnel=None, epoch=contact.c.epoch + 1, version=contact.c.version + 1,
        )
    )  # fmt: skip
