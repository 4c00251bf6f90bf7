"""Promises of precision."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.triage.learning.promise import LEAST_REVIEWS, Certificate, Shortfall, certify


def _decisions(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    stated = np.round(rng.beta(4, 1, count), 6)
    return stated, rng.random(count) < stated


@pytest.mark.req(51)
def test_too_few_reviews_give_no_promise_and_say_how_many_are_missing() -> None:
    found = certify([0.99] * 100, [True] * 100)
    assert isinstance(found, Shortfall)
    assert found.more == LEAST_REVIEWS - 100


@pytest.mark.req(51)
def test_a_certificate_names_threshold_coverage_and_bound() -> None:
    found = certify([0.99] * 300 + [0.3] * 100, [True] * 300 + [False] * 100)
    assert isinstance(found, Certificate)
    assert found.threshold == 0.99
    assert found.coverage == pytest.approx(0.75)
    assert found.bound >= 0.95


def test_a_model_that_is_too_often_wrong_gets_none_however_many_reviews() -> None:
    rng = np.random.default_rng(0)
    found = certify(rng.random(2000), rng.random(2000) < 0.7, precision=0.95)
    assert isinstance(found, Shortfall)
    assert found.more is None


@pytest.mark.req(51)
def test_a_promise_is_broken_in_at_most_its_share_of_resamples() -> None:
    """True precision above the threshold is known exactly here: stated chances are true by construction."""
    broken, rounds = 0, 600
    for seed in range(rounds):
        stated, right = _decisions(400, seed)
        found = certify(stated, right, precision=0.9, delta=0.05)
        if isinstance(found, Certificate):
            fresh, _ = _decisions(200_000, 10_000 + seed % 7)
            broken += fresh[fresh >= found.threshold].mean() < 0.9
    assert broken / rounds <= 0.05 + 0.02


@given(st.integers(0, 2**31), st.sampled_from([0.8, 0.9, 0.95]))
@settings(max_examples=25, deadline=None)
def test_more_precision_never_gives_a_lower_threshold_certificate_below_its_own_bound(
    seed: int, asked: float
) -> None:
    stated, right = _decisions(500, seed)
    found = certify(stated, right, precision=asked)
    if isinstance(found, Certificate):
        assert found.bound >= asked - 1e-9
        assert found.observed >= found.bound
        assert (stated >= found.threshold).mean() == pytest.approx(found.coverage)


@pytest.mark.parametrize("precision", [0.0, 1.0, -1.0])
def test_a_senseless_promise_is_refused(precision: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        certify([0.5] * 300, [True] * 300, precision=precision)
