"""Pure working time: when a desk is open, how much of a stretch that is, and when so much of it has passed.

Everything is exact over changes of the clocks: an instant is open when the *wall* of the calendar's zone shows an
open minute of a day that is no holiday. So an hour that the clocks skip is nobody's, and one they repeat counts twice.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

import holidays as public
from msgspec import Struct

DAY = timedelta(days=1)
ZERO = timedelta()
MINUTES = 24 * 60
FAR = 366 * 3
"""Days that a search looks ahead; a calendar that is closed for so long is never open."""

Spans = tuple[tuple[int, int], ...]
"""Open stretches of a day, in minutes since midnight on the wall: ``((540, 1020),)`` is nine to five."""
Stretch = tuple[datetime, datetime]


class NeverOpen(ValueError):
    """The calendar has no open minute within ``FAR`` days."""


class Calendar(Struct, frozen=True):
    """Opening hours. ``week`` has seven days, Monday first; ``country`` and ``region`` name public holidays.

    ``extra`` are further days off, as ISO dates. Frozen and hashable, so that what is worked out is kept.
    """

    zone: str
    week: tuple[Spans, ...]
    country: str = ""
    region: str = ""
    extra: tuple[str, ...] = ()

    @property
    def always(self) -> bool:
        """Whether it never closes, so that working time is plain time."""
        return not self.country and not self.extra and all(day == ((0, MINUTES),) for day in self.week)


ALWAYS = Calendar(zone="UTC", week=(((0, MINUTES),),) * 7)


def merged(spans: Sequence[tuple[int, int]]) -> Spans:
    """Spans in order, overlapping and touching ones joined, empty ones left out."""
    found: list[tuple[int, int]] = []
    for start, end in sorted((max(0, s), min(MINUTES, e)) for s, e in spans):
        if start >= end:
            continue
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return tuple(found)


@lru_cache(maxsize=256)
def holidays_of(country: str, region: str, year: int) -> frozenset[date]:
    """Public holidays of a year; none for a country that the library does not know."""
    if not country:
        return frozenset()
    try:
        return frozenset(public.country_holidays(country, subdiv=region or None, years=year))
    except (NotImplementedError, KeyError):
        return frozenset()


def is_day_off(calendar: Calendar, day: date) -> bool:
    """Whether ``day`` is a holiday of the calendar."""
    return day.isoformat() in calendar.extra or day in holidays_of(
        calendar.country, calendar.region, day.year
    )


@lru_cache(maxsize=512)
def transitions(zone: str, year: int) -> tuple[datetime, ...]:
    """The instants of a year at which the zone's offset changes, found to the second."""
    info, found = ZoneInfo(zone), []
    at = datetime(year, 1, 1, tzinfo=UTC)
    while at.year == year:
        if at.astimezone(info).utcoffset() != (at + DAY).astimezone(info).utcoffset():
            found.append(_change(info, at, at + DAY))
        at += DAY
    return tuple(found)


def _change(info: ZoneInfo, low: datetime, high: datetime) -> datetime:
    before = low.astimezone(info).utcoffset()
    while high - low > timedelta(seconds=1):
        middle = low + timedelta(seconds=(high - low) // timedelta(seconds=2))
        if middle.astimezone(info).utcoffset() == before:
            low = middle
        else:
            high = middle
    return high


@lru_cache(maxsize=16384)
def open_on(calendar: Calendar, day: date) -> tuple[Stretch, ...]:
    """The open stretches of one day on the calendar's wall, as instants in order."""
    spans = calendar.week[day.weekday()]
    if not spans or is_day_off(calendar, day):
        return ()
    info = ZoneInfo(calendar.zone)
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    first, last = midnight - DAY, midnight + 2 * DAY  # wider than any offset
    cuts = [
        c for year in {first.year, last.year} for c in transitions(calendar.zone, year) if first < c < last
    ]
    edges = [first, *sorted(cuts), last]
    found: list[Stretch] = []
    for low, high in pairwise(edges):
        offset = low.astimezone(info).utcoffset() or ZERO
        for start, end in spans:
            begins = max(low, midnight + timedelta(minutes=start) - offset)
            ends = min(high, midnight + timedelta(minutes=end) - offset)
            if begins < ends:
                found.append((begins, ends))
    return tuple(sorted(found))


def stretches(calendar: Calendar, since: datetime) -> Iterator[Stretch]:
    """Open stretches from ``since`` on, in order; ends after ``FAR`` days."""
    day = since.astimezone(ZoneInfo(calendar.zone)).date() - DAY
    for _ in range(FAR):
        for start, end in open_on(calendar, day):
            if end > since:
                yield max(start, since), end
        day += DAY


def working_time(calendar: Calendar, start: datetime, end: datetime) -> timedelta:
    """How long the calendar is open between two instants."""
    if end <= start:
        return ZERO
    if calendar.always:
        return end - start
    zone = ZoneInfo(calendar.zone)
    day, last = start.astimezone(zone).date() - DAY, end.astimezone(zone).date() + DAY
    total = ZERO
    while day <= last:
        for opens, closes in open_on(calendar, day):
            if opens < end and closes > start:
                total += min(closes, end) - max(opens, start)
        day += DAY
    return total


def after(calendar: Calendar, start: datetime, time: timedelta) -> datetime:
    """The first instant by which ``time`` of working time has passed since ``start``; raises :class:`NeverOpen`."""
    if time <= ZERO:
        return start
    if calendar.always:
        return start + time
    left = time
    for opens, closes in stretches(calendar, start):
        if closes - opens >= left:
            return opens + left
        left -= closes - opens
    raise NeverOpen


def is_open(calendar: Calendar, at: datetime) -> bool:
    """Whether the desk works at this instant."""
    if calendar.always:
        return True
    day = at.astimezone(ZoneInfo(calendar.zone)).date()
    for near in (day - DAY, day, day + DAY):
        found = open_on(calendar, near)
        place = bisect_right(found, at, key=lambda s: s[0]) - 1
        if place >= 0 and found[place][0] <= at < found[place][1]:
            return True
    return False


def next_opening(calendar: Calendar, at: datetime) -> datetime:
    """When the desk works next: ``at`` itself while it is open; raises :class:`NeverOpen`."""
    for opens, _ in stretches(calendar, at):
        return opens
    raise NeverOpen
