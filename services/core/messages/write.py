"""Putting a message on a ticket, and what that does to the ticket."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.common.db.compiled import CompiledInsert
from services.common.events import record
from services.core import contract as c
from services.core.actors import RULE, author_columns
from services.core.contract import Attachment, Author
from services.core.models import message
from services.core.taxonomy.lookups import Taxonomy
from services.core.tickets.anatomy import Row
from services.core.tickets.changes import Edit, apply
from services.core.tickets.status import after_customer_reply, after_staff_reply

_insert = CompiledInsert(message)


def insert_message(
    conn: sa.Connection,
    *,
    id: UUID,
    ticket_id: UUID,
    kind: str,
    author: Author,
    channel: str,
    body_text: str,
    at: datetime,
    body_html: str = "",
    quoted_text: str = "",
    attachments: list[Attachment] | None = None,
    automatic: bool = False,
    mail_id: str | None = None,
    source: str | None = None,
    recommendation: str | None = None,
    delivery: str = "none",
) -> None:
    """Write the row. ``body_html`` is sanitised already, and empty for plain text."""
    _insert(
        conn,
        {
            "id": id,
            "ticket_id": ticket_id,
            "kind": kind,
            "channel": channel,
            "body_text": body_text,
            "body_html": body_html,
            "quoted_text": quoted_text,
            "automatic": automatic,
            "attachments": attachments or [],
            "mail_id": mail_id,
            "source": source,
            "delivery": delivery,
            "delivery_detail": "",
            "recommendation": recommendation,
            "at": at,
            **author_columns(author),
        },
    )


def receive(
    conn: sa.Connection,
    row: Row,
    taxonomy: Taxonomy,
    *,
    author: Author,
    at: datetime,
    wakes: bool,
    event: dict[str, Any],
) -> Row:
    """What a customer's message does: what waited or was done opens again, unless a machine wrote it."""
    status = after_customer_reply(row["status_category"]) if wakes else None
    silent = {"customer_at": behind(at, row["staff_at"])} if wakes else {}
    by_rule = Edit(values={"status": status} if status else {}, by="rule", author=RULE, silent=silent)
    new = apply(conn, row, [by_rule], taxonomy, at)
    record(conn, c.MESSAGE_RECEIVED, {**event, "version": new["version"]})
    return new


def send(
    conn: sa.Connection,
    row: Row,
    taxonomy: Taxonomy,
    *,
    kind: str,
    author: Author,
    at: datetime,
    chosen: dict[str, Any],
    by: c.SetBy,
    event: dict[str, Any],
) -> Row:
    """What a staff message does: after a public reply the customer has the word, unless a status was chosen."""
    edits = []
    spoke = {"staff_at": behind(at, row["customer_at"])}
    if kind == "reply":
        if chosen:
            edits.append(Edit(values=chosen, by=by, author=author, silent=spoke))
        else:
            rule = after_staff_reply(row["status_category"])
            edits.append(Edit(values={"status": rule} if rule else {}, by="rule", author=RULE, silent=spoke))
    new = apply(conn, row, edits, taxonomy, at)
    record(conn, c.MESSAGE_SENT, {**event, "version": new["version"]})
    return new


def behind(at: datetime, other: datetime | None) -> datetime:
    """``at``, moved behind the other side's last word: whose turn it is must not hang on a clock's grain."""
    return max(at, other + timedelta(microseconds=1)) if other is not None else at
