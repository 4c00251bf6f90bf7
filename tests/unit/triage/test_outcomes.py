"""Reading verdicts, weighing labels, comparing models, cutting time."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.triage.examples.convert import from_bytes, lesson, to_bytes, trust
from services.triage.outcomes.judge import reviewed, verdict
from services.triage.promises.policy import fallen, ground, live_truth
from services.triage.train.compare import compare, mcnemar
from services.triage.train.split import snapshot_hash, split

NOW = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("predicted", "value", "expected"),
    [
        ("a", "a", ("accepted", True)),
        ("a", "b", ("edited", False)),
        ("a", None, ("refused", False)),
        (["t1"], ["t1"], ("accepted", True)),
        (["t1"], ["t1", "t2"], ("edited", True)),
        (["t1", "t2"], ["t1"], ("edited", False)),
        (["t1"], [], ("refused", False)),
        (["t1"], ["t9"], ("edited", False)),
        ([], [], ("accepted", True)),
    ],
)
def test_a_verdict_is_read_from_what_the_field_holds(predicted: Any, value: Any, expected: Any) -> None:
    assert verdict(predicted, value) == expected


def test_only_fields_that_a_person_set_after_seeing_the_suggestion_are_reviewed() -> None:
    chosen = {"category": "a", "priority": "high", "team": "x", "tags": ["t"]}
    found = reviewed(
        chosen,
        {"priority": "person", "team": "suggested"},
        {"category": "model", "priority": "person", "team": "person"},
        {"category": "a", "priority": "low", "team": "y", "tags": []},
    )
    assert found == {"team": "y"}


def test_what_a_model_set_and_nobody_looked_at_teaches_nothing() -> None:
    assert trust("category", {"category": "model"}, reviewed=False) == 0.0
    assert trust("category", {"category": "model"}, reviewed=True) == 1.0
    assert trust("category", {"category": "person"}, reviewed=False) == 1.0
    assert 0 < trust("category", {"category": "rule"}, reviewed=False) < 1
    assert trust("category", {}, reviewed=False) == 0.0
    assert 0 < trust("priority", {}, reviewed=False) < 0.5


def test_an_example_whose_label_was_retired_teaches_nothing() -> None:
    row = SimpleNamespace(
        labels={"category": "gone", "tags": ["t1", "gone"]}, set_by={"category": "person", "tags": "person"},
        subject="s", body="b", language="en", closed_at=NOW, contact_ref="c",
    )  # fmt: skip
    assert lesson("category", row, frozenset({"a"})) is None
    made = lesson("tags", row, frozenset({"t1"}))
    assert made is not None
    assert made.labels == ("t1",)


def test_a_vector_survives_storing_bit_for_bit() -> None:
    import numpy as np

    vector = np.random.default_rng(0).normal(size=384).astype(np.float32)
    assert (from_bytes(to_bytes(vector)) == vector).all()


def test_the_paired_test_counts_only_where_the_two_disagree() -> None:
    assert mcnemar(0, 0) == 1.0
    assert mcnemar(0, 5) == pytest.approx(0.0625)
    assert mcnemar(0, 6) == pytest.approx(0.03125)
    old, new = [True] * 90 + [False] * 10, [True] * 90 + [True] * 9 + [False]
    found = compare("v1", "v2", old, new, {"language=es": range(50)})
    assert found.better
    assert not found.worse
    assert (found.only_challenger_right, found.only_champion_right, found.n) == (9, 0, 100)
    assert found.verdict["es"].endswith("Es una mejora que no se debe al azar.")


def test_a_challenger_that_is_worse_for_one_language_is_not_better() -> None:
    old = [False] * 40 + [True] * 40
    new = [True] * 40 + [False] * 12 + [True] * 28
    found = compare("v1", "v2", old, new, {"language=en": range(40), "language=es": range(40, 80)})
    assert found.worse
    assert not found.better
    assert "language=es" in found.verdict["en"]


def test_a_difference_that_may_be_luck_is_called_so() -> None:
    found = compare("v1", "v2", [True, False, True], [True, True, False], {})
    assert not found.better
    assert not found.worse


@given(st.lists(st.tuples(st.booleans(), st.booleans()), max_size=60))
def test_a_challenger_is_never_both_better_and_worse(pairs: list[tuple[bool, bool]]) -> None:
    found = compare("v1", "v2", [a for a, _ in pairs], [b for _, b in pairs], {"all": range(len(pairs))})
    assert not (found.better and found.worse)


def rows(count: int, same_time: bool = False) -> list[Any]:
    return [
        SimpleNamespace(
            ticket=uuid4(), version=1, text_hash=str(i), labels={}, set_by={},
            closed_at=NOW + timedelta(hours=0 if same_time else i),
        )
        for i in range(count)
    ]  # fmt: skip


@given(st.integers(0, 3000))
def test_what_judges_was_closed_after_everything_that_was_learnt(count: int) -> None:
    cut = split(rows(count))
    assert len(cut.earlier) + len(cut.later) == count
    assert len(cut.later) <= 0.25 * count + 1
    if cut.later:
        assert cut.cutoff is not None
        assert all(row.closed_at > cut.cutoff for row in cut.later)


def test_a_desk_of_fifteen_hundred_tickets_holds_out_enough_for_a_certificate() -> None:
    cut = split(rows(1500))
    assert len(cut.later) == 330


def test_an_import_that_closed_everything_at_once_has_no_later_period() -> None:
    assert split(rows(200, same_time=True)).later == []


def test_the_snapshot_hash_names_the_data() -> None:
    found = rows(5)
    assert snapshot_hash(found, "e5") == snapshot_hash(found, "e5")
    assert snapshot_hash(found, "e5") != snapshot_hash(found[:4], "e5")
    assert snapshot_hash(found, "e5") != snapshot_hash(found, "other")


GOOD = [(0.99, True)] * 290 + [(0.99, False)] * 2 + [(0.3, False)] * 40


def test_the_first_certificate_may_rest_on_held_out_tickets_and_says_so() -> None:
    found = ground(0.95, [], GOOD)
    assert found.basis == "holdout"
    assert found.threshold == 0.99
    assert found.needed == 300
    assert not found.revoked


def test_with_three_hundred_reviews_only_the_reviews_count() -> None:
    live = [(0.9, i % 3 > 0) for i in range(300)]
    found = ground(0.95, live, GOOD)
    assert (found.basis, found.threshold) == ("none", None)
    assert ground(0.95, GOOD, []).basis == "reviews"


def test_a_holdout_certificate_is_withdrawn_when_reviews_show_that_it_was_wrong() -> None:
    assert ground(0.95, [(0.995, True)] * 30 + [(0.995, False)] * 10, GOOD).revoked
    assert not ground(0.95, [(0.995, True)] * 37 + [(0.995, False)] * 3, GOOD).revoked


def test_what_was_said_on_live_traffic_is_compared_with_what_was_true_once_fifty_are_reviewed() -> None:
    assert live_truth([(0.9, True)] * 49)["live_gap"] is None
    true = live_truth([(0.9, i % 10 > 0) for i in range(400)])
    assert (true["live_stated"], true["live_right"], true["live_gap"]) == (0.9, 0.9, 0.0)
    bold = live_truth([(0.9, i % 2 > 0) for i in range(400)])
    assert bold["live_gap"] == 0.4
    assert 0 < (bold["live_noise"] or 0) < 0.03


def test_too_little_evidence_certifies_nothing_and_says_how_much_is_missing() -> None:
    found = ground(0.95, GOOD[:50], GOOD[:200])
    assert (found.basis, found.threshold, found.needed) == ("none", None, 250)


@given(st.integers(0, 60), st.integers(0, 60))
def test_withdrawing_agrees_with_the_binomial_distribution(right: int, wrong: int) -> None:
    from scipy.stats import binom

    of = right + wrong
    expected = of > 0 and right < 0.95 * of and binom.cdf(right, of, 0.95) <= 0.05
    assert fallen(right, of, 0.95) == expected
