"""Percentages set straight by reviews."""

from collections.abc import Callable

import numpy as np
import pytest

from services.triage.learning import TaskModel
from services.triage.learning.recalibration import recalibrated, straighten


def _reviews(
    count: int, seed: int, true: Callable[[np.ndarray], np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    stated = np.round(rng.beta(5, 1, count), 4)
    return stated, rng.random(count) < true(stated)


def _boastful(stated: np.ndarray) -> np.ndarray:
    """Odds that are the square root of what was said."""
    odds = np.sqrt(stated / np.maximum(1.0 - stated, 1e-6))
    return np.asarray(odds / (1.0 + odds))


@pytest.mark.req(76)
def test_a_boastful_model_is_set_straight_on_reviews_that_were_not_used() -> None:
    found = straighten(*_reviews(600, 1, _boastful))
    assert found.advised
    assert found.slope == pytest.approx(0.5, abs=0.15)
    assert found.after < 0.6 * found.before
    stated, right = _reviews(20_000, 2, _boastful)
    assert abs(found(stated).mean() - right.mean()) < 0.5 * abs(stated.mean() - right.mean())


def test_a_true_model_is_left_alone_ninety_eight_times_in_a_hundred() -> None:
    advised = sum(straighten(*_reviews(400, seed, lambda p: p)).advised for seed in range(300))
    assert advised <= 9  # one in a hundred is the level of the test; three is chance's share of that


def test_too_few_reviews_advise_nothing_however_wrong_it_was() -> None:
    found = straighten([0.99] * 299, [False] * 299)
    assert (found.n, found.advised) == (299, False)
    assert straighten([], []).advised is False
    with pytest.raises(ValueError, match="one verdict"):
        straighten([0.5], [])


def test_a_model_that_knows_nothing_of_its_own_mistakes_is_not_flattened() -> None:
    rng = np.random.default_rng(0)
    found = straighten(rng.beta(5, 1, 600), rng.random(600) < 0.5)
    assert not found.advised


def test_the_order_of_tickets_and_every_label_stay_what_they_were(model: TaskModel) -> None:
    found = straighten(*_reviews(600, 1, _boastful))
    after = recalibrated(model, found)
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(40, len(model.dense.centre))).astype(np.float32)
    texts = [f"card {i} payment" for i in range(40)]
    old, new = model.predict(texts, vectors), after.predict(texts, vectors)
    assert [p.label for p in old] == [p.label for p in new]
    assert [p.abstained for p in old] == [p.abstained for p in new]
    stated = np.array([p.confidence for p in old])
    said = np.array([p.confidence for p in new])
    certain = stated > 0.9999  # a map of numbers of four places sees no difference there
    assert (~certain).sum() > 20
    assert np.allclose(said[~certain], found(stated)[~certain], atol=1e-4)
    assert (said[certain] >= found(stated)[certain]).all()
    assert max(abs(a.confidence - b.confidence) for a, b in zip(old, new, strict=True)) > 0.02
