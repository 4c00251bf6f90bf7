"""The timeline: what people wrote and what the system did, in order."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import msgspec
import sqlalchemy as sa

from services.common.http import Actor, encode_cursor
from services.common.http.paging import BadCursor, decode_cursor
from services.common.ids import parse_uuid
from services.common.text import text_to_html
from services.core.contract import Attachment, Author, Change, Delivery, TimelineEntry, TimelinePage
from services.core.models import audit, message
from services.core.relations.family import family
from services.core.tickets.anatomy import Row

CUSTOMER_ACTIONS = ("created", "closed", "reopened", "changed")
CUSTOMER_SEES = frozenset({"status"})
"""Fields whose changes a customer may read of."""


def timeline(
    conn: sa.Connection,
    row: Row,
    actor: Actor,
    limit: int,
    cursor: str | None = None,
    *,
    newest: bool = False,
    since: str | None = None,
) -> TimelinePage:
    """A page of a ticket's entries, oldest first: from the first on, or the ``newest`` and back from there.

    The cursor leads on in the same direction; with ``since``, which an earlier page of the newest gave as its cursor,
    the page begins where that one began. The actor may see the ticket already.
    """
    edge, first = _entry_of(cursor), _entry_of(since)
    members = family(conn, row["id"])
    messages = sa.select(message).where(message.c.ticket_id.in_(members))
    events = sa.select(audit).where(audit.c.ticket_id.in_(members))
    if not actor.is_staff:
        messages = messages.where(shown_to(actor))
        events = events.where(audit.c.action.in_(CUSTOMER_ACTIONS))
    entries: list[TimelineEntry] = []
    for query, key, entry in ((messages, message.c.id, message_entry), (events, audit.c.id, _event_entry)):
        beyond = sa.true() if edge is None else key < edge if newest else key > edge
        within = sa.true() if first is None else key >= first
        ordered = query.where(beyond, within).order_by(key.desc() if newest else key)
        found = conn.execute(ordered.limit(limit + 1)).mappings()
        entries += [_from(members, one, entry(dict(one), actor)) for one in found]
    entries.sort(key=lambda entry: entry.id, reverse=newest)
    more = len(entries) > limit
    entries = entries[:limit]
    cursor_out = encode_cursor(str(entries[-1].id)) if more else since
    if newest:
        entries.reverse()
    return TimelinePage(items=[e for e in entries if _worth_showing(e, actor)], next_cursor=cursor_out)


def _entry_of(cursor: str | None) -> UUID | None:
    given = decode_cursor(cursor, str)
    if given is None:
        return None
    found = parse_uuid(given[0])
    if found is None:
        raise BadCursor
    return found


def shown_to(actor: Actor) -> sa.ColumnElement[bool]:
    """The messages that a customer reads: public ones, of the desk and of their own.

    What somebody else mailed to the ticket's address is for the staff alone: who may read it could have it
    sent there, such as the letter with which another service makes sure of an address.
    """
    foreign = sa.and_(message.c.author_kind == "contact", message.c.author_id != actor.id)
    return sa.and_(message.c.kind == "reply", sa.not_(foreign))


def _from(
    members: Mapping[UUID, int | None], found: Mapping[Any, Any], entry: TimelineEntry
) -> TimelineEntry:
    """The entry, with the number of the ticket that it was written on where that is another one."""
    entry.number = members[found["ticket_id"]]
    return entry


def message_entry(row: dict[str, Any], actor: Actor) -> TimelineEntry:
    """A message as ``actor`` may see it."""
    inside = actor.is_staff
    return TimelineEntry(
        id=row["id"],
        entry="message",
        kind=row["kind"],
        author=_author(row, inside),
        at=row["at"],
        channel=row["channel"],
        body_text=row["body_text"],
        body_html=row["body_html"] or text_to_html(row["body_text"]),
        quoted_text=row["quoted_text"],
        attachments=msgspec.convert(msgspec.to_builtins(row["attachments"]), list[Attachment]),
        delivery=Delivery(state=row["delivery"], detail=row["delivery_detail"]) if inside else None,
        recommendation=row["recommendation"] if inside else None,
        automatic=row["automatic"],
    )


def _event_entry(row: dict[str, Any], actor: Actor) -> TimelineEntry:
    changes = msgspec.convert(row["changes"], list[Change])
    if not actor.is_staff:
        changes = [change for change in changes if change.field in CUSTOMER_SEES]
    return TimelineEntry(
        id=row["id"],
        entry="event",
        kind=row["action"],
        author=_author(row, actor.is_staff),
        at=row["at"],
        changes=changes,
    )


def _author(row: dict[str, Any], inside: bool) -> Author:
    """Customers read names of people; which client, rule or model acted is the desk's own matter."""
    kind, id_, name = row["author_kind"], row["author_id"], row["author_name"]
    if inside or kind == "contact":
        return Author(kind=kind, id=id_, name=name)
    return Author(
        kind="staff" if kind in {"staff", "token"} else "system",
        id=None,
        name=name if kind == "staff" else "",
    )


def _worth_showing(entry: TimelineEntry, actor: Actor) -> bool:
    """A customer's event without a change that they may see tells them nothing."""
    return actor.is_staff or entry.entry == "message" or bool(entry.changes) or entry.kind == "created"
