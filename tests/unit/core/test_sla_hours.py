"""Working time and clocks: laws that always hold, known days, and agreement with a counter of minutes."""

import random
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.core.sla.clocks import Moment, Promise, clocks
from services.core.sla.hours import (
    ALWAYS,
    MINUTES,
    Calendar,
    NeverOpen,
    after,
    is_open,
    merged,
    next_opening,
    working_time,
)

ZONES = (
    "UTC", "Europe/Madrid", "America/New_York", "America/Sao_Paulo", "Asia/Kathmandu", "Australia/Lord_Howe",
    "Pacific/Apia", "Africa/Casablanca", "America/St_Johns", "Asia/Tehran", "Pacific/Chatham", "Europe/Dublin",
)  # fmt: skip
OFFICE = Calendar(zone="Europe/Madrid", week=(((540, 1080),),) * 5 + ((), ()), country="ES")
MINUTE = timedelta(minutes=1)
Headers = dict[str, str]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/Madrid")).astimezone(UTC)


# ---------------------------------------------------------------- known days


@pytest.mark.req(67)
@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [
        ("2026-11-20T16:00", 4, "2026-11-23T11:00"),  # over a weekend
        ("2026-12-24T17:00", 2, "2026-12-28T10:00"),  # over Christmas and the weekend after it
        ("2026-03-27T17:30", 1, "2026-03-30T09:30"),  # over the night that loses an hour
        ("2026-10-23T17:30", 1, "2026-10-26T09:30"),  # over the night that has one more
        ("2026-11-20T03:00", 9, "2026-11-20T18:00"),  # up to the last minute of the day
    ],
)
def test_targets_fall_on_office_hours(start: str, hours: int, end: str) -> None:
    assert after(OFFICE, at(start), timedelta(hours=hours)) == at(end)
    assert working_time(OFFICE, at(start), at(end)) == timedelta(hours=hours)


def test_a_day_round_the_clock_has_23_and_25_hours_where_the_clocks_change() -> None:
    whole = Calendar(zone="Europe/Madrid", week=(((0, MINUTES),),) * 7)
    assert working_time(whole, at("2026-03-29T00:00"), at("2026-03-30T00:00")) == timedelta(hours=23)
    assert working_time(whole, at("2026-10-25T00:00"), at("2026-10-26T00:00")) == timedelta(hours=25)


def test_a_calendar_that_never_opens_says_so() -> None:
    shut = Calendar(zone="UTC", week=((),) * 7)
    with pytest.raises(NeverOpen):
        after(shut, at("2026-11-20T10:00"), MINUTE)
    with pytest.raises(NeverOpen):
        next_opening(shut, at("2026-11-20T10:00"))
    assert not is_open(shut, at("2026-11-20T10:00"))


# ---------------------------------------------------------------- laws

spans = st.lists(st.tuples(st.integers(0, MINUTES), st.integers(0, MINUTES)), max_size=3).map(merged)
calendars = st.builds(
    Calendar,
    zone=st.sampled_from(ZONES),
    week=st.tuples(*[spans] * 7),
    country=st.sampled_from(["", "ES", "US", "BR"]),
    extra=st.lists(st.dates(date(2026, 1, 1), date(2027, 12, 31)).map(date.isoformat), max_size=5).map(tuple),
)
instants = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 1)).map(lambda d: d.replace(tzinfo=UTC))
stretches = st.timedeltas(timedelta(), timedelta(days=20))


@given(calendars, instants, stretches, stretches)
def test_working_time_adds_up_and_is_never_more_than_time(
    calendar: Calendar, start: datetime, first: timedelta, second: timedelta
) -> None:
    middle, end = start + first, start + first + second
    whole = working_time(calendar, start, end)
    assert whole == working_time(calendar, start, middle) + working_time(calendar, middle, end)
    assert timedelta() <= whole <= end - start


@given(calendars, instants, st.timedeltas(timedelta(seconds=1), timedelta(hours=60)))
def test_what_is_added_can_be_measured(calendar: Calendar, start: datetime, time: timedelta) -> None:
    try:
        end = after(calendar, start, time)
    except NeverOpen:
        return
    assert working_time(calendar, start, end) == time
    assert working_time(calendar, start, end - timedelta(microseconds=1)) < time, "the first such instant"


@given(calendars, instants)
def test_the_next_opening_is_open_and_nothing_before_it_is(calendar: Calendar, now: datetime) -> None:
    try:
        opening = next_opening(calendar, now)
    except NeverOpen:
        return
    assert is_open(calendar, opening)
    assert working_time(calendar, now, opening) == timedelta()
    assert is_open(calendar, now) == (opening == now)


moves = st.lists(
    st.builds(
        lambda offset, kind, status: (offset, kind, status if kind == "status" else ""),
        st.timedeltas(timedelta(), timedelta(days=5)),
        st.sampled_from(["customer", "staff", "status"]),
        st.sampled_from(["open", "pending", "in_progress", "solved", "closed"]),
    ),
    max_size=8,
)


@pytest.mark.req(67)
@given(calendars, instants, moves, st.timedeltas(timedelta(), timedelta(days=6)))
def test_a_clock_is_due_when_its_time_is_used_up(
    calendar: Calendar, created: datetime, given_moves: list[tuple[timedelta, str, str]], later: timedelta
) -> None:
    moments = [Moment(created + offset, kind, status) for offset, kind, status in given_moves]  # type: ignore[arg-type]
    promise = Promise(
        calendar, dict.fromkeys(["first_response", "next_response", "resolution"], timedelta(hours=8))
    )
    now = created + timedelta(days=5) + later
    for clock in clocks(created, moments, promise, now):
        assert clock.used >= timedelta()
        if clock.state == "running" and clock.due is not None:
            assert clock.broken == (clock.due <= now)
            [then] = [c for c in clocks(created, moments, promise, clock.due) if c.metric == clock.metric]
            if clock.due >= max([created, *(m.at for m in moments)]):
                assert then.used == clock.target
                assert then.broken
        else:
            assert clock.due is None or clock.state == "running"


