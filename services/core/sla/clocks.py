"""Pure clocks of one ticket: what was promised, how much of it is used, and when it is up.

A clock is worked out from the ticket's whole history each time, never added to: it can be computed again after an
outage, a change of policy or a clock that jumped, and says the same.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal

from msgspec import Struct

from services.core.sla.hours import ZERO, Calendar, NeverOpen, after, working_time
from services.core.tickets.status import DONE

Metric = Literal["first_response", "next_response", "resolution"]
METRICS: tuple[Metric, ...] = ("first_response", "next_response", "resolution")
ClockState = Literal["running", "paused", "met"]


class Moment(Struct, frozen=True):
    """Something that moves a clock: ``customer`` or ``staff`` wrote in public, or ``status`` (a category) was set."""

    at: datetime
    kind: Literal["customer", "staff", "status"]
    status: str = ""


class Promise(Struct, frozen=True):
    """What a policy promises a ticket. ``targets`` are working time; a metric without one has no clock."""

    calendar: Calendar
    targets: dict[str, timedelta]
    pauses: frozenset[str] = frozenset({"pending"})


class Clock(Struct, frozen=True, kw_only=True):
    """One clock as of ``now``. ``due`` is when it is up if nothing changes; None while it is paused.

    ``broken`` says that the target was passed, whether it still runs or not.
    """

    metric: Metric
    state: ClockState
    target: timedelta
    used: timedelta
    started: datetime
    due: datetime | None
    ended: datetime | None = None
    broken: bool = False

    @property
    def left(self) -> timedelta:
        """Working time that is left; negative once it is broken."""
        return self.target - self.used


def clocks(created: datetime, moments: Sequence[Moment], promise: Promise, now: datetime) -> list[Clock]:
    """The clocks of a ticket that was opened at ``created``, as of ``now``."""
    history = sorted((m for m in moments if m.at >= created), key=lambda m: m.at)
    pauses = _pauses(created, history, promise.pauses)
    found = []
    for metric in METRICS:
        target = promise.targets.get(metric)
        stretch = _stretch(metric, created, history)
        if target is None or stretch is None:
            continue
        found.append(_clock(metric, target, stretch, pauses, promise.calendar, now))
    return found


Window = tuple[datetime, datetime | None]


def _stretch(metric: Metric, created: datetime, history: Sequence[Moment]) -> Window | None:
    """From when to when a clock counts; an open end is None."""
    if metric == "resolution":
        return created, _done_since(history)
    answers = [m.at for m in history if m.kind == "staff"]
    first = answers[0] if answers else None
    if metric == "first_response":
        return created, first if first is not None else _done_since(history)
    if first is None:
        return None
    return _next_response(history, first)


def _next_response(history: Sequence[Moment], first: datetime) -> Window | None:
    """The latest question after the first answer: since it was asked, until it was answered or the work ended."""
    asked: datetime | None = None
    last: Window | None = None
    for moment in history:
        if moment.at < first:
            continue
        if moment.kind == "customer" and asked is None:
            asked = moment.at
        elif asked is not None and (
            moment.kind == "staff" or (moment.kind == "status" and moment.status in DONE)
        ):
            last, asked = (asked, moment.at), None
    return (asked, None) if asked is not None else last


def _done_since(history: Sequence[Moment]) -> datetime | None:
    """Since when the work has ended, or None while it goes on."""
    since: datetime | None = None
    for moment in history:
        if moment.kind == "status":
            since = (since or moment.at) if moment.status in DONE else None
    return since


def _pauses(created: datetime, history: Sequence[Moment], paused: frozenset[str]) -> list[Window]:
    """Stretches in which no clock runs: the statuses of the policy, and what lay closed until it was reopened."""
    found: list[Window] = []
    since: datetime | None = None
    for moment in history:
        if moment.kind != "status":
            continue
        rests = moment.status in paused or moment.status in DONE
        if rests and since is None:
            since = moment.at
        elif not rests and since is not None:
            found.append((since, moment.at))
            since = None
    if since is not None:
        found.append((since, None))
    return found


def _clock(
    metric: Metric,
    target: timedelta,
    stretch: Window,
    pauses: Sequence[Window],
    calendar: Calendar,
    now: datetime,
) -> Clock:
    start, ended = stretch
    until = min(ended, now) if ended is not None else max(start, now)
    used, resumed, paused = ZERO, start, False
    up: datetime | None = None  # when the target was used up, if that was before the last pause
    for low, high in pauses:
        if low >= until or (high is not None and high <= resumed):
            continue
        stretch_of = working_time(calendar, resumed, max(low, resumed))
        if up is None and stretch_of > ZERO and used + stretch_of >= target:
            up = after(calendar, resumed, target - used)
        used += stretch_of
        if high is None or high > until:
            paused = True
            break
        resumed = high
    before = used
    if not paused:
        used += working_time(calendar, resumed, until)
    due = None if paused or ended is not None else up or _due(calendar, resumed, target - before)
    return Clock(
        metric=metric,
        state="met" if ended is not None else "paused" if paused else "running",
        target=target,
        used=used,
        started=start,
        due=due,
        ended=ended,
        broken=used > target or (due is not None and due <= now and used >= target),
    )


def _due(calendar: Calendar, resumed: datetime, left: timedelta) -> datetime | None:
    """When what is left of the target is used up; None where the desk never opens again."""
    try:
        return after(calendar, resumed, left)
    except NeverOpen:
        return None


def at_share(clock: Clock, promise: Promise, share: float, now: datetime) -> datetime | None:
    """When ``share`` of a running clock's target is used up; in the past once it is."""
    if clock.due is None:
        return None
    missing = clock.target * share - clock.used
    if missing <= ZERO:
        return now
    try:
        return after(promise.calendar, max(now, clock.started), missing)
    except NeverOpen:
        return None
