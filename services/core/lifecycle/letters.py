"""What the customer is told when a ticket gets a status that has a message: once a move, in their language."""

from datetime import datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa

from services.core.actors import RULE
from services.core.audit import note
from services.core.contract import Change
from services.core.follow.happening import Happening
from services.core.lifecycle.notices import write_notice
from services.core.macros.render import render
from services.core.models import audit, message
from services.core.outgoing.compose import locale_of
from services.core.satisfaction import ratings
from services.core.tickets import repository
from services.core.tickets.anatomy import Row
from services.core.tickets.errors import TicketNotFound

if TYPE_CHECKING:
    from services.core.desk import Core

TOLD = "told"


def follow(conn: sa.Connection, core: "Core", happening: Happening, now: datetime) -> None:
    """Tell the customer of the status that their ticket got, unless it was they who said so."""
    if happening.seeded or not happening.moved_to or happening.moved_by == "contact":
        return
    entry = core.lookups.get(conn).statuses.get(happening.moved_to)
    if entry is None or not entry.tells:
        return
    try:
        row = repository.by_id(conn, happening.ticket, core.actor)
    except TicketNotFound:
        return
    if row["status"] != entry.key or row["merged_into"] is not None or _was_told(conn, row, happening):
        return  # it moved on meanwhile, or the same has been said
    locale = locale_of(row["language"], row["requester_locale"])
    text = entry.message.get(locale) or next(iter(entry.message.values()), "")
    said = render(text, values_of(conn, core, row, locale, now))
    if write_notice(conn, core, row, said, now, author=RULE, chain=happening.chain) is None:
        return
    told = Change(field="status", old=None, new=entry.key, set_by="rule")
    note(
        conn, at=now, subject="status", subject_id=entry.key, action=TOLD, author=RULE, changes=[told],
        ticket_id=row["id"], number=row["number"],
    )  # fmt: skip
    if ratings.link(conn, core, row["number"], now) in said:
        ratings.mark_asked(conn, row, now)  # no second letter will ask for it


def _was_told(conn: sa.Connection, row: Row, happening: Happening) -> bool:
    """Whether a later move has been told already, or this end of the work: closing what is solved is no news."""
    last = sa.select(sa.func.max(audit.c.at)).where(audit.c.ticket_id == row["id"], audit.c.action == TOLD)
    at = conn.execute(last).scalar()
    if at is None:
        return False
    ended = row["closed_at"] if row["status_category"] in ratings.RATED else None
    return bool(happening.at is not None and at > happening.at) or (ended is not None and at >= ended)


def values_of(conn: sa.Connection, core: "Core", row: Row, locale: str, now: datetime) -> dict[str, str]:
    """What a message may name. Names are looked up here; nothing is evaluated."""
    name = row["requester_name"] or ""
    known = core.lookups.get(conn).statuses[row["status"]].name
    resolution = row["resolution"].strip()
    if resolution and resolution == _last_reply(conn, row):
        resolution = ""  # they have read it a moment ago
    return {
        "ticket.number": str(row["number"]),
        "ticket.subject": row["subject"],
        "ticket.status": known.get(locale) or next(iter(known.values())),
        "ticket.resolution": resolution,
        "ticket.link": f"{core.site(conn)}/t/{row['number']}",
        "contact.name": name,
        "contact.first_name": name.split(" ")[0] if "@" not in name else "",
        "agent.name": row["assignee_name"] or "",
        "rating.link": ratings.link(conn, core, row["number"], now),
    }


def _last_reply(conn: sa.Connection, row: Row) -> str:
    query = (
        sa.select(message.c.body_text)
        .where(message.c.ticket_id == row["id"], message.c.kind == "reply", message.c.author_kind == "staff")
        .order_by(message.c.id.desc())
        .limit(1)
    )
    return (conn.execute(query).scalar() or "").strip()
