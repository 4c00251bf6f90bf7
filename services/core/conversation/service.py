"""Drafts, presence and followers of one ticket, each for the person who asks."""

from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from msgspec.structs import asdict

from services.common.db.compiled import CompiledSelect
from services.common.errors import FieldError, Forbidden, Invalid
from services.common.http import Actor, require
from services.common.ids import parse_uuid
from services.common.text import strip_control
from services.core.actors import author_of, setter_of
from services.core.audit import note
from services.core.contract import Change, Draft, DraftChanges, Here, NewFollower, Presence, StaffRef
from services.core.models import draft, presence, staff, ticket_follower
from services.core.settings import MAX_TEXT
from services.core.tickets import repository
from services.core.tickets.anatomy import Row

THERE = timedelta(seconds=45)
"""How long somebody counts as there after their page last said so; it says so every fifteen."""


def _person(conn: sa.Connection, number: int, actor: Actor) -> tuple[Row, UUID]:
    """The ticket and the staff member who acts; clients and customers have none of this."""
    row = repository.by_number(conn, number, actor)
    who = parse_uuid(actor.id)
    if actor.kind != "staff" or who is None:
        raise Forbidden("This is for the staff themselves.")
    return row, who


# ---- drafts


def read_draft(conn: sa.Connection, number: int, actor: Actor) -> Draft:
    """One's own unsent text on a ticket; an empty one where there is none."""
    row, who = _person(conn, number, actor)
    return draft_of(conn, row["id"], who)


_draft_of = CompiledSelect(
    sa.select(draft.c.kind, draft.c.body, draft.c.recommendation, draft.c.updated_at).where(
        draft.c.ticket_id == sa.bindparam("ticket"), draft.c.staff_id == sa.bindparam("who")
    )
)
_followers = CompiledSelect(
    sa.select(staff.c.id, staff.c.name)
    .join(ticket_follower, ticket_follower.c.staff_id == staff.c.id)
    .where(ticket_follower.c.ticket_id == sa.bindparam("ticket"))
    .order_by(staff.c.name)
)


def draft_of(conn: sa.Connection, ticket_id: UUID, who: UUID) -> Draft:
    """The unsent text of ``who``; an empty one where there is none."""
    found = _draft_of(conn, ticket=ticket_id, who=who)
    return Draft(kind="reply", body="") if found is None else Draft(**found)


def keep_draft(conn: sa.Connection, number: int, data: DraftChanges, actor: Actor, at: datetime) -> Draft:
    """Keep unsent text; an empty one is forgotten."""
    row, who = _person(conn, number, actor)
    if len(data.body) > MAX_TEXT:
        raise Invalid(
            errors=[FieldError("body", f"A message has at most {MAX_TEXT} characters.", "too_long")]
        )
    forget(conn, row["id"], who)
    text = strip_control(data.body)
    if not text.strip():
        return Draft(kind=data.kind, body="")
    kept = Draft(kind=data.kind, body=text, recommendation=data.recommendation, updated_at=at)
    conn.execute(draft.insert(), {"ticket_id": row["id"], "staff_id": who, **asdict(kept)})
    return kept


def forget(conn: sa.Connection, ticket_id: UUID, who: UUID | None) -> None:
    """The draft was sent, or emptied."""
    if who is not None:
        conn.execute(draft.delete().where(draft.c.ticket_id == ticket_id, draft.c.staff_id == who))


# ---- who is there


def be_here(conn: sa.Connection, number: int, data: Here, actor: Actor, at: datetime) -> Presence:
    """Say that one looks, writes or has gone; answers who else is there and whether that is news for them."""
    row, who = _person(conn, number, actor)
    key = presence.c.ticket_id == row["id"], presence.c.staff_id == who
    before = conn.execute(sa.select(presence.c.writing, presence.c.seen_at).where(*key)).first()
    was = before is not None and before.seen_at > at - THERE
    if data.state == "gone":
        conn.execute(presence.delete().where(*key))
        changed = was
    else:
        writing = data.state == "writing"
        values = {"writing": writing, "seen_at": at}
        if before is None:
            conn.execute(presence.insert(), {"ticket_id": row["id"], "staff_id": who, **values})
        else:
            conn.execute(presence.update().where(*key).values(**values))
        changed = not was or (before is not None and before.writing != writing)
    found = others(conn, row["id"], who, at)
    found.changed = changed
    return found


