"""Cursors are opaque, checked, and never an exception of the machine."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.common.http.paging import BadCursor, clamp_limit, decode_cursor, encode_cursor


@given(st.text(), st.integers(min_value=-(2**53), max_value=2**53))
def test_a_cursor_gives_back_what_it_holds(text: str, number: int) -> None:
    assert decode_cursor(encode_cursor(text, number), str, int) == (text, number)


@given(st.text(min_size=1))
def test_rubbish_is_a_bad_cursor(text: str) -> None:
    try:
        decode_cursor(text, str, int)
    except BadCursor:
        return
    assert decode_cursor(encode_cursor(*decode_cursor(text, str, int) or ()), str, int)


def test_a_cursor_of_another_list_is_refused() -> None:
    with pytest.raises(BadCursor):
        decode_cursor(encode_cursor("a"), int)
    with pytest.raises(BadCursor):
        decode_cursor(encode_cursor("a", "b"), str)


def test_a_page_holds_between_one_and_a_hundred() -> None:
    assert [clamp_limit(n) for n in (None, 0, -5, 7, 1000)] == [25, 1, 1, 7, 100]
