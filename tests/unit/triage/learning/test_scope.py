"""Who is turned away: the most worried sign decides, and the cut spares what would have been answered rightly."""

import numpy as np
import pytest

from services.triage.learning.scope import EMPTY, fit_scope


@pytest.mark.req(50)
def test_one_very_low_sign_is_stranger_than_three_that_are_a_little_low() -> None:
    signs = np.random.default_rng(0).normal(size=(2_000, 3))
    scope = fit_scope(signs, np.ones(2_000, bool), 0.05, 1)
    worried, uneasy, plain = scope.familiarity(
        np.array([[-2.8, 0.0, 0.0], [-1.0, -0.9, -0.9], [0.0, 0.0, 0.0]])
    )
    assert worried < uneasy < plain


@pytest.mark.req(50)
def test_the_share_that_is_turned_away_is_that_of_right_answers() -> None:
    chance = np.random.default_rng(1)
    signs = chance.normal(size=(4_000, 3))
    right = chance.random(4_000) < 1 / (
        1 + np.exp(-3.0 - 2.0 * signs.sum(axis=1))
    )  # strange ones go wrong more
    scope = fit_scope(signs, right, 0.025, 1)
    away = scope.strange(scope.familiarity(signs))
    assert away[right].mean() == pytest.approx(0.025, abs=0.003)
    assert away[~right].mean() > 0.1
    assert scope.cut == pytest.approx(away.mean(), abs=0.003)


def test_nothing_right_yet_still_has_a_cut() -> None:
    signs = np.random.default_rng(2).normal(size=(40, 2))
    assert fit_scope(signs, np.zeros(40, bool), 0.025, 1).cut == 0.025


def test_too_few_to_say_turn_nobody_away() -> None:
    assert fit_scope(np.zeros((19, 3)), np.ones(19, bool), 0.025, 1) is EMPTY
    assert not EMPTY.strange(EMPTY.familiarity(np.zeros((3, 2)))).any()
