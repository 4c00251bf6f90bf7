"""When the demo desk's tickets happened, told from the moment of loading.

The files hold minutes before a nominal "now" that is a Monday at 00:00 UTC, so that the pattern of
weekdays and hours written into them is a real one. Loading happens at any moment of any day: the
nominal Monday becomes the next one after it, and the tickets that would then lie ahead go thirteen
weeks back, where their weekday and hour are the same.
"""

from datetime import datetime, timedelta

WEEKS = 13
PERIOD = timedelta(weeks=WEEKS)


def next_monday(now: datetime) -> datetime:
    """The first Monday 00:00 UTC at or after `now`, which is aware and in UTC."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    monday = midnight + timedelta(days=-midnight.weekday() % 7)
    return monday if monday >= now else monday + timedelta(days=7)


def shift_of(now: datetime, closed: int) -> datetime:
    """The moment from which a closed ticket's minutes count back; `closed` is its last of them."""
    anchor = next_monday(now)
    return anchor if anchor - timedelta(minutes=closed) <= now else anchor - PERIOD


def at(start: datetime, minutes_before: int) -> datetime:
    """The instant that lies `minutes_before` minutes before `start`."""
    return start - timedelta(minutes=minutes_before)
