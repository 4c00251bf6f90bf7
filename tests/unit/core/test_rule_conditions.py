"""What rules ask: pure, quick whatever was written, and with the word that decided."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.core.automation.conditions import Condition, Facts, found_word, plain_words, reasons
from tests.support.effort import within

RANKS = {"low": 1, "normal": 2, "high": 3, "critical": 4}


def facts(text: str = "", **values: object) -> Facts:
    given_values = {"priority": "normal", "tier": "standard", "team": None, **values}
    return Facts(values=given_values, tags=frozenset({"card"}), text=text, open=True, ranks=RANKS)


def ask(field: str, op: str = "is", *value: str) -> Condition:
    return Condition(field=field, op=op, value=value)


@pytest.mark.req(54)
@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("My card was STOLEN!", "stolen"),
        ("Me han robado la tarjeta", "robad*"),
        ("robadas", "robad*"),
        ("Es un FRAUDE", "fraude"),
        ("no lo reconozcó yo", "lo reconozco"),
        ("a stolenly thing", None),
        ("unstolen", None),
        ("", None),
    ],
)
def test_trigger_words_are_found_as_words_and_said(text: str, word: str | None) -> None:
    words = ["stolen", "robad*", "fraude", "lo reconozco"]
    assert found_word(words, text) == word
    why = reasons([ask("words", "is", *words)], [], facts(text))
    assert why == ([f"“{word}”"] if word else None)


@pytest.mark.req(53)
def test_all_must_hold_and_one_of_any() -> None:
    vip = facts(tier="vip", team="cards")
    assert reasons([ask("tier", "is", "vip")], [], vip) == ["vip"]
    assert reasons([ask("tier", "is", "vip"), ask("team", "empty")], [], vip) is None
    assert reasons([], [ask("team", "is", "loans"), ask("tags", "is", "card")], vip) == ["card"]
    assert reasons([], [ask("team", "is", "loans")], vip) is None
    assert reasons([ask("priority", "at_least", "high")], [], facts(priority="critical")) == ["critical"]
    assert reasons([ask("priority", "at_least", "high")], [], facts()) is None
    assert reasons([ask("open", "is", "no")], [], facts()) is None
    assert reasons([ask("nothing", "is", "x")], [], facts()) is None


@pytest.mark.hard("S-12")
@pytest.mark.parametrize("text", ["a" * 1_000_000, "(a+)+$ " * 140_000, "<" * 1_000_000])
def test_a_huge_text_and_words_like_patterns_take_no_time(text: str) -> None:
    with within(10):  # sixty words over a megabyte
        found_word(["(a+)+$", "(.*)*x", "[[[["] * 20, text)
    with within(2):
        plain_words(text)


@given(st.text(max_size=200), st.lists(st.text(max_size=20), max_size=5))
def test_a_word_that_is_found_stands_in_the_text(text: str, words: list[str]) -> None:
    word = found_word(words, text)
    if word is not None:
        assert plain_words(word).strip() in plain_words(text)


@pytest.mark.req(62, 82)
@pytest.mark.parametrize(
    ("value", "op", "words", "why"),
    [
        (["stolen"], "is", ("stolen", "lost"), "stolen"),
        (["lost"], "is_not", ("stolen",), ""),
        (["stolen"], "is_not", ("stolen",), None),
        (True, "is", ("yes",), "yes"),
        (False, "is", ("yes",), None),
        (None, "is", ("yes",), None),
        (None, "empty", (), ""),
        (None, "is_not", ("yes",), ""),
        (12, "at_least", ("10",), "12"),
        ("38.50", "at_least", ("100",), None),
        ("38.50", "at_most", ("100",), "38.50"),
        ("2026-02-01", "at_most", ("2026-01-31",), None),
        ("The machine at Sol", "contains", ("sol",), "“sol”"),
        ("Solana", "contains", ("sol",), None),
        ("anything", "not_empty", (), "anything"),
    ],
)
def test_a_rule_asks_for_a_field_of_the_desks_own(
    value: object, op: str, words: tuple[str, ...], why: str | None
) -> None:
    seen = Facts(values={}, tags=frozenset(), text="", open=True, ranks=RANKS, own={"what": value})
    found = reasons([ask("field.what", op, *words)], [], seen)
    assert found == (None if why is None else [why] if why else [])


def test_priorities_are_compared_both_ways() -> None:
    assert reasons([ask("priority", "at_most", "high")], [], facts(priority="high")) == ["high"]
    assert reasons([ask("priority", "at_most", "high")], [], facts(priority="critical")) is None
    assert reasons([ask("priority", "at_least", "high")], [], facts(priority="critical")) == ["critical"]
