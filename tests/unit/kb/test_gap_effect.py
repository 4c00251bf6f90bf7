"""What an article changed, against simulated desks whose true change is known."""

import numpy as np
import pytest

from services.kb.gaps.effect import alike, change

RUNS = 4000


@pytest.mark.req(97)
@pytest.mark.parametrize(
    ("rate", "factor", "growth"),
    [(0.05, 0.4, 1.0), (0.02, 1.0, 1.6), (0.004, 0.5, 0.7)],
    ids=["two fifths are left", "no effect on a desk that grows", "a handful of tickets"],
)
def test_the_interval_covers_the_true_change_in_95_of_100_desks(
    rate: float, factor: float, growth: float
) -> None:
    dice = np.random.default_rng(20261126)
    n = 1200
    before, others = dice.poisson(n * rate, RUNS), dice.poisson(n * (1 - rate), RUNS)
    after, later = dice.poisson(n * growth * rate * factor, RUNS), dice.poisson(n * growth * (1 - rate), RUNS)
    covered = 0
    for x, x_others, y, y_others in zip(before, others, after, later, strict=True):
        found = change(int(x), int(x + x_others), int(y), int(y + y_others))
        assert found.low is not None
        assert found.high is not None
        covered += found.low <= factor - 1 <= found.high
    assert covered / RUNS > 0.94


def test_the_same_share_of_a_desk_that_doubled_is_no_change() -> None:
    found = change(30, 300, 60, 600)
    assert found.change == pytest.approx(0)
    assert found.low is not None
    assert found.high is not None
    assert found.low < 0 < found.high


def test_nothing_to_compare_is_said_and_impossible_counts_are_refused() -> None:
    assert change(0, 0, 3, 50).change is None
    assert change(0, 50, 3, 50).change is None
    gone = change(20, 400, 0, 400)
    assert gone.change == -1
    with pytest.raises(ValueError, match="never more"):
        change(5, 4, 1, 9)


@pytest.mark.req(97)
def test_tickets_that_made_the_cluster_have_no_better_chance_to_be_counted_than_later_ones() -> None:
    dice = np.random.default_rng(7)
    theme = dice.normal(size=48)

    def drawn(count: int, about: float) -> np.ndarray:
        rows = about * theme + dice.normal(size=(count, 48)) * 1.4
        return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)

    shares = []
    for _ in range(60):
        questions, fresh, others = drawn(12, 1.0), drawn(12, 1.0), drawn(300, 0.0)
        asked = np.concatenate([questions, fresh, others])
        found = alike(asked, questions, {row: row for row in range(12)})
        shares.append((found[:12].mean(), found[12:24].mean(), found[24:].mean()))
    mine, later, strangers = np.mean(shares, axis=0)
    assert mine > 0.8
    assert abs(mine - later) < 0.06
    assert strangers < 0.05
    with pytest.raises(ValueError, match="make a cluster"):
        alike(asked, questions[:2], {})
