"""The rows of mail on its way: queued in the unit that caused it, marked as it fares, listed for people."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.common.errors import Conflict, NotFound
from services.common.events import record
from services.common.http import encode_cursor
from services.common.http.paging import BadCursor, decode_cursor
from services.common.ids import parse_uuid, uuid7
from services.common.text import single_line
from services.core import contract as c
from services.core.audit import note
from services.core.contract import Author, Change, OutgoingMail, OutgoingPage
from services.core.jobs import jobs
from services.core.models import message, outgoing_mail, ticket
from services.core.outgoing.compose import WORDS, locale_of
from services.core.tickets.anatomy import Row

MAILED = frozenset({"email", "portal", "form", "api", "phone", "forum"})
"""Channels whose answers go out by mail."""
MAILER = Author(kind="system", id=None, name="mail")
SHOWN = 2000  # characters of a mail's text in the list


class MailNotFound(NotFound):
    code, title = "core.mail_not_found", "There is no such mail"


class MailOver(Conflict):
    code, title = "core.mail_over", "This mail has been sent already"


def goes_by_mail(row: Row) -> bool:
    """Whether a public reply on this ticket leaves as mail."""
    return bool(row["requester_email"]) and row["channel"] in MAILED


def reply_id(message_id: UUID, row: Row, domain: str) -> str:
    """The Message-ID of a reply, known before it leaves, so that an answer finds its thread."""
    return f"{message_id.hex}.{row['number']}@{domain}"


def queue_reply(
    conn: sa.Connection,
    row: Row,
    message_id: UUID,
    *,
    sender: str,
    domain: str,
    at: datetime,
    kind: str = "reply",
) -> None:
    """Queue the mail of a public reply, in the unit that writes it. The message carries :func:`reply_id`."""
    locale = locale_of(row["language"], row["requester_locale"])
    # A notice repeats nothing of what came in: whoever had it sent cannot choose its words.
    said = f"Re: {single_line(row['subject'], 280)}" if kind == "reply" else WORDS[locale]["request"]
    queue_mail(
        conn,
        kind=kind,
        recipient=row["requester_email"],
        subject=f"{said} [#{row['number']}]",
        locale=locale,
        sender=sender,
        mail_id=reply_id(message_id, row, domain),
        at=at,
        message_id=message_id,
        ticket_id=row["id"],
        number=row["number"],
    )


def queue_mail(
    conn: sa.Connection,
    *,
    kind: str,
    recipient: str,
    subject: str,
    locale: str,
    sender: str,
    mail_id: str,
    at: datetime,
    message_id: UUID | None = None,
    ticket_id: UUID | None = None,
    number: int | None = None,
    text: str = "",
    html: str = "",
) -> UUID:
    """Write the row and the job that carries it."""
    mail = uuid7()
    conn.execute(
        outgoing_mail.insert(),
        {
            "id": mail,
            "kind": kind,
            "message_id": message_id,
            "ticket_id": ticket_id,
            "number": number,
            "sender_name": sender[:200],
            "recipient": recipient[:320],
            "subject": subject[:300],
            "locale": locale,
            "mail_id": mail_id,
            "text": text,
            "html": html,
            "answers": "",
            "state": "queued",
            "attempts": 0,
            "detail": "",
            "created_at": at,
            "next_at": at,
            "ended_at": None,
        },
    )
    jobs.enqueue(conn, "send_mail", {"mail": str(mail)})
    return mail


def mark(
    conn: sa.Connection, row: Mapping[str, Any], state: str, detail: str, at: datetime, **values: Any
) -> None:
    """Write how a mail fares, on its row and on its message; what ended badly is in the ticket's history."""
    ended = None if state == "queued" else at
    conn.execute(
        outgoing_mail.update()
        .where(outgoing_mail.c.id == row["id"])
        .values(state=state, detail=detail[:1000], ended_at=ended, **values)
    )
    if row["message_id"] is None:
        return
    conn.execute(
        message.update()
        .where(message.c.id == row["message_id"])
        .values(delivery=state, delivery_detail=detail[:1000])
    )
    if state in {"failed", "bounced"}:
        change = Change(field="delivery", old=row["state"], new=state, set_by="rule")
        note(
            conn,
            at=at,
            subject="ticket",
            subject_id=row["ticket_id"],
            action=state,
            author=MAILER,
            changes=[change],
            ticket_id=row["ticket_id"],
            number=row["number"],
        )
    version = conn.execute(sa.select(ticket.c.version).where(ticket.c.id == row["ticket_id"])).scalar()
    told = {
        "ticket": str(row["ticket_id"]),
        "number": row["number"],
        "version": version or 0,
        "message": str(row["message_id"]),
        "state": state,
    }
    record(conn, c.MESSAGE_DELIVERED, told)


def find(conn: sa.Connection, mail: UUID) -> dict[str, Any]:
    """One mail; raises :class:`MailNotFound`."""
    row = conn.execute(sa.select(outgoing_mail).where(outgoing_mail.c.id == mail)).mappings().first()
    if row is None:
        raise MailNotFound
    return dict(row)


def send_again(conn: sa.Connection, mail: UUID, at: datetime) -> OutgoingMail:
    """Put a mail that failed or bounced back into the queue; raises :class:`MailOver` for one that was sent."""
    row = find(conn, mail)
    if row["state"] == "sent":
        raise MailOver
    if row["state"] != "queued":
        mark(conn, row, "queued", "", at, attempts=0, next_at=at)
    jobs.enqueue(conn, "send_mail", {"mail": str(mail)})
    return view(find(conn, mail))


def page(conn: sa.Connection, state: str | None, limit: int, cursor: str | None) -> OutgoingPage:
    """Mail, newest first."""
    query = sa.select(outgoing_mail).order_by(outgoing_mail.c.id.desc()).limit(limit + 1)
    if state:
        query = query.where(outgoing_mail.c.state == state)
    if (after := decode_cursor(cursor, str)) is not None:
        last = parse_uuid(after[0])
        if last is None:
            raise BadCursor
        query = query.where(outgoing_mail.c.id < last)
    rows = conn.execute(query).mappings().all()
    items = [view(row) for row in rows[:limit]]
    more = len(rows) > limit
    return OutgoingPage(items=items, next_cursor=encode_cursor(str(items[-1].id)) if more else None)


def view(row: Mapping[Any, Any]) -> OutgoingMail:
    """A row as admins see it."""
    values = {name: row[name] for name in OutgoingMail.__struct_fields__ if name != "text"}
    return OutgoingMail(**values, text=row["text"][:SHOWN])
