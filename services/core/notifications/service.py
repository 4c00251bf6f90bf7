"""Telling people, and what each of them wants to be told."""

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from services.common.ids import uuid7
from services.core.contract import NotificationChoice
from services.core.models import notification, notification_choice, staff
from services.core.notifications.words import mail_words
from services.core.outgoing.store import queue_mail
from services.core.push.store import send_to
from services.core.tickets.anatomy import Row

if TYPE_CHECKING:
    from services.core.desk import Core

Ways = tuple[bool, bool, bool]
DEFAULTS: dict[str, Ways] = {
    "mention": (True, True, False),
    "assigned": (True, True, False),
    "handed_on": (True, False, False),
    "shared": (True, True, False),
    "replied": (True, False, False),
    "new_ticket": (True, False, False),
    "critical": (True, False, True),
    "warning": (True, False, False),
    "breach": (True, True, True),
    "rule": (True, False, False),
}
"""Kind to (on the page, by mail, by push), until a person chooses."""
KINDS = tuple(DEFAULTS)


def tell(
    conn: sa.Connection,
    core: "Core",
    row: Row,
    people: Iterable[UUID],
    *,
    kind: str,
    cause: str,
    at: datetime,
    actor_id: str | None = None,
    actor_name: str = "",
    detail: str = "",
) -> int:
    """Tell each of ``people`` once of ``cause`` on this ticket, but not who did it. Returns how many were told."""
    wanted = {one for one in people if str(one) != actor_id}
    if not wanted:
        return 0
    known = conn.execute(
        sa.select(staff.c.id, staff.c.email, staff.c.locale).where(
            staff.c.id.in_(wanted), staff.c.active.is_(True)
        )
    ).all()
    chosen = _chosen(conn, kind, [person.id for person in known])
    dialect: Any = sqlite if conn.dialect.name == "sqlite" else postgresql
    insert = dialect.insert(notification).on_conflict_do_nothing(index_elements=["staff_id", "cause"])
    told, pushed = 0, {}
    for person in known:
        page, mail, push = chosen.get(person.id, DEFAULTS[kind])
        if not (page or mail or push):
            continue
        values = {
            "id": uuid7(), "staff_id": person.id, "ticket_id": row["id"], "number": row["number"], "kind": kind,
            "cause": f"{row['number']}:{cause}"[:120], "subject": row["subject"], "actor": actor_name[:200],
            "detail": detail[:300], "shown": page, "at": at, "read_at": None,
        }  # fmt: skip
        if conn.execute(insert.values(values)).rowcount == 0:
            continue
        told += 1
        if mail:
            _mail(conn, core, person, values, at)
        if push:
            pushed[person.id] = values["id"]
    if pushed:
        send_to(conn, pushed)
    return told


def _chosen(conn: sa.Connection, kind: str, people: list[UUID]) -> dict[UUID, Ways]:
    query = sa.select(notification_choice).where(
        notification_choice.c.kind == kind, notification_choice.c.staff_id.in_(people)
    )
    return {r.staff_id: (r.page, r.mail, r.push) for r in conn.execute(query)}


def _mail(conn: sa.Connection, core: "Core", person: Any, told: dict[str, Any], at: datetime) -> None:
    locale = person.locale if person.locale in {"en", "es"} else "en"
    link = f"{core.site(conn)}/agent/tickets/{told['number']}"
    subject, text = mail_words(locale, told, link)
    queue_mail(
        conn,
        kind="notification",
        recipient=person.email,
        subject=subject,
        locale=locale,
        sender="",
        mail_id=f"{told['id'].hex}.n@{core.mail.domain}",
        at=at,
        ticket_id=told["ticket_id"],
        number=told["number"],
        text=text,
    )


def choices(conn: sa.Connection, staff_id: UUID) -> list[NotificationChoice]:
    """What a person wants to be told, and how."""
    rows = conn.execute(sa.select(notification_choice).where(notification_choice.c.staff_id == staff_id))
    own = {row.kind: (row.page, row.mail, row.push) for row in rows}
    return [
        NotificationChoice(kind=kind, page=page, mail=mail, push=push)
        for kind in KINDS
        for page, mail, push in [own.get(kind, DEFAULTS[kind])]
    ]


def choose(conn: sa.Connection, staff_id: UUID, wanted: list[NotificationChoice]) -> list[NotificationChoice]:
    """Keep a person's choices."""
    conn.execute(notification_choice.delete().where(notification_choice.c.staff_id == staff_id))
    rows = {
        one.kind: {
            "staff_id": staff_id,
            "kind": one.kind,
            "page": one.page,
            "mail": one.mail,
            "push": one.push,
        }
        for one in wanted
        if one.kind in KINDS
    }
    if rows:
        conn.execute(notification_choice.insert(), list(rows.values()))
    return choices(conn, staff_id)
