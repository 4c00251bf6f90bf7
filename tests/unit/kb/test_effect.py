"""The interval of the deflection report, against simulated desks whose true effect is known."""

import math

import numpy as np
import pytest

from services.kb.suggestions.effect import Arm, Effect, effect, imbalance

RUNS = 2000


class Desk:
    """Visitors who write, return to write, and open tickets; some open one every time, some hardly ever.

    `saves` is the share of tickets that suggestions make unnecessary. Heavy writers open tickets more often, so that
    sessions of one visitor resemble each other.
    """

    def __init__(self, dice: np.random.Generator, saves: float) -> None:
        self.dice, self.saves = dice, saves

    def run(self, visitors: int, share: float) -> tuple[Arm, Arm]:
        """The arms of one experiment: control, shown."""
        eager = self.dice.beta(0.7, 1.4, visitors)
        sessions = 1 + self.dice.poisson(6 * eager)
        control = self.dice.random(visitors) < share
        tickets = self.dice.binomial(sessions, eager * np.where(control, 1.0, 1 - self.saves))
        both = np.stack([sessions, tickets], axis=1)
        return Arm(map(tuple, both[control].tolist())), Arm(map(tuple, both[~control].tolist()))

    @property
    def truth(self) -> float:
        """Tickets avoided per 100 sessions: E[sessions x chance] over E[sessions], times what is saved."""
        a, b = 0.7, 1.4
        mean, square = a / (a + b), a * (a + 1) / ((a + b) * (a + b + 1))
        return 100 * self.saves * (mean + 6 * square) / (1 + 6 * mean)


def alone(control: Arm, shown: Arm) -> tuple[float, float]:
    """The interval that takes every session for itself, as most reports do."""
    reach = 1.96 * math.sqrt(sum(a.rate * (1 - a.rate) / a.sessions for a in (control, shown)))
    middle = control.rate - shown.rate
    return 100 * (middle - reach), 100 * (middle + reach)


@pytest.mark.req(93)
@pytest.mark.parametrize(
    ("visitors", "share", "saves", "least"),
    [(300, 0.5, 0.3, 0.94), (1500, 0.1, 0.3, 0.94), (1500, 0.1, 0.0, 0.94), (250, 0.1, 0.6, 0.92)],
    ids=["even", "a tenth", "no effect", "too few to lean on"],
)
def test_the_interval_covers_the_true_effect_in_95_of_100_desks(
    visitors: int, share: float, saves: float, least: float
) -> None:
    desk = Desk(np.random.default_rng(20261122), saves)
    covered = naive = 0
    for _ in range(RUNS):
        arms = desk.run(visitors, share)
        found = effect(*arms)
        assert found.low is not None
        assert found.high is not None
        covered += found.low <= desk.truth <= found.high
        low, high = alone(*arms)
        naive += low <= desk.truth <= high
    # Of 2000 runs at 95 %, chance alone leaves the share within a point of it nineteen times in twenty.
    assert least <= covered / RUNS <= 0.965, covered / RUNS
    assert naive / RUNS < covered / RUNS - 0.02, "sessions of one visitor are not independent"


def test_an_arm_without_tickets_still_gets_an_interval_of_some_width() -> None:
    found = effect(Arm([(1, 0)] * 30), Arm([(1, 0)] * 30))
    assert found.per_100 == 0
    assert found.low is not None
    assert found.high is not None
    assert found.low < -3
    assert found.high > 3


def test_too_few_visitors_are_said_to_be_too_few() -> None:
    shown = Arm([(1, 0)] * 200)
    assert not effect(Arm([(1, 1)] * 49), shown).enough
    assert effect(Arm([(1, 1)] * 50), shown).enough
    assert effect(Arm(), shown) == Effect(None, None, None, enough=False)


def test_an_uneven_split_is_told_from_chance() -> None:
    even, uneven = imbalance(100, 900, 0.1), imbalance(60, 940, 0.1)
    assert even is not None
    assert uneven is not None
    assert even > 0.9
    assert uneven < 0.001
    assert imbalance(0, 10, 0.0) is None
