"""Links between tickets, as each side reads them; likely duplicates."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.common.db.compiled import CompiledSelect
from services.common.errors import FieldError, Invalid
from services.common.http import Actor
from services.core.actors import author_of, setter_of
from services.core.audit import note
from services.core.contract import Change, DuplicateHint, Link, NewLink, Relations
from services.core.desk import Core
from services.core.models import duplicate_hint, ticket, ticket_link
from services.core.relations.family import acted_on
from services.core.tickets import repository
from services.core.tickets.anatomy import Row
from services.core.tickets.changes import Edit, apply
from services.core.tickets.errors import TicketNotFound

_STORED = {
    # As it is read from the ticket of the address: the stored kind, and whether that ticket is the first of the two.
    "duplicate_of": ("duplicate", True),
    "duplicated_by": ("duplicate", False),
    "child_of": ("parent", True),
    "parent_of": ("parent", False),
    "incident_of": ("problem", True),
    "problem_of": ("problem", False),
    "related": ("related", True),
}
_READ: dict[tuple[str, bool], Any] = {stored: kind for kind, stored in _STORED.items()} | {
    ("related", False): "related"
}


_SEEN = (ticket.c.number, ticket.c.subject, ticket.c.status, ticket.c.status_category)
_SIDES = (ticket_link.c.ticket_id, ticket_link.c.other_id)
_linked = CompiledSelect(
    sa.union_all(
        *(
            sa.select(
                sa.literal(here is _SIDES[0]).label("first"), ticket_link.c.at, ticket_link.c.kind, *_SEEN
            )
            .join(ticket, ticket.c.id == there)
            .where(here == sa.bindparam("ticket"))
            for here, there in (_SIDES, _SIDES[::-1])
        )
    )
)
_merged = CompiledSelect(
    sa.select(*_SEEN).where(ticket.c.merged_into == sa.bindparam("ticket")).order_by(ticket.c.number)
)
_hinted = CompiledSelect(
    sa.select(ticket.c.number, ticket.c.subject, ticket.c.created_at.label("at"), duplicate_hint.c.score)
    .join(ticket, ticket.c.id == duplicate_hint.c.other_id)
    .where(
        duplicate_hint.c.ticket_id == sa.bindparam("ticket"),
        duplicate_hint.c.dismissed_by.is_(None),
        ticket.c.merged_into.is_(None),
    )
    .order_by(duplicate_hint.c.score.desc())
    .limit(5)
)


def relations(conn: sa.Connection, number: int, actor: Actor) -> Relations:
    """What hangs together with a ticket, as far as the actor may read it."""
    return around(conn, acted_on(conn, number, actor, lock=False)["id"], actor)


def around(conn: sa.Connection, ticket_id: UUID, actor: Actor) -> Relations:
    """What hangs together with a ticket that the actor may act on: whoever may sees all tickets."""
    if not repository.sees_all(actor):
        raise TicketNotFound
    links = sorted(_linked.all(conn, ticket=ticket_id), key=lambda row: (not row["first"], row["at"]))
    return Relations(
        links=[_link(row, _READ[row["kind"], bool(row["first"])]) for row in links],
        merged=[_link(row, "duplicated_by") for row in _merged.all(conn, ticket=ticket_id)],
        duplicates=[DuplicateHint(**row) for row in _hinted.all(conn, ticket=ticket_id)],
    )


def _link(row: Row, kind: Any) -> Link:
    return Link(
        kind=kind,
        number=row["number"],
        subject=row["subject"],
        status=row["status"],
        status_category=row["status_category"],
    )


def link(
    conn: sa.Connection, core: Core, number: int, data: NewLink, actor: Actor, at: datetime
) -> Relations:
    """Link two tickets. An incident and its problem become of that type where they were questions."""
    tie(conn, core, number, data, actor, at)
    return relations(conn, number, actor)


def tie(conn: sa.Connection, core: Core, number: int, data: NewLink, actor: Actor, at: datetime) -> None:
    """Link two tickets, unless they are linked already."""
    one, other = _pair(conn, number, data.to, actor)
    kind, first = _STORED[data.kind]
    source, target = (one, other) if first else (other, one)
    if _reaches(conn, target["id"], source["id"], kind):
        raise Invalid(errors=[FieldError("to", "They are linked the other way round already.", "circle")])
    key = {"ticket_id": source["id"], "other_id": target["id"], "kind": kind}
    present = sa.select(ticket_link.c.at).where(
        *[ticket_link.c[name] == value for name, value in key.items()]
    )
    if conn.execute(present).first() is None:
        conn.execute(ticket_link.insert(), {**key, "author_id": actor.id, "at": at})
        _tell(conn, one, actor, at, data.kind, None, other["number"])
        _tell(conn, other, actor, at, _READ[kind, not first], None, one["number"])
        if kind == "problem":
            for row, type_ in ((source, "incident"), (target, "problem")):
                _typed(conn, core, row, type_, actor, at)


def unlink(conn: sa.Connection, number: int, to: int, kind: str, actor: Actor, at: datetime) -> Relations:
    """Take a link away; one that is not there is no error."""
    one, other = _pair(conn, number, to, actor)
    if kind not in _STORED:
        raise Invalid(errors=[FieldError("kind", "There is no such link.", "unknown")])
    stored, first = _STORED[kind]
    ways = [(one, other) if first else (other, one)] + ([(other, one)] if stored == "related" else [])
    for source, target in ways:
        gone = conn.execute(
            ticket_link.delete().where(
                ticket_link.c.ticket_id == source["id"],
                ticket_link.c.other_id == target["id"],
                ticket_link.c.kind == stored,
            )
        )
        if gone.rowcount:
            _tell(conn, one, actor, at, kind, other["number"], None)
            _tell(conn, other, actor, at, _READ[stored, not first], one["number"], None)
    return relations(conn, number, actor)


def dismiss(conn: sa.Connection, number: int, other: int, actor: Actor) -> Relations:
    """Say that two tickets are not the same; it is not asked again."""
    one, two = _pair(conn, number, other, actor)
    pairs = [(one["id"], two["id"]), (two["id"], one["id"])]
    for ticket_id, other_id in pairs:
        conn.execute(
            duplicate_hint.update()
            .where(duplicate_hint.c.ticket_id == ticket_id, duplicate_hint.c.other_id == other_id)
            .values(dismissed_by=actor.id)
        )
    return relations(conn, number, actor)


def incidents(conn: sa.Connection, problem_id: UUID, actor: Actor) -> list[Row]:
    """The incidents of a problem, oldest first, that are not merged away."""
    query = (
        repository.statement(actor)
        .where(
            ticket.c.id.in_(
                sa.select(ticket_link.c.ticket_id).where(
                    ticket_link.c.other_id == problem_id, ticket_link.c.kind == "problem"
                )
            ),
            ticket.c.merged_into.is_(None),
        )
        .order_by(ticket.c.number)
    )
    return [dict(row) for row in conn.execute(query).mappings()]


def _typed(conn: sa.Connection, core: Core, row: Row, type_: str, actor: Actor, at: datetime) -> None:
    if row["type"] == "question":
        edit = Edit(values={"type": type_}, by=setter_of(actor), author=author_of(actor))
        apply(conn, row, [edit], core.lookups.get(conn), at)


def _reaches(conn: sa.Connection, start: UUID, goal: UUID, kind: str) -> bool:
    """Whether links of ``kind`` lead from ``start`` to ``goal``, so that one more would close a circle."""
    if kind == "related":
        return False
    seen, new = {start}, {start}
    while new:
        found = conn.execute(
            sa.select(ticket_link.c.other_id).where(
                ticket_link.c.ticket_id.in_(new), ticket_link.c.kind == kind
            )
        ).scalars()
        new = set(found) - seen
        seen |= new
    return goal in seen


def _pair(conn: sa.Connection, number: int, other: int, actor: Actor) -> tuple[Row, Row]:
    acted_on(conn, number, actor, lock=False)
    if number == other:
        raise Invalid(errors=[FieldError("to", "A ticket cannot be linked with itself.", "invalid")])
    first, second = sorted((number, other))
    rows = {n: repository.by_number(conn, n, actor, lock=True) for n in (first, second)}
    return rows[number], rows[other]


def _tell(
    conn: sa.Connection, row: Row, actor: Actor, at: datetime, kind: str, old: int | None, new: int | None
) -> None:
    note(
        conn,
        at=at,
        subject="ticket",
        subject_id=row["id"],
        action="linked" if new else "unlinked",
        author=author_of(actor),
        changes=[Change(field=kind, old=old, new=new, set_by=setter_of(actor))],
        ticket_id=row["id"],
        number=row["number"],
    )
