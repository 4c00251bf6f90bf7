"""Marks and windows: true, and joined again the same text."""

from hypothesis import given
from hypothesis import strategies as st

from services.kb.search.highlight import segments, window

TEXT = st.text(alphabet=st.sampled_from("abcáéñ ERR-42.,<>&\n"), max_size=300)


def marked(text: str, terms: set[str], lang: str = "es") -> list[str]:
    return [segment.text for segment in segments(text, terms, lang) if segment.marked]


def test_words_are_marked_in_every_form_that_was_searched() -> None:
    assert marked("Las Tarjetas, la tarjeta y el tarjetero.", {"tarjet"}) == ["Tarjetas", "tarjeta"]


def test_codes_are_marked_whole() -> None:
    assert marked("Aparece ERR-4021 en pantalla", {"err-4021"}) == ["ERR-4021"]
    assert marked("Aparece ERR-4021 en pantalla", {"err4021"}) == ["ERR-4021"]


def test_nothing_is_marked_without_a_match() -> None:
    assert marked("Horario de oficina", {"tarjet"}) == []


@given(TEXT, st.sets(st.text(alphabet="abcaen", min_size=1, max_size=4), max_size=4))
def test_segments_make_up_the_text(text: str, terms: set[str]) -> None:
    assert "".join(segment.text for segment in segments(text, terms, "es")) == text


@given(TEXT, st.integers(20, 80))
def test_a_window_is_a_stretch_of_the_text(text: str, width: int) -> None:
    shown = window(text, {"a"}, "es", width).strip("… ")
    assert shown in " ".join(text.split())
    assert len(shown) <= width


def test_the_window_shows_where_most_of_the_words_are() -> None:
    text = "Nada aquí. " * 40 + "La tarjeta perdida se bloquea. " + "Nada allí. " * 40
    assert "tarjeta perdida" in window(text, {"tarjet", "perdid"}, "es")
