"""The figures of an evaluation, against hand counts."""

import pytest

from services.kb.evaluation.metrics import ndcg, percentile, recall, reciprocal_rank, scores


def test_recall_is_the_share_of_the_right_ones() -> None:
    assert recall(["a", "b", "c"], {"b", "z"}, 3) == 0.5
    assert recall(["a", "b", "c"], {"c"}, 2) == 0.0


def test_reciprocal_rank_stops_at_its_cut() -> None:
    assert reciprocal_rank(["a", "b"], {"b"}) == 0.5
    assert reciprocal_rank([str(n) for n in range(20)], {"15"}) == 0.0


def test_gain_is_one_for_a_perfect_order_and_falls_with_the_place() -> None:
    assert ndcg(["a", "b", "c"], {"a", "b"}) == 1.0
    assert ndcg(["c", "a"], {"a"}) == pytest.approx(0.6309, abs=1e-4)
    assert ndcg(["c"], set()) == 0.0


def test_percentiles_are_values_that_occurred() -> None:
    assert percentile([5, 1, 4, 2, 3], 50) == 3
    assert percentile([1, 2], 95) == 2
    assert percentile([], 95) == 0


def test_scores_are_means_over_the_queries() -> None:
    found = scores([["a"], ["x", "b"], []], [{"a"}, {"b"}, {"c"}], [1.0, 2.0, 3.0])
    assert found.recall_1 == pytest.approx(1 / 3, abs=1e-4)
    assert found.recall_5 == pytest.approx(2 / 3, abs=1e-4)
    assert found.mrr_10 == 0.5