def who_is_here(conn: sa.Connection, number: int, actor: Actor, at: datetime) -> Presence:
    """Who else has the ticket open."""
    row, who = _person(conn, number, actor)
    return others(conn, row["id"], who, at)


def others(conn: sa.Connection, ticket_id: UUID, who: UUID, at: datetime) -> Presence:
    """Everybody there but ``who``."""
    rows = conn.execute(
        sa.select(staff.c.id, staff.c.name, presence.c.writing)
        .join(staff, staff.c.id == presence.c.staff_id)
        .where(presence.c.ticket_id == ticket_id, presence.c.staff_id != who, presence.c.seen_at > at - THERE)
        .order_by(staff.c.name)
    ).all()
    return Presence(
        looking=[StaffRef(id=r.id, name=r.name) for r in rows if not r.writing],
        writing=[StaffRef(id=r.id, name=r.name) for r in rows if r.writing],
    )


def being_edited(conn: sa.Connection, ticket_id: UUID, at: datetime) -> bool:
    """Whether somebody writes on a ticket or has one of its lists open: then the model only suggests."""
    query = sa.select(presence.c.staff_id).where(
        presence.c.ticket_id == ticket_id, presence.c.writing.is_(True), presence.c.seen_at > at - THERE
    )
    return conn.execute(query.limit(1)).first() is not None


# ---- followers


def followers(conn: sa.Connection, ticket_id: UUID) -> list[StaffRef]:
    """Who is told of what happens to a ticket."""
    return [StaffRef(**row) for row in _followers.all(conn, ticket=ticket_id)]


def follow(conn: sa.Connection, number: int, data: NewFollower, actor: Actor, at: datetime) -> list[StaffRef]:
    """Have somebody told of what happens to a ticket, oneself unless another is named."""
    row = repository.by_number(conn, number, actor, lock=True)
    require(actor, "tickets:write")
    if not actor.is_agent:
        raise Forbidden("Agents choose who follows.")
    given = actor.id if data.staff in {"", "me"} else data.staff
    who = parse_uuid(given)
    match = staff.c.id == who if who else staff.c.email == given.strip().lower()
    found = conn.execute(sa.select(staff.c.id, staff.c.name).where(match, staff.c.active.is_(True))).first()
    if found is None:
        raise Invalid(errors=[FieldError("staff", "There is no such colleague.", "unknown")])
    key = ticket_follower.c.ticket_id == row["id"], ticket_follower.c.staff_id == found.id
    if conn.execute(sa.select(ticket_follower.c.at).where(*key)).first() is None:
        conn.execute(ticket_follower.insert(), {"ticket_id": row["id"], "staff_id": found.id, "at": at})
        _tell(conn, row, actor, at, None, found.name)
    return followers(conn, row["id"])


def unfollow(conn: sa.Connection, number: int, staff_id: UUID, actor: Actor, at: datetime) -> list[StaffRef]:
    """Tell somebody no longer."""
    row = repository.by_number(conn, number, actor, lock=True)
    require(actor, "tickets:write")
    if not actor.is_agent:
        raise Forbidden("Agents choose who follows.")
    key = ticket_follower.c.ticket_id == row["id"], ticket_follower.c.staff_id == staff_id
    if conn.execute(ticket_follower.delete().where(*key)).rowcount:
        name = conn.execute(sa.select(staff.c.name).where(staff.c.id == staff_id)).scalar()
        _tell(conn, row, actor, at, name, None)
    return followers(conn, row["id"])


def _tell(
    conn: sa.Connection, row: Row, actor: Actor, at: datetime, old: str | None, new: str | None
) -> None:
    note(
        conn,
        at=at,
        subject="ticket",
        subject_id=row["id"],
        action="followed" if new else "unfollowed",
        author=author_of(actor),
        changes=[Change(field="followers", old=old, new=new, set_by=setter_of(actor))],
        ticket_id=row["id"],
        number=row["number"],
    )
