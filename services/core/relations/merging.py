"""Merging two tickets of one customer, taking that back, and making a ticket of one message."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from services.common.errors import Conflict, FieldError, Invalid, NotFound
from services.common.events import record
from services.common.http import Actor
from services.common.text import excerpt, single_line
from services.core import contract as c
from services.core.actors import author_of, setter_of
from services.core.audit import note
from services.core.contract import Change, NewSplit, Ticket
from services.core.desk import Core
from services.core.intake.inbound import Inbound, Sender
from services.core.models import duplicate_hint, message, ticket_link, ticket_merge
from services.core.relations.family import acted_on, family, refuse_merged
from services.core.tickets import repository
from services.core.tickets.anatomy import Row
from services.core.tickets.changes import Edit, apply
from services.core.tickets.service import show
from services.core.tickets.status import DONE


class NotMerged(Conflict):
    code, title = "core.ticket_not_merged", "The ticket is not merged"


class CannotMerge(Invalid):
    code, title = "core.cannot_merge", "These tickets cannot be merged"


def merge(conn: sa.Connection, core: Core, number: int, into: int, actor: Actor, at: datetime) -> Ticket:
    """Put ``number`` into ``into``, whose timeline then shows both. Answers the ticket that goes on."""
    source, target = _both(conn, number, into, actor)
    refuse_merged(conn, source)
    refuse_merged(conn, target)
    if source["id"] == target["id"] or target["id"] in family(conn, source["id"]):
        raise CannotMerge("A ticket cannot be merged into itself.")
    if source["requester_id"] != target["requester_id"]:
        raise CannotMerge("They are of different customers, who must not read each other. Link them instead.")
    taxonomy, author, by = core.lookups.get(conn), author_of(actor), setter_of(actor)
    kept = {"source_id": source["id"], "target_id": target["id"], "status": source["status"]}
    conn.execute(ticket_merge.insert(), {**kept, "author_id": actor.id, "at": at})
    values = {} if source["status_category"] in DONE else {"status": "closed"}
    gone = Edit(values=values, by=by, author=author, silent={"merged_into": target["id"]}, action="merged")
    source = apply(conn, source, [gone], taxonomy, at)
    last = [one for one in (source["customer_at"], target["customer_at"]) if one]
    silent = {"customer_at": max(last)} if last and target["status_category"] not in DONE else {}
    target = apply(
        conn, target, [Edit(values={}, by=by, author=author, silent=silent, action="merged")], taxonomy, at
    )
    _tell(conn, target, actor, at, "merged", None, source["number"])
    _announce(conn, source, target, undone=False)
    conn.execute(
        duplicate_hint.delete().where(
            sa.or_(duplicate_hint.c.ticket_id == source["id"], duplicate_hint.c.other_id == source["id"])
        )
    )
    return show(conn, core, target, actor)


def unmerge(conn: sa.Connection, core: Core, number: int, actor: Actor, at: datetime) -> Ticket:
    """Take a merge back: the ticket has its own conversation and its old status again."""
    source = acted_on(conn, number, actor)
    kept = conn.execute(sa.select(ticket_merge).where(ticket_merge.c.source_id == source["id"])).first()
    if kept is None:
        raise NotMerged
    target = repository.by_id(conn, kept.target_id, actor, lock=True)
    taxonomy, author, by = core.lookups.get(conn), author_of(actor), setter_of(actor)
    conn.execute(ticket_merge.delete().where(ticket_merge.c.source_id == source["id"]))
    values = {"status": kept.status} if kept.status != source["status"] else {}
    # What was only away comes back: that is no reopening.
    silent = {"merged_into": None}
    back = Edit(values=values, by=by, author=author, silent=silent, action="unmerged")
    source = apply(conn, source, [back], taxonomy, at, reopened=source["reopens"])
    target = apply(conn, target, [Edit(values={}, by=by, author=author)], taxonomy, at)
    _tell(conn, target, actor, at, "unmerged", source["number"], None)
    _announce(conn, source, target, undone=True)
    return show(conn, core, source, actor)


def split(conn: sa.Connection, core: Core, number: int, data: NewSplit, actor: Actor, at: datetime) -> Ticket:
    """A ticket of its own for one message of the customer. The message stays where it was, too."""
    row = acted_on(conn, number, actor)
    refuse_merged(conn, row)
    found = conn.execute(
        sa.select(message).where(
            message.c.id == data.message, message.c.ticket_id.in_(list(family(conn, row["id"])))
        )
    ).first()
    if found is None:
        raise NotFound("There is no such message on this ticket.")
    if found.author_kind != "contact":
        raise Invalid(
            errors=[FieldError("message", "Only what the customer wrote can be split off.", "invalid")]
        )
    inbound = Inbound(
        channel=found.channel,
        sender=Sender(contact_id=row["requester_id"]),
        subject=single_line(data.subject) or excerpt(found.body_text, length=80),
        text=found.body_text,
        html=found.body_html,
        language=row["language"],
        author=author_of(actor),
    )
    made = core.intake.accept(conn, inbound, at).row
    conn.execute(
        ticket_link.insert(),
        {"ticket_id": made["id"], "other_id": row["id"], "kind": "related", "author_id": actor.id, "at": at},
    )
    _tell(conn, row, actor, at, "split", None, made["number"])
    return show(conn, core, repository.by_id(conn, made["id"], actor), actor)


def _both(conn: sa.Connection, number: int, into: int, actor: Actor) -> tuple[Row, Row]:
    """Both tickets, locked in one order whichever way they are merged."""
    acted_on(conn, number, actor, lock=False)
    first, second = sorted((number, into))
    rows = {n: repository.by_number(conn, n, actor, lock=True) for n in dict.fromkeys((first, second))}
    return rows[number], rows[into]


def _tell(conn: sa.Connection, row: Row, actor: Actor, at: datetime, action: str, old: Any, new: Any) -> None:
    note(
        conn,
        at=at,
        subject="ticket",
        subject_id=row["id"],
        action=action,
        author=author_of(actor),
        changes=[Change(field="number", old=old, new=new, set_by=setter_of(actor))],
        ticket_id=row["id"],
        number=row["number"],
    )


def _announce(conn: sa.Connection, source: Row, target: Row, *, undone: bool) -> None:
    data = {
        "ticket": str(source["id"]),
        "number": source["number"],
        "version": source["version"],
        "into": str(target["id"]),
        "undone": undone,
    }
    record(conn, c.TICKET_MERGED, data)
