"""Calendars and policies: read into memory, chosen for a ticket, written by admins."""

import re
import time
from datetime import date, timedelta
from typing import Any
from zoneinfo import available_timezones

import holidays as public
import sqlalchemy as sa
from msgspec import Struct

from services.common.errors import Conflict, FieldError, Invalid, NotFound
from services.core.contract import CHANNELS, STATUSES, CalendarInput, DeskCalendar, SlaPolicy, SlaPolicyInput
from services.core.models import calendar, sla_policy
from services.core.sla.clocks import METRICS, Promise
from services.core.sla.hours import MINUTES, Calendar, merged
from services.core.taxonomy.lookups import FRESH_SECONDS, Taxonomy

MOST = 60 * 24 * 365  # minutes of a target
TIERS = ("standard", "premium", "vip")
_KEY = re.compile(r"[a-z0-9][a-z0-9_.\-]{0,79}")


class CalendarNotFound(NotFound):
    code, title = "core.calendar_not_found", "There is no such calendar"


class PolicyNotFound(NotFound):
    code, title = "core.policy_not_found", "There is no such agreement"


class StaleEntry(Conflict):
    code, title = "core.stale_entry", "Somebody changed it meanwhile"


class CalendarInUse(Conflict):
    code, title = "core.calendar_in_use", "An agreement counts by this calendar"


class Policies(Struct, frozen=True):
    """One state of the desk's promises: active policies in order, and every calendar."""

    policies: list[SlaPolicy]
    calendars: dict[str, Calendar]

    def choose(self, channel: str, tier: str, priority: str) -> SlaPolicy | None:
        """The first policy that a ticket falls under, or None."""
        return next(
            (
                policy
                for policy in self.policies
                if (not policy.channels or channel in policy.channels)
                and (not policy.tiers or tier in policy.tiers)
                and policy.targets.get(priority)
            ),
            None,
        )

    def promise(self, policy: SlaPolicy, priority: str) -> Promise:
        """What a policy promises a ticket of a priority."""
        targets = {
            metric: timedelta(minutes=minutes)
            for metric, minutes in policy.targets[priority].items()
            if minutes
        }
        return Promise(self.calendars[policy.calendar], targets, frozenset(policy.pauses))

    @property
    def main(self) -> Calendar | None:
        """The calendar of the first policy, or the only one: by it the desk tells when it is open."""
        if self.policies:
            return self.calendars[self.policies[0].calendar]
        return next(iter(self.calendars.values()), None)


class Remembered:
    """Keeps :class:`Policies`, as ``Lookups`` keeps the taxonomy."""

    def __init__(self) -> None:
        self._known: Policies | None = None
        self._until = 0.0

    def get(self, conn: sa.Connection) -> Policies:
        """The policies, read again when they may be old."""
        if self._known is None or time.monotonic() >= self._until:
            self._known = read(conn)
            self._until = time.monotonic() + FRESH_SECONDS
        return self._known

    def forget(self) -> None:
        """The next :meth:`get` reads."""
        self._until = 0.0


def read(conn: sa.Connection) -> Policies:
    """All of it, from the tables."""
    rows = conn.execute(sa.select(calendar).order_by(calendar.c.key)).all()
    calendars = {
        row.key: Calendar(
            zone=row.zone,
            week=tuple(merged([(s, e) for s, e in day]) for day in row.week),
            country=row.country,
            region=row.region,
            extra=tuple(row.extra),
        )
        for row in rows
    }
    policies = [one for one in list_policies(conn) if one.active]
    return Policies(policies, calendars)


def list_policies(conn: sa.Connection) -> list[SlaPolicy]:
    """Every policy in its order."""
    rows = conn.execute(sa.select(sla_policy).order_by(sla_policy.c.position, sla_policy.c.key)).mappings()
    return [SlaPolicy(**row) for row in rows]


def list_calendars(conn: sa.Connection) -> list[DeskCalendar]:
    """Every calendar."""
    rows = conn.execute(sa.select(calendar).order_by(calendar.c.key)).mappings()
    return [DeskCalendar(**row) for row in rows]


def keep_calendar(conn: sa.Connection, key: str, data: CalendarInput) -> DeskCalendar:
    """Make or change a calendar; raises :class:`StaleEntry` where the writer had read an older one."""
    _refuse(_calendar_problems(data))
    week = [[list(span) for span in merged([(s, e) for s, e in day])] for day in data.week]
    extra = sorted(set(data.extra))
    values: dict[str, Any] = {
        "name": data.name, "zone": data.zone, "week": week, "country": data.country.upper(),
        "region": data.region.upper(), "extra": extra,
    }  # fmt: skip
    _upsert(conn, calendar, key, data.version, values)
    row = conn.execute(sa.select(calendar).where(calendar.c.key == key)).mappings().one()
    return DeskCalendar(**row)


