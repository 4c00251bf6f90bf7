"""The only source of now."""

from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Tells the time; passed as a parameter so that tests can freeze it."""

    def now(self) -> datetime:
        """Return an aware datetime in UTC."""
        ...


def utc_now() -> datetime:
    """The machine's time, for rows that say when they were written and decide nothing."""
    return datetime.now(UTC)


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return utc_now()


class FrozenClock:
    """A clock for tests: it stands still until it is told to move."""

    def __init__(self, at: datetime) -> None:
        self._at = at.astimezone(UTC)

    def now(self) -> datetime:
        return self._at

    def advance(self, by: timedelta) -> None:
        """Move forward (or back, with a negative ``by``)."""
        self._at += by
