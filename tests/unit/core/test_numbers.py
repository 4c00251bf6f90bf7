"""Ticket numbers in subjects and searches."""

import pytest

from services.core.tickets.ids import number_in_query, number_in_subject


@pytest.mark.req(20)
@pytest.mark.parametrize(
    ("subject", "number"),
    [
        ("Re: [#1042] My card", 1042),
        ("AW: Fwd: #77 hello", 77),
        ("#5", 5),
        ("Re: My card", None),
        ("Order#12345 is late", None),
        ("Room 1042", None),
        ("[#99999999999999999999]", None),
        ("", None),
    ],
)
def test_a_subject_quotes_a_number_only_in_the_form_that_the_desk_writes(
    subject: str, number: int | None
) -> None:
    assert number_in_subject(subject) == number


@pytest.mark.parametrize(("typed", "number"), [(" #1042 ", 1042), ("1042", 1042), ("10a", None), ("#", None)])
def test_a_search_for_a_number_is_recognised(typed: str, number: int | None) -> None:
    assert number_in_query(typed) == number
