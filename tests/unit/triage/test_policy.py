"""What may be stored, proposed and applied of what a model says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.triage.contract import TASKS
from services.triage.learning.types import Prediction, RankedLabel
from services.triage.predict.policy import judge
from services.triage.predict.teams import roll_up

ACTIVE = {
    "category": frozenset({"a", "b", "c"}),
    "priority": frozenset({"low", "high"}),
    "tags": frozenset({"t1", "t2"}),
    "team": frozenset({"x"}),
}


def said(*pairs: tuple[str, float], abstained: bool = False, chosen: tuple[str, ...] = ()) -> Prediction:
    ranked = tuple(RankedLabel(label, p) for label, p in pairs)
    return Prediction(ranked, ranked[0].probability if ranked else 0.0, abstained, 0.5, chosen)


labels = st.sampled_from(["a", "b", "c", "gone", "a'; drop", "high", "t1", "zz"])
predictions = st.builds(
    lambda pairs, abstained, chosen: said(*pairs, abstained=abstained, chosen=chosen),
    st.lists(st.tuples(labels, st.floats(0, 1)), max_size=6, unique_by=lambda p: p[0]),
    st.booleans(),
    st.tuples(labels),
)


@pytest.mark.req(49)
@given(
    st.dictionaries(st.sampled_from(TASKS), predictions),
    st.dictionaries(st.sampled_from(TASKS), st.floats(0, 1)),
)
def test_a_label_outside_the_active_taxonomy_is_impossible(
    found: dict[str, Prediction], thresholds: dict[str, float]
) -> None:
    verdict = judge(found, ACTIVE, thresholds, TASKS)
    for task in TASKS:
        assert {p["label"] for p in verdict.predictions[task]} <= ACTIVE[task]
        chosen = verdict.chosen.get(task, [])
        assert set([chosen] if isinstance(chosen, str) else chosen) <= ACTIVE[task]
        if task in verdict.offers:
            value = verdict.offers[task].value
            assert set([value] if isinstance(value, str) else value) <= ACTIVE[task]


@pytest.mark.req(47)
def test_only_at_or_above_a_certified_threshold_is_a_field_offered_for_application() -> None:
    found = {"category": said(("a", 0.9), ("b", 0.1))}
    assert judge(found, ACTIVE, {"category": 0.9}, TASKS).offers["category"].apply
    assert not judge(found, ACTIVE, {"category": 0.91}, TASKS).offers["category"].apply
    assert not judge(found, ACTIVE, {}, TASKS).offers["category"].apply


def test_an_abstention_is_never_applied_and_still_shows_its_ranking() -> None:
    verdict = judge(
        {"category": said(("a", 0.99), ("b", 0.01), abstained=True)}, ACTIVE, {"category": 0.5}, TASKS
    )
    assert verdict.human
    assert not verdict.offers["category"].apply
    assert [p["label"] for p in verdict.predictions["category"]] == ["a", "b"]


def test_a_retired_first_choice_makes_the_model_abstain() -> None:
    verdict = judge({"category": said(("gone", 0.9), ("a", 0.1))}, ACTIVE, {"category": 0.05}, TASKS)
    assert verdict.human
    assert not verdict.offers["category"].apply


def test_a_task_that_nothing_was_said_about_is_abstained_from() -> None:
    assert judge({}, ACTIVE, {}, TASKS).abstained == list(TASKS)


@pytest.mark.req(51)
def test_of_the_chosen_tags_only_the_sure_ones_are_applied() -> None:
    found = {"tags": said(("t1", 0.97), ("t2", 0.6), chosen=("t1", "t2"))}
    offer = judge(found, ACTIVE, {"tags": 0.95}, TASKS).offers["tags"]
    assert (offer.value, offer.apply) == (["t1"], True)
    offer = judge(found, ACTIVE, {}, TASKS).offers["tags"]
    assert (offer.value, offer.apply, offer.probability) == (["t1", "t2"], False, 0.6)


@pytest.mark.req(55)
def test_two_close_categories_of_one_team_make_a_sure_route() -> None:
    team = roll_up(said(("a", 0.5), ("b", 0.45), ("c", 0.05)), {"a": "x", "b": "x", "c": "y"})
    assert team.ranked[0].label == "x"
    assert team.confidence == pytest.approx(0.95)
    assert roll_up(said(("a", 0.9)), {}).abstained
