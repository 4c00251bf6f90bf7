"""A ticket's life by time: acknowledged, nudged, closed when nobody answers, asked about when it is over."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec
import sqlalchemy as sa

from services.core.actors import RULE
from services.core.audit import note
from services.core.contract import Lifecycle
from services.core.follow.happening import Happening
from services.core.follow.timers import set_timers
from services.core.lifecycle import links
from services.core.lifecycle.notices import write_notice
from services.core.lifecycle.words import moment, said
from services.core.models import audit, desk
from services.core.outgoing.compose import locale_of
from services.core.satisfaction import ratings
from services.core.sla.hours import NeverOpen, after, is_open, next_opening
from services.core.tickets import repository
from services.core.tickets.anatomy import Row
from services.core.tickets.changes import Edit, apply
from services.core.tickets.errors import TicketNotFound

if TYPE_CHECKING:
    from services.core.desk import Core

KEY = "lifecycle"
NUDGE, CLOSE, ASK, RATE = "nudge", "close", "ask", "rate"
OVER = frozenset({"solved", "closed"})


def settings_of(conn: sa.Connection) -> Lifecycle:
    """How this desk wants it; everything is off until an admin says so."""
    value = conn.execute(sa.select(desk.c.value).where(desk.c.key == KEY)).scalar()
    return msgspec.convert(value or {}, Lifecycle)


def keep_settings(conn: sa.Connection, wanted: Lifecycle) -> Lifecycle:
    """Store how the desk wants it."""
    value = msgspec.to_builtins(wanted)
    if conn.execute(desk.update().where(desk.c.key == KEY).values(value=value)).rowcount == 0:
        conn.execute(desk.insert(), {"key": KEY, "value": value})
    return wanted


def follow(conn: sa.Connection, core: "Core", happening: Happening, now: datetime) -> None:
    """What time means for a ticket after something happened to it."""
    if happening.seeded:
        return
    wanted = settings_of(conn)
    try:
        row = repository.by_id(conn, happening.ticket, core.actor)
    except TicketNotFound:
        return
    if happening.name == "created" and row["channel"] in wanted.acknowledge:
        _acknowledge(conn, core, row, now)
    _arm(conn, row, wanted, new=happening.name == "created")


def _arm(conn: sa.Connection, row: Row, wanted: Lifecycle, *, new: bool = False) -> None:
    """Set the ticket's alarms as it stands now."""
    at: dict[str, datetime | None] = dict.fromkeys((NUDGE, CLOSE, ASK, RATE))
    if row["status_category"] == "pending" and row["staff_at"] is not None and wanted.nudge_hours:
        since = max(row["staff_at"], row["customer_at"] or row["staff_at"])
        nudged = _last(conn, row["id"], "nudged", since)
        if nudged is None:
            at[NUDGE] = since + timedelta(hours=wanted.nudge_hours)
        elif wanted.close_hours:
            at[CLOSE] = nudged + timedelta(hours=wanted.close_hours)
    over = row["closed_at"] if row["status_category"] in OVER and row["merged_into"] is None else None
    if over is not None and _last(conn, row["id"], "nudged", None) is None:  # silence was no solution
        if wanted.ask_hours and _last(conn, row["id"], "asked", over) is None:
            at[ASK] = over + timedelta(hours=wanted.ask_hours)
        if wanted.rate_hours and not ratings.was_asked(conn, row):
            at[RATE] = over + timedelta(hours=wanted.rate_hours)
    set_timers(conn, [(row["id"], kind, when) for kind, when in at.items()], new=new)


def _last(conn: sa.Connection, ticket_id: UUID, action: str, since: datetime | None) -> datetime | None:
    """When the ticket's history last had ``action``, after ``since``."""
    query = sa.select(sa.func.max(audit.c.at)).where(audit.c.ticket_id == ticket_id, audit.c.action == action)
    if since is not None:
        query = query.where(audit.c.at >= since)
    found: datetime | None = conn.execute(query).scalar()
    return found


