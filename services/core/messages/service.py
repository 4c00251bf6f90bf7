"""Posting on a ticket: a customer's reply, an agent's reply, a note."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from services.common.errors import FieldError, Forbidden, Invalid
from services.common.http import Actor, require
from services.common.ids import parse_uuid, uuid7
from services.common.text import strip_control
from services.core.actors import author_of, setter_of
from services.core.attachments.repository import claim
from services.core.contract import Attachment, MessagePosted, NewMessage
from services.core.conversation.mentions import keep
from services.core.conversation.service import forget
from services.core.desk import Core
from services.core.macros import uses
from services.core.messages.timeline import message_entry
from services.core.messages.write import insert_message, receive, send
from services.core.models import attachment
from services.core.outgoing.store import goes_by_mail, queue_reply, reply_id
from services.core.relations.family import refuse_merged, root
from services.core.settings import MAX_TEXT
from services.core.tickets import repository
from services.core.tickets.anatomy import Row, ticket_view
from services.core.tickets.edit import Values
from services.core.tickets.errors import FieldNotAllowed, StaleVersion


def post(
    conn: sa.Connection, core: Core, number: int, data: NewMessage, actor: Actor, at: datetime
) -> MessagePosted:
    """Write the message and move the ticket; raises what the caller may not do."""
    require(actor, "tickets:write")
    row = repository.by_number(conn, number, actor, lock=True)
    if actor.kind == "contact" and row["merged_into"] is not None:
        row = repository.by_id(
            conn, root(conn, row["id"]), actor, lock=True
        )  # their conversation goes on there
    refuse_merged(conn, row)
    _refuse(data, actor)
    text = _text(data.body)
    if data.version is not None and data.version != row["version"]:
        raise StaleVersion(current=ticket_view(row, core.lookups.get(conn), actor))
    message_id, author = uuid7(), author_of(actor)
    channel = "portal" if actor.kind == "contact" else "api" if actor.kind == "token" else row["channel"]
    shown: list[Attachment] = claim(conn, data.attachments, actor.id, row["id"]) if data.attachments else []
    written: dict[str, Any] = {
        "id": message_id,
        "ticket_id": row["id"],
        "kind": data.kind,
        "author": author,
        "channel": channel,
        "body_text": text,
        "at": at,
        "attachments": shown,
        "recommendation": data.recommendation,
    }
    mailed = data.kind == "reply" and actor.is_staff and goes_by_mail(row)
    if mailed:
        written["delivery"] = "queued"
        written["mail_id"] = reply_id(message_id, row, core.mail.domain)
    insert_message(conn, **written)
    if mailed:
        queue_reply(conn, row, message_id, sender=author.name, domain=core.mail.domain, at=at)
    if data.attachments:
        conn.execute(
            attachment.update().where(attachment.c.id.in_(data.attachments)).values(message_id=message_id)
        )
    if actor.kind == "staff":
        forget(conn, row["id"], parse_uuid(actor.id))
        if data.kind == "note":
            keep(conn, row, message_id, text, actor.id, at)
    new = _move(conn, core, row, data, actor, at, str(message_id))
    if data.macro:
        uses.count(conn, data.macro, row["id"], actor, at)
    entry = message_entry(
        {
            **written,
            "author_kind": author.kind,
            "author_id": author.id,
            "author_name": author.name,
            "body_html": "",
            "quoted_text": "",
            "automatic": False,
            "delivery": written.get("delivery", "none"),
            "delivery_detail": "",
        },
        actor,
    )
    return MessagePosted(entry=entry, ticket=ticket_view(new, core.lookups.get(conn), actor))


def _refuse(data: NewMessage, actor: Actor) -> None:
    if actor.kind == "contact" and (data.kind != "reply" or data.status or data.macro or data.recommendation):
        raise FieldNotAllowed("Customers write replies.")
    if actor.is_staff and not actor.is_agent and data.kind != "note":
        raise Forbidden("On what is shared with you, you can write notes.")


def _text(body: str) -> str:
    text = strip_control(body).strip()
    if not text:
        raise Invalid(errors=[FieldError("body", "The message is empty.", "empty")])
    if len(text) > MAX_TEXT:
        raise Invalid(
            errors=[FieldError("body", f"A message has at most {MAX_TEXT} characters.", "too_long")]
        )
    return text


def _move(
    conn: sa.Connection, core: Core, row: Row, data: NewMessage, actor: Actor, at: datetime, message_id: str
) -> Row:
    taxonomy = core.lookups.get(conn)
    event = {
        "ticket": str(row["id"]),
        "number": row["number"],
        "message": message_id,
        "kind": data.kind,
        "channel": row["channel"],
        "language": row["language"],
        "contact_ref": core.intake.contact_ref(row["requester_id"]),
        "suggestion_session": None,
    }
    author = author_of(actor)
    if actor.kind == "contact":
        return receive(conn, row, taxonomy, author=author, at=at, wakes=True, event=event)
    chosen: dict[str, Any] = {}
    if data.status is not None:
        values = Values(conn, taxonomy, actor)
        chosen["status"] = values.check("status", data.status, row)
        values.finish()
        if taxonomy.statuses[data.status].needs_resolution and not row["resolution"]:
            chosen["resolution"] = data.body.strip()  # the reply that solves it says what solved it
    return send(
        conn,
        row,
        taxonomy,
        kind=data.kind,
        author=author,
        at=at,
        chosen=chosen,
        by=setter_of(actor),
        event=event,
    )
