"""Figures of merit against scikit-learn and by hand."""

import numpy as np
import pytest

from services.triage.learning.metrics import (
    calibration_error,
    calibration_noise,
    coverage_at,
    score_multi,
    score_single,
)


@pytest.mark.req(52)
def test_single_figures_agree_with_scikit_learn() -> None:
    from sklearn.metrics import accuracy_score, f1_score, matthews_corrcoef

    rng = np.random.default_rng(1)
    labels = list("abcd")
    truth = [labels[i] for i in rng.integers(0, 4, 300)]
    ranked = [
        list(rng.permutation(labels)) if rng.random() < 0.4 else [t, "a" if t != "a" else "b"] for t in truth
    ]
    top = [r[0] for r in ranked]
    scores = score_single(truth, ranked, rng.random(300))
    assert scores.accuracy == pytest.approx(accuracy_score(truth, top))
    assert scores.macro_f1 == pytest.approx(f1_score(truth, top, average="macro"))
    assert scores.mcc == pytest.approx(matthews_corrcoef(truth, top))
    assert scores.top3 is not None
    assert scores.top3 >= scores.accuracy


def test_tags_agree_with_scikit_learn() -> None:
    from sklearn.metrics import f1_score
    from sklearn.preprocessing import MultiLabelBinarizer

    truth, chosen = [["a", "b"], [], ["c"], ["a"]], [["a"], ["b"], ["c"], []]
    scores = score_multi(["a", "b", "c"], truth, chosen, np.full((4, 3), 0.5))
    table = MultiLabelBinarizer(classes=["a", "b", "c"])
    expected = f1_score(table.fit_transform(truth), table.transform(chosen), average="micro")
    assert scores.micro_f1 == pytest.approx(expected)
    assert scores.accuracy == 0.25


def test_calibration_error_counts_the_gap_of_each_bin() -> None:
    stated = np.array([0.9] * 10 + [0.5] * 10)
    correct = np.array([True] * 9 + [False] + [True] * 10)
    assert calibration_error(stated, correct) == pytest.approx(0.25)


def test_the_noise_floor_is_what_a_truthful_model_measures() -> None:
    rng = np.random.default_rng(0)
    stated = rng.beta(8, 1, 3000)
    measured = [calibration_error(stated, rng.random(3000) < stated) for _ in range(50)]
    assert calibration_noise(stated) == pytest.approx(np.mean(measured), rel=0.1)


def test_a_label_that_was_never_taught_counts_as_an_error() -> None:
    scores = score_single(["new", "a"], [["a"], ["a"]], [0.9, 0.9])
    assert scores.accuracy == 0.5
    assert {row.label: row.recall for row in scores.labels}["new"] == 0.0


def test_nothing_to_score_is_not_an_error() -> None:
    assert score_single([], [], []).accuracy is None
    assert coverage_at(np.zeros(0), np.zeros(0, bool), 0.5) == (0.0, None)
