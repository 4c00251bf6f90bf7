"""Words as the index, the query and the highlight see them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kb.search.analysis import document_terms, fold, is_code, stem, term_id, tokens, word_terms


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Contraseña", "contrasena"),
        ("ÀÉÎÕÜ", "aeiou"),
        ("STRASSE", "strasse"),
        ("Straße", "strasse"),
        ("①ﬁ", "1fi"),
    ],
)
def test_folding_drops_case_and_accents(text: str, folded: str) -> None:
    assert fold(text) == folded


@given(st.text(max_size=200))
def test_folding_twice_changes_nothing_more(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text(max_size=300))
def test_tokens_lie_in_the_text_in_order(text: str) -> None:
    at = 0
    for token in tokens(text):
        assert token.start >= at
        assert text[token.start : token.end] == token.surface
        at = token.end


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("ERR-4021", {"err-4021", "err", "4021", "err4021"}),
        ("versión 2.1.3", {"2.1.3", "213"}),
        ("#N/A", {"#n/a", "na"}),
        ("C++", {"c++"}),
        ("ana@example.org", {"ana@example.org", "ana", "example", "org"}),
    ],
)
def test_codes_and_paths_are_terms_whole_and_in_parts(text: str, wanted: set[str]) -> None:
    assert wanted <= set(document_terms(text, "xx"))


@pytest.mark.parametrize("code", ["ERR-4021", "0x80070005", "E42", "#N/A", "2.1.3"])
def test_identifiers_are_told_from_words(code: str) -> None:
    assert is_code(fold(code))


@pytest.mark.parametrize("word", ["tarjeta", "e-mail", "don't", "2026", "twenty-one"])
def test_words_and_plain_numbers_are_no_identifiers(word: str) -> None:
    assert not is_code(word)


@pytest.mark.parametrize(
    ("lang", "forms"),
    [
        ("en", ["card", "cards"]),
        ("en", ["transfer", "transfers"]),
        ("en", ["address", "addresses"]),
        ("en", ["box", "boxes"]),
        ("en", ["query", "queries"]),
        ("en", ["print", "printed", "printing"]),
        ("en", ["stop", "stopped", "stopping"]),
        ("es", ["tarjeta", "tarjetas"]),
        ("es", ["comision", "comisiones"]),
        ("es", ["luz", "luces"]),
        ("es", ["bloqueado", "bloqueada", "bloqueados"]),
    ],
)
def test_forms_of_number_and_gender_are_one_term(lang: str, forms: list[str]) -> None:
    assert len({stem(form, lang) for form in forms}) == 1


@pytest.mark.parametrize(
    ("lang", "pair"), [("en", ("bus", "busy")), ("es", ("caso", "casi")), ("en", ("pass", "past"))]
)
def test_different_words_stay_apart(lang: str, pair: tuple[str, str]) -> None:
    assert stem(pair[0], lang) != stem(pair[1], lang)


def test_a_query_word_is_asked_as_every_language_of_the_articles_would_store_it() -> None:
    assert {stem("tarjetas", "en"), stem("tarjetas", "es")} <= word_terms("tarjetas", ("en", "es"))


@given(st.text(min_size=1, max_size=40))
def test_a_term_has_one_number_of_32_bits(term: str) -> None:
    assert term_id(term) == term_id(term)
    assert 0 <= term_id(term) < 2**32
