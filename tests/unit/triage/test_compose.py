"""The extractive composer: every sentence stands in a source, or there is no draft."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from services.triage.recommend.compose import Draft, Passage, compose, usable
from services.triage.recommend.sentences import is_courtesy, split, without_placeholders

Array = NDArray[np.float32]


def by_words(vocabulary: str) -> Callable[[list[str]], Array]:
    """An embedder of known words: enough to see which sentence is nearer."""
    words = vocabulary.split()

    def embed(texts: list[str]) -> Array:
        rows = np.array([[t.lower().count(w) + 0.01 for w in words] for t in texts], np.float32)
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)

    return embed


EMBED = by_words("card arrive days post track app refund password")
MACRO = Passage(
    "macro",
    "m1",
    "Card on its way",
    "Hello!\nYour card takes 5 days by post.\n\nIs it late? Ask for a new card.",
    "en",
    0.9,
)
ARTICLE = Passage(
    "article", "a1", "Tracking", "Track the card in the app. Refunds take a week.", "en", 0.8, slug="track"
)
TICKET = Passage(
    "ticket",
    "t1",
    "Where is it",
    "Dear [name], the card was sent on [date]. The card arrives in days.",
    "en",
    0.7,
    number=7,
)


def drafted(passages: list[Passage], language: str = "en") -> Draft | None:
    return compose(EMBED(["when does my card arrive"])[0], usable(passages, language), language, EMBED)


@pytest.mark.req(76)
def test_every_sentence_of_a_draft_stands_word_for_word_in_its_source() -> None:
    draft = drafted([TICKET, ARTICLE, MACRO])
    assert draft is not None
    texts = {p.id: p.text for p in (TICKET, ARTICLE, MACRO)}
    for span in draft.spans:
        assert draft.text[span.start : span.end] == span.quote
        assert span.quote in texts[draft.sources[span.source - 1].id]
    bare = draft.text
    for span in reversed(draft.spans):
        bare = bare[: span.start] + bare[span.end :]
    assert bare.split() == ["Hello!"]


def test_greetings_and_what_follows_a_sign_off_carry_no_source() -> None:
    words = "Dear customer,\nYour card takes 5 days by post.\n\nKind regards,\nThe card team"
    signed = Passage("macro", "m2", "Card", words, "en", 0.9)
    draft = drafted([signed])
    assert draft is not None
    assert [draft.text[s.start : s.end] for s in draft.spans] == ["Your card takes 5 days by post."]
    assert draft.text.endswith("Kind regards,\nThe card team")


def test_the_first_source_leads_and_others_add_what_is_new_and_relevant() -> None:
    draft = drafted([MACRO, ARTICLE])
    assert draft is not None
    assert draft.text.startswith("Hello!\nYour card takes 5 days by post.\n\n")
    assert "Track the card in the app." in draft.text
    assert draft.text.endswith("Ask for a new card.\n\nTrack the card in the app.")
    assert "Refunds" not in draft.text
    assert [s.kind for s in draft.sources] == ["macro", "article"]
    assert [s.index for s in draft.sources] == [1, 2]


def test_masked_sentences_and_courtesies_of_other_tickets_are_never_sent() -> None:
    draft = drafted([TICKET])
    assert draft is not None
    assert draft.text == "The card arrives in days."


def test_a_source_in_another_language_is_not_quoted() -> None:
    assert usable([MACRO], "es") == []
    assert drafted([MACRO], "es") is None


def test_the_signature_of_the_lead_stays_at_the_end_and_no_other_one_joins() -> None:
    signed = Passage("macro", "m2", "x", MACRO.text + "\n\nKind regards,\nYour team\nBanco Faro", "en", 0.9)
    other = Passage(
        "macro", "m3", "y", "Hello there,\nYou can track it in the app.\nRegards,\nFaro", "en", 0.8
    )
    draft = drafted([signed, other, ARTICLE])
    assert draft is not None
    assert draft.text.endswith("\n\nKind regards,\nYour team\nBanco Faro")
    assert draft.text.count("egards") == 1
    assert "Hello there" not in draft.text
    assert "Track the card in the app." in draft.text


def test_pieces_of_sentences_are_not_quoted() -> None:
    piece = Passage("article", "a2", "x", "… the card. Track the card in the app. When it is …", "en", 0.9)
    draft = drafted([piece])
    assert draft is not None
    assert draft.text == "Track the card in the app."


def test_nothing_found_means_no_draft() -> None:
    assert drafted([]) is None
    assert drafted([Passage("ticket", "t", "x", "Dear [name],", "en", 0.9)]) is None


def test_the_same_input_gives_the_same_draft() -> None:
    assert drafted([MACRO, ARTICLE, TICKET]) == drafted([MACRO, ARTICLE, TICKET])


@given(st.text(max_size=400))
def test_sentences_are_exact_substrings_in_order_without_overlap(text: str) -> None:
    end = 0
    for sentence in split(text):
        assert text[sentence.start : sentence.end] == sentence.text
        assert sentence.start >= end
        end = sentence.end


def test_sentences_survive_abbreviations_bullets_and_both_languages() -> None:
    text = "Ask Mr. Smith. ¿Qué hacer? Abra la app.\n- Choose Cards\n2) Tap Freeze"
    assert [s.text for s in split(text)] == [
        "Ask Mr. Smith.", "¿Qué hacer?", "Abra la app.", "Choose Cards", "Tap Freeze",
    ]  # fmt: skip


@pytest.mark.hard("S-11")
def test_template_variables_never_leak_a_brace_and_are_not_evaluated() -> None:
    filled = without_placeholders("Hello {{ customer.name }}, we did {{7*7}} {% if x %}it{% endif %}.")
    assert filled == "Hello, we did it."
    assert without_placeholders("Hello {{ a.name | there }},") == "Hello there,"
    assert "{" not in without_placeholders("{{ {{a}} }}").replace("{ ", "")


def test_courtesies_are_told_from_answers() -> None:
    assert is_courtesy("Hola Ana:")
    assert is_courtesy("Kind regards,")
    assert not is_courtesy("Thank you for the statement, it shows that the fee was charged twice.")
