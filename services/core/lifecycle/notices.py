"""What the desk itself writes on a ticket: notices to the customer and notes to the staff, never in a loop."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

import sqlalchemy as sa

from services.common.events import record
from services.common.ids import uuid7
from services.core import contract as c
from services.core.contract import Author
from services.core.messages.write import insert_message
from services.core.models import message
from services.core.outgoing.store import goes_by_mail, queue_reply, reply_id
from services.core.tickets.anatomy import Row

if TYPE_CHECKING:
    from services.core.desk import Core

A_DAY = 3
"""Notices that one ticket gets in a day, whatever the rules say."""


def write_notice(
    conn: sa.Connection,
    core: "Core",
    row: Row,
    text: str,
    at: datetime,
    *,
    author: Author,
    chain: list[str] | None = None,
) -> UUID | None:
    """Write to the customer; None where that would answer a machine or be too much.

    It moves no status and is no answer of an agent: clocks go on.
    """
    if not text.strip() or _too_much(conn, row, at) or _spoke_last(conn, row["id"]) == "machine":
        return None
    message_id = uuid7()
    mailed = goes_by_mail(row) and not core.addresses.is_own(row["requester_email"])
    insert_message(
        conn,
        id=message_id,
        ticket_id=row["id"],
        kind="reply",
        author=author,
        channel=row["channel"],
        body_text=text,
        at=at,
        automatic=True,
        delivery="queued" if mailed else "none",
        mail_id=reply_id(message_id, row, core.mail.domain) if mailed else None,
    )
    if mailed:
        queue_reply(conn, row, message_id, sender="", domain=core.mail.domain, at=at, kind="notice")
    _announce(conn, core, row, message_id, "reply", chain)
    return message_id


def write_note(
    conn: sa.Connection,
    core: "Core",
    row: Row,
    text: str,
    at: datetime,
    *,
    author: Author,
    chain: list[str] | None = None,
) -> None:
    """Write a private note."""
    if not text.strip():
        return
    message_id = uuid7()
    insert_message(
        conn, id=message_id, ticket_id=row["id"], kind="note", author=author, channel=row["channel"],
        body_text=text, at=at, automatic=True,
    )  # fmt: skip
    _announce(conn, core, row, message_id, "note", chain)


def _announce(
    conn: sa.Connection, core: "Core", row: Row, message_id: UUID, kind: str, chain: list[str] | None
) -> None:
    record(
        conn,
        c.MESSAGE_SENT,
        {
            "ticket": str(row["id"]),
            "number": row["number"],
            "version": row["version"],
            "message": str(message_id),
            "kind": kind,
            "channel": row["channel"],
            "language": row["language"],
            "contact_ref": core.intake.contact_ref(row["requester_id"]),
            "suggestion_session": None,
            "chain": [*(chain or []), "notice"],
        },
    )


def _too_much(conn: sa.Connection, row: Row, at: datetime) -> bool:
    ours = message.c.automatic.is_(True), message.c.author_kind == "rule", message.c.kind == "reply"
    today = sa.select(sa.func.count()).where(
        message.c.ticket_id == row["id"], *ours, message.c.at > at - timedelta(days=1)
    )
    return int(conn.execute(today).scalar_one()) >= A_DAY


def _spoke_last(conn: sa.Connection, ticket_id: UUID) -> str:
    """Who wrote the customer's last message: ``person``, ``machine`` or nobody."""
    query = (
        sa.select(message.c.automatic)
        .where(message.c.ticket_id == ticket_id, message.c.author_kind == "contact")
        .order_by(message.c.id.desc())
        .limit(1)
    )
    found = conn.execute(query).scalar()
    return "" if found is None else "machine" if found else "person"
