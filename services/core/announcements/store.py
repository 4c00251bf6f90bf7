"""Writing announcements, and reading those that hold now."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, get_args
from uuid import UUID

import sqlalchemy as sa

from services.common.errors import Conflict, FieldError, Invalid, NotFound
from services.common.ids import uuid7
from services.common.text import single_line, strip_control
from services.core.announcements.audience import concerns
from services.core.announcements.mailing import MOST, plan, reach
from services.core.audit import note
from services.core.contract import (
    Announcement,
    AnnouncementInput,
    AudienceKind,
    Author,
    CurrentAnnouncement,
    Severity,
)
from services.core.desk import Core
from services.core.models import announcement, announcement_affected, announcement_mail, organization, ticket

LOCALES = ("en", "es")
MOST_SHOWN = 5
LISTED = 100


class AnnouncementNotFound(NotFound):
    code, title = "core.announcement_not_found", "There is no such notice"


class StaleAnnouncement(Conflict):
    code, title = "core.stale_announcement", "Somebody changed it meanwhile"


def current(conn: sa.Connection, who: UUID | None, now: datetime) -> list[CurrentAnnouncement]:
    """What ``who``, or a visitor, is told now: the gravest first, then the newest."""
    holds = (
        announcement.c.starts_at <= now,
        sa.or_(announcement.c.ends_at.is_(None), announcement.c.ends_at > now),
    )
    query = sa.select(announcement).where(*holds).order_by(announcement.c.starts_at.desc()).limit(LISTED)
    rows = [dict(row) for row in conn.execute(query).mappings()]
    theirs = concerns(conn, rows, who, now)
    grave = list(get_args(Severity))
    rows = sorted((r for r in rows if r["id"] in theirs), key=lambda r: -grave.index(r["severity"]))
    names = CurrentAnnouncement.__struct_fields__
    return [
        CurrentAnnouncement(**{n: r[n] for n in names if n != "affects"}, affects=r["problem"] is not None)
        for r in rows[:MOST_SHOWN]
    ]


def everything(conn: sa.Connection, now: datetime) -> list[Announcement]:
    """All of them for the staff, the newest first."""
    rows = conn.execute(_counted().order_by(announcement.c.starts_at.desc()).limit(LISTED)).mappings()
    return [_view(row) for row in rows]


def one(conn: sa.Connection, given: UUID, now: datetime) -> Announcement:
    """One, with how many a mail would still reach; raises :class:`AnnouncementNotFound`."""
    row = conn.execute(_counted().where(announcement.c.id == given)).mappings().first()
    if row is None:
        raise AnnouncementNotFound
    found = _view(row)
    found.reach = reach(conn, row, now)
    return found


def _counted() -> sa.Select[Any]:
    def count(table: sa.Table) -> Any:
        of = table.c.announcement_id == announcement.c.id
        return sa.select(sa.func.count()).select_from(table).where(of).scalar_subquery()

    return sa.select(
        announcement,
        count(announcement_mail).label("mailed"),
        count(announcement_affected).label("affected"),
    )


def _view(row: Mapping[Any, Any]) -> Announcement:
    return Announcement(**{n: row[n] for n in Announcement.__struct_fields__ if n != "reach"})


def keep(
    conn: sa.Connection, core: Core, given: UUID | None, data: AnnouncementInput, author: Author
) -> Announcement:
    """Write a new one, or change one; raises :class:`Invalid`, :class:`StaleAnnouncement`."""
    now = core.now()
    values = _checked(conn, core, data) | {"updated_at": now, "version": data.version + 1}
    if given is None:
        given = uuid7()
        conn.execute(
            announcement.insert(), {**values, "id": given, "created_at": now, "author_id": author.id}
        )
    else:
        old = one(conn, given, now)
        same = announcement.c.id == given, announcement.c.version == data.version
        if conn.execute(announcement.update().where(*same).values(**values)).rowcount == 0:
            raise StaleAnnouncement(current=old)
    note(conn, at=now, subject="announcement", subject_id=given, action="kept", author=author)
    if values["mail"]:
        plan(conn, given, max(now, values["starts_at"]))
    return one(conn, given, now)


def drop(conn: sa.Connection, given: UUID, author: Author, now: datetime) -> None:
    """Remove one with everything about it."""
    if conn.execute(announcement.delete().where(announcement.c.id == given)).rowcount == 0:
        raise AnnouncementNotFound
    note(conn, at=now, subject="announcement", subject_id=given, action="deleted", author=author)


def affects(conn: sa.Connection, core: Core, given: UUID, who: UUID | None, visitor: str) -> None:
    """Somebody says that it affects them; once a person or browser, and only what they are shown."""
    now = core.now()
    shown = {a.id: a for a in current(conn, who, now)}
    if given not in shown or not shown[given].affects:
        raise AnnouncementNotFound
    row = {"announcement_id": given, "who": str(who) if who else visitor[:64], "contact_id": who, "at": now}
    same = (announcement_affected.c.announcement_id == given, announcement_affected.c.who == row["who"])
    if conn.execute(sa.select(announcement_affected.c.at).where(*same)).first() is None:
        conn.execute(announcement_affected.insert(), row)


def _checked(conn: sa.Connection, core: Core, data: AnnouncementInput) -> dict[str, Any]:
    wrong: list[FieldError] = []
    title = {
        lang: single_line(text, 200) for lang, text in data.title.items() if lang in LOCALES and text.strip()
    }
    body = {
        lang: strip_control(text).strip()
        for lang, text in data.body.items()
        if lang in LOCALES and text.strip()
    }
    if not title or set(body) - set(title):
        wrong.append(FieldError("title", "Give it a title in each language that it has a text in.", "empty"))
    if any(len(text) > 2000 for text in body.values()):
        wrong.append(FieldError("body", "At most 2,000 characters.", "too_long"))
    if data.severity not in get_args(Severity):
        wrong.append(FieldError("severity", "There is no such severity.", "unknown"))
    if data.ends_at is not None and data.ends_at <= data.starts_at:
        wrong.append(FieldError("ends_at", "It ends after it begins.", "order"))
    if data.happens_at is not None and data.happens_at < data.starts_at:
        wrong.append(FieldError("happens_at", "Tell people before it happens.", "order"))
    if not _known(conn, core, data.audience, data.audience_value):
        wrong.append(FieldError("audience_value", "There is nobody like that on this desk.", "unknown"))
    if data.problem is not None and not _is_ticket(conn, str(data.problem)):
        wrong.append(FieldError("problem", "There is no such ticket.", "unknown"))
    if data.mail and data.audience == "everybody":
        wrong.append(
            FieldError(
                "mail", f"Mail goes to whom it concerns, {MOST} at most: choose who that is.", "audience"
            )
        )
    if wrong:
        raise Invalid(errors=wrong)
    names = ("severity", "starts_at", "ends_at", "happens_at", "audience", "problem", "mail")
    value = "" if data.audience == "everybody" else data.audience_value.strip()
    return {name: getattr(data, name) for name in names} | {
        "title": title,
        "body": body,
        "audience_value": value,
    }


def _known(conn: sa.Connection, core: Core, kind: AudienceKind, value: str) -> bool:
    """Whether there is such an audience."""
    taxonomy, value = core.lookups.get(conn), value.strip()
    if kind == "organization":
        query = sa.select(organization.c.id).where(organization.c.name == value)
        return conn.execute(query).first() is not None
    if kind == "problem":
        return _is_ticket(conn, value)
    return kind == "everybody" or value in (taxonomy.categories if kind == "category" else taxonomy.tags)


def _is_ticket(conn: sa.Connection, number: str) -> bool:
    if not number.isdecimal() or len(number) > 15:
        return False
    return conn.execute(sa.select(ticket.c.id).where(ticket.c.number == int(number))).first() is not None