def keep_policy(conn: sa.Connection, key: str, data: SlaPolicyInput, taxonomy: Taxonomy) -> SlaPolicy:
    """Make or change a policy; raises :class:`StaleEntry` where the writer had read an older one."""
    known = {one.key for one in list_calendars(conn)}
    _refuse(_policy_problems(data, taxonomy, known))
    values = {
        name: getattr(data, name)
        for name in ("name", "position", "active", "channels", "tiers", "calendar", "targets", "pauses", "warn")
    }  # fmt: skip
    _upsert(conn, sla_policy, key, data.version, {**values, "on_breach": data.on_breach})
    row = conn.execute(sa.select(sla_policy).where(sla_policy.c.key == key)).mappings().one()
    return SlaPolicy(**row)


def drop_calendar(conn: sa.Connection, key: str) -> None:
    """Remove a calendar that nothing counts by."""
    if conn.execute(sa.select(sla_policy.c.key).where(sla_policy.c.calendar == key)).first() is not None:
        raise CalendarInUse
    if not conn.execute(calendar.delete().where(calendar.c.key == key)).rowcount:
        raise CalendarNotFound


def drop_policy(conn: sa.Connection, key: str) -> None:
    """Remove a policy; tickets lose its clocks at their next change."""
    if not conn.execute(sla_policy.delete().where(sla_policy.c.key == key)).rowcount:
        raise PolicyNotFound


def refuse_key(key: str) -> None:
    """Raise :class:`Invalid` for what cannot be a permanent name."""
    if not _KEY.fullmatch(key):
        raise Invalid(errors=[FieldError("key", "A key has lower-case letters, digits, _ . and -.")])


def _upsert(conn: sa.Connection, table: sa.Table, key: str, version: int, values: dict[str, Any]) -> None:
    current = conn.execute(sa.select(table.c.version).where(table.c.key == key).with_for_update()).scalar()
    if (current or 0) != version:
        raise StaleEntry(current_version=current)
    if current is None:
        conn.execute(table.insert(), {"key": key, "version": 1, **values})
    else:
        conn.execute(table.update().where(table.c.key == key).values(version=current + 1, **values))


def _refuse(problems: list[FieldError]) -> None:
    if problems:
        raise Invalid(errors=problems)


def _calendar_problems(data: CalendarInput) -> list[FieldError]:
    found = []
    if data.zone not in available_timezones():
        found.append(FieldError("zone", f"There is no time zone {data.zone[:60]!r}.", "unknown"))
    if len(data.week) != 7:
        found.append(FieldError("week", "A week has seven days, Monday first."))
    for day in data.week:
        if len(day) > 6 or any(not 0 <= start < end <= MINUTES for start, end in day):
            found.append(FieldError("week", "Hours are minutes since midnight, from before to."))
            break
    country = data.country.upper()
    known = public.list_supported_countries()
    if country and country not in known:
        found.append(FieldError("country", f"No holidays are known of {country[:10]!r}.", "unknown"))
    elif data.region and data.region.upper() not in known.get(country, []):
        found.append(FieldError("region", f"{country} has no region {data.region[:10]!r}.", "unknown"))
    if len(data.extra) > 200 or any(not _is_date(day) for day in data.extra):
        found.append(FieldError("extra", "Days off are dates like 2026-12-24."))
    return found


def _is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _policy_problems(data: SlaPolicyInput, taxonomy: Taxonomy, calendars: set[str]) -> list[FieldError]:
    allowed: dict[str, set[str]] = {
        "channels": set(CHANNELS),
        "tiers": set(TIERS),
        "pauses": set(STATUSES),
        "targets": set(taxonomy.priorities),
    }
    found = [
        FieldError(name, f"Not known: {', '.join(sorted(wrong))[:200]}.", "unknown")
        for name, words in allowed.items()
        if (wrong := set(getattr(data, name)) - words)
    ]
    if data.calendar not in calendars:
        found.append(FieldError("calendar", "There is no such calendar.", "unknown"))
    for targets in data.targets.values():
        if set(targets) - set(METRICS) or any(not 0 <= minutes <= MOST for minutes in targets.values()):
            found.append(FieldError("targets", "Targets are minutes, up to a year."))
            break
    if len(data.warn) > 3 or any(not 0 < share < 1 for share in data.warn):
        found.append(FieldError("warn", "Warnings come at shares between 0 and 1, at most three."))
    return found