@pytest.mark.hard("R-20")
@given(calendars, instants, moves, st.sampled_from([-1, 1]))
def test_a_clock_of_the_machine_that_jumps_changes_nothing_for_good(
    calendar: Calendar, created: datetime, given_moves: list[tuple[timedelta, str, str]], hours: int
) -> None:
    moments = [Moment(created + offset, kind, status) for offset, kind, status in given_moves]  # type: ignore[arg-type]
    promise = Promise(calendar, {"first_response": timedelta(hours=4), "resolution": timedelta(hours=30)})
    now = created + timedelta(days=6)
    before = clocks(created, moments, promise, now)
    clocks(created, moments, promise, now + timedelta(hours=hours))
    assert clocks(created, moments, promise, now) == before


# ---------------------------------------------------------------- the counter of minutes

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
DAYS = 2 * 365
CASES = 10_000


@dataclass
class Wall:
    """For every minute of two years in one zone: the day (counted from a Monday) and the minute on the wall."""

    day: np.ndarray
    minute: np.ndarray

    @classmethod
    def of(cls, zone: str) -> "Wall":
        info = ZoneInfo(zone)
        quarters = [
            int((EPOCH + timedelta(minutes=15 * n)).astimezone(info).utcoffset().total_seconds() // 60)  # type: ignore[union-attr]
            for n in range(DAYS * 96)
        ]
        wall = np.arange(DAYS * MINUTES, dtype=np.int64) + np.repeat(np.array(quarters, dtype=np.int64), 15)
        wall += 10 * MINUTES  # no negative days
        return cls((wall // MINUTES).astype(np.int32), (wall % MINUTES).astype(np.int32))


def counted(wall: Wall, week: list[list[tuple[int, int]]], off: set[int]) -> np.ndarray:
    """Which minutes of the two years are open, one by one."""
    table = np.zeros((7, MINUTES), dtype=bool)
    for weekday, spans_of_day in enumerate(week):
        for start, end in spans_of_day:
            table[weekday, start:end] = True
    shut = np.zeros(DAYS + 40, dtype=bool)
    shut[[d for d in off if 0 <= d < len(shut)]] = True
    weekday = (wall.day - 10 + EPOCH.weekday()) % 7
    opened: np.ndarray = table[weekday, wall.minute] & ~shut[wall.day]
    return opened


@pytest.mark.req(67)
@pytest.mark.hard("R-20")
def test_ten_thousand_random_cases_agree_with_a_counter_of_minutes() -> None:
    """A calendar's minutes are counted once and serve fifty stretches with pauses."""
    rng = random.Random(20261122)
    walls = {zone: Wall.of(zone) for zone in ZONES}
    for place in range(CASES // 50):
        zone = ZONES[place % len(ZONES)]
        week = [
            sorted((s, min(MINUTES, s + rng.randint(1, 700))) for s in rng.sample(range(MINUTES), rng.randint(0, 2)))
            for _ in range(7)
        ]  # fmt: skip
        if not any(week):
            week[2] = [(540, 1020)]
        days_off = sorted(rng.sample(range(DAYS), 60))
        calendar = Calendar(
            zone=zone,
            week=tuple(merged(day) for day in week),
            extra=tuple((EPOCH.date() + timedelta(days=d)).isoformat() for d in days_off),
        )
        opened = counted(walls[zone], week, {d + 10 for d in days_off})
        total = np.concatenate([[0], np.cumsum(opened)])
        for _ in range(50):
            _one_case(rng, calendar, opened, total)


def _one_case(rng: random.Random, calendar: Calendar, opened: np.ndarray, total: np.ndarray) -> None:
    start = rng.randrange(3 * MINUTES, (DAYS - 120) * MINUTES)
    end = start + rng.randint(1, 20 * MINUTES)
    cuts = sorted(rng.sample(range(start, end + 1), min(end - start, rng.choice([0, 2, 4]))))
    pauses = list(zip(cuts[::2], cuts[1::2], strict=False))
    moments = [
        Moment(EPOCH + cut * MINUTE, "status", status)
        for low, high in pauses
        for cut, status in ((low, "pending"), (high, "open"))
    ]
    target = rng.randint(1, 3000)
    used = int(total[end] - total[start]) - sum(int(total[high] - total[low]) for low, high in pauses)
    created, now = EPOCH + start * MINUTE, EPOCH + end * MINUTE
    promise = Promise(calendar, {"resolution": target * MINUTE})
    [clock] = clocks(created, moments, promise, now)
    assert clock.used == used * MINUTE
    whole = int(total[end] - total[start])
    assert working_time(calendar, created, now) == whole * MINUTE
    live = opened[start : start + 110 * MINUTES].copy()
    for low, high in pauses:
        live[low - start : high - start] = False
    running = np.cumsum(live)
    if running[-1] >= target:
        due = EPOCH + (start + int(np.searchsorted(running, target)) + 1) * MINUTE
        if due > max([created, *(m.at for m in moments)]):
            assert clock.due == due
        assert clock.broken == (due <= now)


def test_the_calendar_that_never_closes_counts_plain_time() -> None:
    now = datetime(2026, 5, 1, tzinfo=UTC)
    assert after(ALWAYS, now, timedelta(hours=40)) == now + timedelta(hours=40)
    assert is_open(ALWAYS, now)
