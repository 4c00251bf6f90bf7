"""The policy over what a model proposes: a person's word is final."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.core.contract import STATUSES
from services.core.tickets.policy import PROPOSABLE, Standing, verdict
from services.core.tickets.status import DONE


def standing(status: str = "open", by: str | None = None, version: int = 1, value: Any = None) -> Standing:
    provenance = {} if by is None else {"category": {"by": by, "version": version}}
    return Standing(status_category=status, values={"category": value}, provenance=provenance)


def judged(
    found: Standing, value: Any = "cards", *, apply: bool = True, read: int = 1, known: bool = True
) -> str:
    return verdict(found, "category", value, apply=apply, read_version=read, known=known)


def test_an_untouched_field_above_the_promise_is_set() -> None:
    assert judged(standing()) == "apply"


def test_below_the_promise_it_stays_a_suggestion() -> None:
    assert judged(standing(), apply=False) == "suggested"


def test_a_field_that_a_rule_set_before_may_be_set() -> None:
    assert judged(standing(by="rule")) == "apply"


def test_a_change_since_the_version_that_was_read_wins() -> None:
    assert judged(standing(by="model", version=3), read=2) == "changed"


def test_a_value_that_the_desk_does_not_know_is_refused() -> None:
    assert judged(standing(), known=False) == "unknown_value"


def test_the_same_value_from_the_model_again_changes_nothing() -> None:
    assert judged(standing(by="model", value="cards")) == "same"


def test_the_same_tags_in_another_order_are_the_same() -> None:
    found = Standing(
        status_category="open",
        values={"tags": ["a", "b"]},
        provenance={"tags": {"by": "model", "version": 1}},
    )
    assert verdict(found, "tags", ["b", "a"], apply=True, read_version=1, known=True) == "same"


@pytest.mark.parametrize("field", ["status", "subject", "description", "requester", "version", "nonsense"])
def test_only_triage_fields_can_be_proposed(field: str) -> None:
    assert verdict(standing(), field, "x", apply=True, read_version=9, known=True) == "unknown_field"


@given(
    status=st.sampled_from(STATUSES),
    field=st.sampled_from(sorted(PROPOSABLE)),
    version=st.integers(0, 9),
    read=st.integers(0, 9),
    apply=st.booleans(),
    known=st.booleans(),
)
def test_whatever_comes_a_field_that_a_person_set_is_never_touched(
    status: str, field: str, version: int, read: int, apply: bool, known: bool
) -> None:
    found = Standing(
        status_category=status, values={}, provenance={field: {"by": "person", "version": version}}
    )
    assert verdict(found, field, "x", apply=apply, read_version=read, known=known) != "apply"


@given(status=st.sampled_from(sorted(DONE)), apply=st.booleans())
def test_a_ticket_that_is_done_is_left_alone(status: str, apply: bool) -> None:
    assert judged(standing(status), apply=apply) == "closed"


@given(
    by=st.sampled_from(["rule", "model", None]),
    version=st.integers(0, 9),
    read=st.integers(0, 9),
    apply=st.booleans(),
)
def test_nothing_is_set_without_the_promise_or_against_a_later_change(
    by: str | None, version: int, read: int, apply: bool
) -> None:
    if judged(standing(by=by, version=version), apply=apply, read=read) == "apply":
        assert apply
        assert by is None or version <= read
