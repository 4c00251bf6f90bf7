"""Whom an event concerns: who is mentioned, who gets a ticket, whose customer answered, whose team has a new one."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import sqlalchemy as sa

from services.common.ids import parse_uuid
from services.core.automation.actions import whom
from services.core.follow.happening import Happening
from services.core.models import audit, mention, message, notification, ticket_follower
from services.core.notifications.service import tell
from services.core.tickets import repository
from services.core.tickets.anatomy import Row
from services.core.tickets.errors import TicketNotFound
from services.core.tickets.status import DONE

if TYPE_CHECKING:
    from services.core.desk import Core


CRITICAL = "critical"
"""The key of the priority that is told of at once."""


def follow(conn: sa.Connection, core: "Core", happening: Happening, now: datetime) -> None:
    """Tell whom an event concerns."""
    if happening.seeded:
        return
    try:
        row = repository.by_id(conn, happening.ticket, core.actor)
    except TicketNotFound:
        return
    cause = str(happening.id)
    if happening.name == "noted" and happening.message is not None:
        _mentions(conn, core, row, happening.message, now)
    elif happening.name == "customer_replied":
        tell(
            conn, core, row, _near(conn, row), kind="replied", cause=cause, at=now,
            actor_name=row["requester_name"],
        )  # fmt: skip
    elif happening.name in {"created", "updated"} and not _critical(conn, core, row, happening, now):
        _given(conn, core, row, happening, cause, now)


def _near(conn: sa.Connection, row: Row) -> list[UUID]:
    """Who answers for a ticket, and who follows it."""
    query = sa.select(ticket_follower.c.staff_id).where(ticket_follower.c.ticket_id == row["id"])
    followers = list(conn.execute(query).scalars())
    return [row["assignee_id"], *followers] if row["assignee_id"] is not None else followers


def _critical(conn: sa.Connection, core: "Core", row: Row, happening: Happening, now: datetime) -> int:
    """Who answers for a critical ticket, else its team, hears of that once. Returns how many were told, who then
    need not hear of the same event as news of another kind."""
    moved = happening.changed & {"priority", "team", "assignee"}
    if not (moved or happening.name == "created") or row["priority"] != CRITICAL:
        return 0
    if row["status_category"] in DONE:
        return 0
    values = {"priority": CRITICAL, "team": row["team"], "assignee": str(row["assignee_id"])}
    acted = {_who_set(conn, row["id"], field, value)[0] for field, value in values.items()}
    acted.add(_who_opened(conn, row["id"]))
    near = [row["assignee_id"]] if row["assignee_id"] is not None else whom(conn, row, "team")
    people = [one for one in near if str(one) not in acted]
    return tell(conn, core, row, people, kind="critical", cause=CRITICAL, at=now)


def _handed_on(conn: sa.Connection, core: "Core", row: Row, cause: str, now: datetime) -> None:
    """Who had a ticket before hears that it went on, and to whom, unless they gave it away themselves."""
    new = str(row["assignee_id"]) if row["assignee_id"] is not None else None
    for entry in _history(conn, row["id"]):
        change = next((c for c in entry.changes if c["field"] == "assignee" and c["new"] == new), None)
        if change is None:
            continue
        had = parse_uuid(change["old"] or "")
        if had is not None and change["old"] != new:
            tell(
                conn, core, row, [had], kind="handed_on", cause=f"on:{cause}", at=now, actor_id=entry.author_id,
                actor_name=entry.author_name, detail=row["assignee_name"] or "",
            )  # fmt: skip
        return


def _alarmed(conn: sa.Connection, row: Row) -> bool:
    """Whether somebody near has yet to read that it is critical, which leads them to it as well."""
    unread = sa.select(notification.c.id).where(
        notification.c.ticket_id == row["id"],
        notification.c.kind == CRITICAL,
        notification.c.read_at.is_(None),
    )
    if row["assignee_id"] is not None:
        unread = unread.where(notification.c.staff_id == row["assignee_id"])
    return conn.execute(unread.limit(1)).first() is not None


def _given(
    conn: sa.Connection, core: "Core", row: Row, happening: Happening, cause: str, now: datetime
) -> None:
    if "assignee" in happening.changed:
        _handed_on(conn, core, row, cause, now)
    if row["priority"] == CRITICAL and _alarmed(conn, row):
        return
    if row["assignee_id"] is not None and "assignee" in happening.changed:
        by = _who_set(conn, row["id"], "assignee", str(row["assignee_id"]))
        tell(
            conn, core, row, [row["assignee_id"]], kind="assigned", cause=cause, at=now, actor_id=by[0],
            actor_name=by[1],
        )  # fmt: skip
    elif (
        row["assignee_id"] is None
        and row["team"]
        and ("team" in happening.changed or happening.name == "created")
    ):
        by = _who_set(conn, row["id"], "team", row["team"])
        people = whom(conn, row, "team")
        tell(
            conn, core, row, people, kind="new_ticket", cause=f"new:{row['team']}", at=now, actor_id=by[0],
            actor_name=by[1],
        )  # fmt: skip


def _who_opened(conn: sa.Connection, ticket_id: UUID) -> str | None:
    query = sa.select(audit.c.author_id).where(audit.c.ticket_id == ticket_id, audit.c.action == "created")
    return conn.execute(query.order_by(audit.c.id).limit(1)).scalar()


def _who_set(conn: sa.Connection, ticket_id: UUID, field: str, value: str) -> tuple[str | None, str]:
    """Who gave a field its value last, from the ticket's history."""
    for entry in _history(conn, ticket_id):
        if any(change["field"] == field and change["new"] == value for change in entry.changes):
            return entry.author_id, entry.author_name
    return None, ""


def _history(conn: sa.Connection, ticket_id: UUID) -> Sequence[Any]:
    """The newest entries of a ticket's history, newest first."""
    query = sa.select(audit.c.author_id, audit.c.author_name, audit.c.changes)
    query = query.where(audit.c.ticket_id == ticket_id).order_by(audit.c.id.desc()).limit(20)
    return conn.execute(query).all()


def _mentions(conn: sa.Connection, core: "Core", row: Row, message_id: UUID, now: datetime) -> None:
    people = list(
        conn.execute(sa.select(mention.c.staff_id).where(mention.c.message_id == message_id)).scalars()
    )
    if not people:
        return
    said = conn.execute(
        sa.select(message.c.author_id, message.c.author_name).where(message.c.id == message_id)
    ).one()
    tell(
        conn, core, row, people, kind="mention", cause=f"mention:{message_id}", at=now, actor_id=said.author_id,
        actor_name=said.author_name,
    )  # fmt: skip
