"""Moments as people type them into a search: ``7d``, ``12h``, ``2026-11-01``, ``today``."""

import re
from datetime import UTC, datetime, timedelta

from services.common.text.quote import fold

_SPAN = re.compile(r"(\d{1,4})(mo|min|[mhdwys])")
_UNITS = {
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "min": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
    "mo": timedelta(days=30),
    "y": timedelta(days=365),
}
_DAY = {"today": 0, "hoy": 0, "yesterday": 1, "ayer": 1}
EXPECTED = ("7d", "12h", "30m", "2w", "2026-11-01", "today")


def span(text: str) -> timedelta | None:
    """A length of time like ``7d``, or None."""
    found = _SPAN.fullmatch(fold(text.strip()))
    return int(found[1]) * _UNITS[found[2]] if found else None


def bounds(op: str, text: str, now: datetime) -> tuple[datetime | None, datetime | None] | None:
    """The half-open stretch ``[from, to)`` that ``created>7d`` and its like mean; None where it is no moment.

    A length of time stands for the moment that long ago: ``>7d`` is after it, in the last seven days, as
    ``:7d`` is; ``<7d`` is before it. Days are those of UTC.
    """
    if (length := span(text)) is not None:
        moment = now - length
        return (None, moment) if op in {"<", "<="} else (moment, None)
    day = _day(text, now)
    if day is None:
        return None
    following = day + timedelta(days=1)
    return {
        ":": (day, following),
        ">": (following, None),
        ">=": (day, None),
        "<": (None, day),
        "<=": (None, following),
    }[op]


def _day(text: str, now: datetime) -> datetime | None:
    midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    if (back := _DAY.get(fold(text.strip()))) is not None:
        return midnight - timedelta(days=back)
    try:
        found = datetime.strptime(text.strip(), "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        return None
    return found if found.year >= 1970 else None
