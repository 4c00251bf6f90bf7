"""Mailing an announcement to whom it concerns: in slices, each person once, up to a bound, never to who wants none."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from babel.dates import format_datetime

from services.common.ids import uuid7
from services.common.jobs import JobContext
from services.core.announcements.audience import to_mail
from services.core.announcements.optout import address
from services.core.contract import Translated
from services.core.desk import Core
from services.core.jobs import jobs
from services.core.models import announcement, announcement_mail
from services.core.outgoing.compose import locale_of
from services.core.outgoing.store import queue_mail

SLICE = 100
MOST = 5_000
"""People that one announcement is mailed to: more is a newsletter, and mail servers block who sends them."""

WORDS = {
    "en": {
        "when": "Planned for {when}.",
        "why": "You get this because it concerns something you wrote to us about.\nNo such mail any more: {link}",
    },
    "es": {
        "when": "Previsto para el {when}.",
        "why": "Recibes esto porque afecta a algo sobre lo que nos escribiste.\nNo recibir más avisos: {link}",
    },
}  # fmt: skip


def plan(conn: sa.Connection, given: UUID, at: datetime) -> None:
    """Mail it from ``at`` on. Asked for twice, it finds everybody mailed."""
    jobs.enqueue(conn, "mail_announcement", {"announcement": str(given)}, run_at=at)


def reach(conn: sa.Connection, row: Mapping[Any, Any], now: datetime) -> int:
    """How many people a mail would still go to."""
    query = sa.select(sa.func.count()).select_from(to_mail(row, now).order_by(None).subquery())
    return min(int(conn.execute(query).scalar_one()), max(MOST - _mailed(conn, row["id"]), 0))


@jobs.job("mail_announcement", queue="mail", max_attempts=5, lease=120)
async def mail_announcement(ctx: JobContext, payload: dict[str, str]) -> dict[str, int] | None:
    """Queue the next slice of mails, and this job again while there are more."""
    core: Core = ctx.service
    sent = await core.db.write(lambda conn: mail_slice(conn, core, UUID(payload["announcement"])))
    return {"queued": sent} if sent else None


def mail_slice(conn: sa.Connection, core: Core, given: UUID) -> int:
    """One slice; nothing for what has been withdrawn, is over, or has yet to begin."""
    now = core.now()
    holds = (
        announcement.c.id == given,
        announcement.c.mail,
        announcement.c.starts_at <= now,
        sa.or_(announcement.c.ends_at.is_(None), announcement.c.ends_at > now),
    )
    row = conn.execute(sa.select(announcement).where(*holds).with_for_update()).mappings().first()
    if row is None:
        return 0
    room = min(SLICE, MOST - _mailed(conn, given))
    people = conn.execute(to_mail(row, now).limit(max(room, 0))).all()
    for person in people:
        _queue(conn, core, row, person, now)
    if people:
        conn.execute(
            announcement_mail.insert(),
            [{"announcement_id": given, "contact_id": p.id, "at": now} for p in people],
        )
    if len(people) == SLICE:
        plan(conn, given, now)
    return len(people)


def _mailed(conn: sa.Connection, given: UUID) -> int:
    query = sa.select(sa.func.count()).where(announcement_mail.c.announcement_id == given)
    return int(conn.execute(query).scalar_one())


def _queue(conn: sa.Connection, core: Core, row: Mapping[Any, Any], person: Any, now: datetime) -> None:
    if core.addresses.is_own(person.email):
        return
    locale = locale_of(person.locale)
    words, zone = WORDS[locale], _zone(conn, core)
    parts = [in_language(row["body"], locale)]
    if row["happens_at"] is not None:
        when = format_datetime(
            row["happens_at"].astimezone(ZoneInfo(zone)), "EEEE d MMMM, HH:mm (VVVV)", locale=locale
        )
        parts.append(words["when"].format(when=when))
    parts += [core.site(conn), words["why"].format(link=address(conn, core, person.id))]
    queue_mail(
        conn,
        kind="announcement",
        recipient=person.email,
        subject=in_language(row["title"], locale),
        locale=locale,
        sender="",
        mail_id=f"{uuid7().hex}@{core.mail.domain}",
        at=now,
        text="\n\n".join(part for part in parts if part),
    )


def in_language(texts: Translated, locale: str) -> str:
    """A text in the reader's language, or in one that there is."""
    return texts.get(locale) or next(iter(texts.values()), "")


def _zone(conn: sa.Connection, core: Core) -> str:
    main = core.promises.get(conn).main
    return str(main.zone) if main else "UTC"
