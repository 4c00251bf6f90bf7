"""Alarms: how often they cry wolf where nothing has changed, and that they hear what has."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import numpy as np
import pytest

from services.triage.watch.incidents import Seen, unusual
from services.triage.watch.surprise import (
    DRIFT,
    INCIDENT,
    fewer_right,
    meaning_changed,
    mix_changed,
    run_of_tickets,
)

NOW = datetime(2026, 5, 4, 10, tzinfo=UTC)


def test_a_minute_by_minute_watch_over_a_quiet_month_cries_wolf_less_than_once() -> None:
    chance = np.random.default_rng(0)
    days, groups, rate = 30, 20, 2.0  # tickets an hour and group
    alarms = 0
    for _ in range(groups):
        past = int(chance.poisson(rate * 24 * 28))
        times = np.sort(chance.uniform(0, 24 * days, chance.poisson(rate * 24 * days)))
        ends = np.arange(0, 24 * days, 1 / 12)  # every five minutes
        counts = np.searchsorted(times, ends) - np.searchsorted(times, ends - 1.0)
        alarms += sum(run_of_tickets(int(n), 1.0, past, 24 * 28) < INCIDENT for n in np.unique(counts))
    assert alarms <= 1


@pytest.mark.parametrize("test", ["mix", "meaning", "right"])
def test_a_look_at_drift_alarms_about_once_in_a_hundred_on_unchanged_traffic(test: str) -> None:
    looks, alarms = 400, 0
    for seed in range(looks):
        chance = np.random.default_rng(seed)
        if test == "mix":
            labels = [f"c{n}" for n in range(30)]
            share = np.random.default_rng(1).dirichlet(np.ones(30))
            before, now = (
                dict(zip(labels, chance.multinomial(n, share).tolist(), strict=True)) for n in (400, 150)
            )
            p = mix_changed(before, now)
        elif test == "meaning":
            if seed >= 150:
                break
            p = meaning_changed(
                chance.normal(size=(120, 16)).astype(np.float32),
                chance.normal(size=(100, 16)).astype(np.float32),
            )
        else:
            p = fewer_right((chance.random(300) < 0.9).tolist(), (chance.random(100) < 0.9).tolist())
        alarms += p < DRIFT
    assert alarms <= 12  # of 400 looks 4 are expected; 13 or more would come once in a thousand


def test_a_real_change_is_heard() -> None:
    chance = np.random.default_rng(2)
    assert mix_changed({"a": 200, "b": 200}, {"a": 40, "b": 110}) < DRIFT
    moved = chance.normal(size=(100, 16)) + 0.4
    assert meaning_changed(chance.normal(size=(100, 16)).astype(np.float32), moved.astype(np.float32)) < DRIFT
    assert fewer_right([True] * 270 + [False] * 30, [True] * 75 + [False] * 25) < DRIFT


def day_after_day(label: str, per_day: int, chance: np.random.Generator) -> list[Seen]:
    return [
        Seen(uuid4(), n, NOW - timedelta(days=float(chance.uniform(0.05, 28))), f"who{n}", label, "x")
        for n in range(per_day * 28)
    ]


def burst(label: str, count: int, people: int | None = None) -> list[Seen]:
    return [
        Seen(uuid4(), 10_000 + n, NOW - timedelta(minutes=n), f"new{n % (people or count)}", label, "outage")
        for n in range(count)
    ]


@pytest.mark.req(64)
def test_a_run_of_one_category_is_found_with_its_tickets() -> None:
    chance = np.random.default_rng(3)
    past = day_after_day("login", 10, chance) + day_after_day("cards", 30, chance)
    (run,) = unusual(NOW, past + burst("login", 8))
    assert (run.subject, run.label) == ("category:login", "login")
    assert {s.number for s in run.tickets} >= {10_000 + n for n in range(8)}
    assert run.usual < 2


def test_ordinary_traffic_and_one_person_who_writes_ten_times_are_no_incident() -> None:
    chance = np.random.default_rng(4)
    past = day_after_day("login", 48, chance)
    assert unusual(NOW, past + burst("login", 3)) == []
    assert unusual(NOW, past + burst("login", 10, people=1)) == []


def test_a_run_at_the_hour_at_which_it_always_comes_is_no_incident() -> None:
    every_morning = [
        Seen(uuid4(), day * 10 + n, NOW - timedelta(days=day, minutes=5 * n), f"w{day}-{n}", "login", "x")
        for day in range(1, 28)
        for n in range(9)
    ]
    assert unusual(NOW, every_morning + burst("login", 9)) == []


def test_a_run_of_tickets_that_no_category_fits_is_found_by_meaning() -> None:
    chance = np.random.default_rng(5)
    past = [
        Seen(uuid4(), n, NOW - timedelta(days=float(chance.uniform(0.1, 28))), f"w{n}", "", "x",
             chance.normal(size=32).astype(np.float32))
        for n in range(300)
    ]  # fmt: skip
    topic = chance.normal(size=32)
    strange = [
        Seen(uuid4(), 900 + n, NOW - timedelta(minutes=3 * n), f"new{n}", "", "the map is upside down",
             (topic + 0.3 * chance.normal(size=32)).astype(np.float32))
        for n in range(7)
    ]  # fmt: skip
    (run,) = unusual(NOW, past + strange)
    assert run.subject.startswith("topic:")
    assert [s.number for s in run.tickets] == sorted((900 + n for n in range(7)), reverse=True)
