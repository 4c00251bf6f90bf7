"""The one text of a ticket."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.triage.learning.lexical import fold, terms
from services.triage.learning.text import LONGEST, prepare


def test_subject_and_body_are_joined_once() -> None:
    assert prepare("Lost card", "I lost it") == "Lost card\nI lost it"
    assert prepare("Lost card", "Lost card, I lost it") == "Lost card, I lost it"
    assert prepare("", "  ") == ""


@pytest.mark.req(55)
@pytest.mark.parametrize("hidden", ["\u200b", "\u202e", "\U000e0041", "\u00ad", "\x00"])
def test_invisible_characters_are_not_read(hidden: str) -> None:
    assert prepare(f"lo{hidden}st ca{hidden}rd") == "lost card"


def test_quoted_mail_is_not_learnt_from() -> None:
    body = "It works now, thanks!\n\nOn Mon, 2 Nov 2026, Ana wrote:\n> my card is lost\n> please help"
    assert prepare("Re: card", body) == "Re: card\nIt works now, thanks!"
    assert prepare("", "> only a quote") == "> only a quote"


def test_a_word_repeated_a_thousand_times_counts_three_times() -> None:
    assert prepare("urgent " * 1000) == "urgent urgent urgent"


@given(st.text(max_size=300), st.text(max_size=300))
def test_any_text_becomes_a_bounded_text_that_stays_as_it_is(subject: str, body: str) -> None:
    once = prepare(subject, body)
    assert len(once) <= LONGEST
    assert once == once.strip()
    assert "\x00" not in once


@given(st.text(max_size=200))
def test_folding_keeps_places(text: str) -> None:
    assert len(fold(text)) == len(text)


@given(st.lists(st.text(max_size=60), min_size=1, max_size=5))
def test_a_texts_terms_do_not_depend_on_its_neighbours(texts: list[str]) -> None:
    together = terms(texts)
    for number, text in enumerate(texts):
        alone = terms([text])
        mine = together.text == number
        assert sorted(
            zip(together.column[mine], together.start[mine], together.end[mine], strict=True)
        ) == sorted(zip(alone.column, alone.start, alone.end, strict=True))


def test_terms_know_where_they_stand() -> None:
    text = "¿Dónde está mi tarjeta?"
    found = terms([text])
    spans = {text[a:b] for a, b in zip(found.start, found.end, strict=True)}
    assert {"Dónde", "tarjeta", "mi tarjeta", "tarj"} <= spans
    assert terms(["DONDE esta"]).column.tolist() == terms(["dónde está"]).column.tolist()
