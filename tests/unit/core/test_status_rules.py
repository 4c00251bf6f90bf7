"""The pure rules of a ticket's life."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.core.contract import PRIORITIES, STATUSES, WORKING_LABELS
from services.core.taxonomy.defaults import PRIORITIES as DEFAULT_PRIORITIES
from services.core.taxonomy.defaults import STATUSES as DEFAULT_STATUSES
from services.core.tickets.status import (
    CUSTOMER_MAY,
    DEFAULT_NEXT,
    DONE,
    after_customer_reply,
    after_staff_reply,
    closes,
    may_move,
    reopens,
    working_label,
)

AT = datetime(2026, 11, 22, 12, tzinfo=UTC)
moments = st.none() | st.datetimes(min_value=datetime(2020, 1, 1), max_value=datetime(2030, 1, 1)).map(
    lambda naive: naive.replace(tzinfo=UTC)
)
categories = st.sampled_from(STATUSES)


@pytest.mark.req(24)
def test_the_defaults_are_the_six_statuses_and_solved() -> None:
    assert [one["key"] for one in DEFAULT_STATUSES] == list(STATUSES)
    assert set(STATUSES) - {"solved"} == {"open", "pending", "in_progress", "delayed", "closed", "cancelled"}
    assert all(set(one["name"]) == {"en", "es"} for one in DEFAULT_STATUSES)


@pytest.mark.req(23)
def test_exactly_four_priorities_are_there_from_low_to_critical() -> None:
    assert (
        [one["key"] for one in DEFAULT_PRIORITIES]
        == list(PRIORITIES)
        == ["low", "normal", "high", "critical"]
    )
    assert [one["rank"] for one in DEFAULT_PRIORITIES] == [1, 2, 3, 4]


@pytest.mark.req(48)
def test_every_priority_says_what_it_means_in_both_languages() -> None:
    assert all(one["definition"]["en"] and one["definition"]["es"] for one in DEFAULT_PRIORITIES)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("closed", "pending"),
        ("closed", "in_progress"),
        ("cancelled", "solved"),
        ("solved", "delayed"),
        ("open", "x"),
    ],
)
def test_what_is_done_is_only_opened_again(old: str, new: str) -> None:
    assert not may_move(DEFAULT_NEXT, old, new)


@given(categories, categories)
def test_every_move_leads_to_a_status_that_exists_and_no_status_is_a_dead_end(old: str, new: str) -> None:
    assert set(DEFAULT_NEXT[old]) <= set(STATUSES) - {old}
    assert DEFAULT_NEXT[old]
    assert may_move(DEFAULT_NEXT, old, new) == (old == new or new in DEFAULT_NEXT[old])


@given(categories)
def test_customers_may_do_nothing_that_staff_may_not(category: str) -> None:
    assert set(CUSTOMER_MAY[category]) <= set(DEFAULT_NEXT[category])


@pytest.mark.req(28)
@pytest.mark.parametrize(
    ("status", "customer", "staff"),
    [
        ("open", None, "pending"),
        ("in_progress", None, "pending"),
        ("delayed", None, "pending"),
        ("pending", "open", None),
        ("solved", "open", None),
        ("closed", "open", None),
        ("cancelled", "open", None),
    ],
)
def test_a_customer_reply_opens_what_waits_and_a_staff_reply_makes_it_wait(
    status: str, customer: str | None, staff: str | None
) -> None:
    assert after_customer_reply(status) == customer
    assert after_staff_reply(status) == staff


@given(categories, categories)
def test_a_move_never_closes_and_reopens_at_once(old: str, new: str) -> None:
    assert not (closes(old, new) and reopens(old, new))
    assert closes(old, new) == (old not in DONE and new in DONE)


@pytest.mark.req(25)
@pytest.mark.parametrize(
    ("category", "customer", "staff", "label"),
    [
        ("open", 0, None, "new"),
        ("in_progress", 0, None, "new"),
        ("pending", 0, 5, "not_awaiting_reply"),
        ("open", 9, 5, "awaiting_reply"),
        ("delayed", 9, 5, "awaiting_reply"),
        ("solved", 9, 5, "closed"),
        ("closed", 0, None, "closed"),
        ("cancelled", None, None, "closed"),
    ],
)
def test_the_working_label_says_whose_turn_it_is(
    category: str, customer: int | None, staff: int | None, label: str
) -> None:
    def at(minutes: int | None) -> datetime | None:
        return None if minutes is None else AT + timedelta(minutes=minutes)

    assert working_label(category, at(customer), at(staff)) == label


@pytest.mark.req(25)
@given(categories, moments, moments)
def test_every_ticket_has_exactly_one_working_label(
    category: str, customer: datetime | None, staff: datetime | None
) -> None:
    label = working_label(category, customer, staff)
    assert label in WORKING_LABELS
    assert (label == "closed") == (category in DONE)