def alarm(conn: sa.Connection, core: "Core", ticket_id: UUID, kind: str, now: datetime) -> None:
    """The time of a nudge, a closing or a question has come; what changed meanwhile is looked at again."""
    wanted, row = settings_of(conn), repository.by_id(conn, ticket_id, core.actor, lock=True)
    if kind == ASK:
        if row["status_category"] in OVER and wanted.ask_hours:
            _ask(conn, core, row, now)
        return
    if kind == RATE:
        if row["status_category"] in OVER and wanted.rate_hours and not ratings.was_asked(conn, row):
            _ask_for_rating(conn, core, row, now)
        return
    if row["status_category"] != "pending":
        return
    if kind == NUDGE and wanted.nudge_hours:
        _nudge(conn, core, row, wanted, now)
    elif kind == CLOSE and wanted.close_hours:
        values = {"status": "closed"}
        apply(conn, row, [Edit(values=values, by="rule", author=RULE)], core.lookups.get(conn), now)


def _acknowledge(conn: sa.Connection, core: "Core", row: Row, now: datetime) -> None:
    locale, policies = _locale(row), core.promises.get(conn)
    parts, values = ["received"], {"number": str(row["number"])}
    main = policies.main
    try:
        if main is not None and not is_open(main, now):
            parts.append("closed_now")
            values["opens"] = moment(next_opening(main, now), main.zone, locale)
        policy = policies.choose(row["channel"], row["requester_tier"], row["priority"])
        if policy is not None and policy.targets[row["priority"]].get("first_response"):
            promise = policies.promise(policy, row["priority"])
            due = after(promise.calendar, now, promise.targets["first_response"])
            parts.append("by")
            values["due"] = moment(due, promise.calendar.zone, locale)
    except NeverOpen:
        pass  # then nothing is promised
    if write_notice(conn, core, row, said(locale, "", *parts, **values), now, author=RULE):
        _note(conn, row, "acknowledged", now)


def _nudge(conn: sa.Connection, core: "Core", row: Row, wanted: Lifecycle, now: datetime) -> None:
    locale, parts = _locale(row), ["nudge"]
    values = {"number": str(row["number"])}
    if wanted.close_hours:
        main = core.promises.get(conn).main
        parts.append("closes")
        values["closes"] = moment(
            now + timedelta(hours=wanted.close_hours), main.zone if main else "UTC", locale
        )
    write_notice(conn, core, row, said(locale, _first_name(row), *parts, **values), now, author=RULE)
    _note(conn, row, "nudged", now)
    _arm(conn, row, wanted)


def _ask(conn: sa.Connection, core: "Core", row: Row, now: datetime) -> None:
    secret = core.rt.settings.secret
    link = f"{core.site(conn)}/follow-up/{links.token(secret, links.FOLLOW_UP, row['number'], now)}"
    text = said(_locale(row), _first_name(row), "asked", "choose", number=str(row["number"]), link=link)
    if write_notice(conn, core, row, text, now, author=RULE):
        _note(conn, row, "asked", now)


def _ask_for_rating(conn: sa.Connection, core: "Core", row: Row, now: datetime) -> None:
    link = ratings.link(conn, core, row["number"], now)
    text = said(_locale(row), _first_name(row), "rate", "stars", number=str(row["number"]), link=link)
    if write_notice(conn, core, row, text, now, author=RULE):
        ratings.mark_asked(conn, row, now)
        _note(conn, row, "surveyed", now)


def _note(conn: sa.Connection, row: Row, action: str, now: datetime) -> None:
    note(
        conn, at=now, subject="ticket", subject_id=row["id"], action=action, author=RULE, ticket_id=row["id"],
        number=row["number"],
    )  # fmt: skip


def _locale(row: Row) -> str:
    return locale_of(row["language"], row["requester_locale"])


def _first_name(row: dict[str, Any]) -> str:
    first = str(row["requester_name"] or "").split(" ")[0]
    return "" if "@" in first else first
