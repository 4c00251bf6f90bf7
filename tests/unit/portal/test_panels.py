"""What the panels make of triage's answers."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from services.portal.admin.model_views import coverage_curve, step
from services.portal.agent.panels import cut
from services.portal.web.labels import likelihood
from services.triage.contract import Recommendation, Span


def draft(text: str, *spans: tuple[int, int, int]) -> Recommendation:
    found = [Span(start, end, source, text[start:end]) for start, end, source in spans]
    return Recommendation(UUID(int=1), text, [], found, 1.0, "en", "extractive")


def test_a_number_stands_once_after_neighbours_that_rest_on_the_same_source() -> None:
    parts = cut(draft("One. Two. Three.", (0, 4, 1), (5, 9, 1), (10, 16, 2)))
    assert [(p.text, p.sources) for p in parts] == [("One. Two.", [1]), (" Three.", [2])]


def test_text_after_the_last_source_stands_without_a_number() -> None:
    assert [p.sources for p in cut(draft("One. Bye", (0, 4, 1)))] == [[1], []]


@given(
    st.text(max_size=60),
    st.lists(st.tuples(st.integers(0, 70), st.integers(0, 70), st.integers(1, 4)), max_size=8),
)
def test_no_letter_of_a_draft_is_lost_or_doubled(text: str, spans: list[tuple[int, int, int]]) -> None:
    assert "".join(part.text for part in cut(draft(text, *spans))) == text


def test_the_curve_shows_the_most_coverage_that_keeps_each_promise() -> None:
    curve = dict(coverage_curve([[0.1, 1.0, 0.85], [0.5, 0.7, 0.95], [0.9, 0.2, 0.99]]))
    assert (curve[0.8], curve[0.85], curve[0.86], curve[0.95], curve[0.99]) == (1.0, 1.0, 0.7, 0.7, 0.2)


def test_without_points_there_is_no_curve() -> None:
    assert coverage_curve([]) == []


def test_probabilities_have_words() -> None:
    said = [likelihood(p, lambda text: text) for p in (0.97, 0.9, 0.75, 0.5, 0.1, 0.0)]
    assert said == ["very likely", "very likely", "likely", "perhaps", "unlikely", "unlikely"]


def test_a_training_says_what_it_does_in_words_that_can_be_translated() -> None:
    assert step("category: calibrating") == ("Learning how sure it may be", "category")
    assert step("embed 30/120") == ("Understanding texts", "")
    assert step("something new") == ("something new", "")
