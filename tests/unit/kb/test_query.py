"""Understanding a query: language, spelling, codes."""

import pytest

from services.kb.search.lexicon import Lexicon
from services.kb.search.query import MOST_WORDS, understand

LEXICON = Lexicon(
    [
        ("es", "contrasena", "contraseña", 40), ("es", "restablecer", "restablecer", 12),
        ("es", "tarjeta", "tarjeta", 90),
        ("es", "cobro", "cobro", 8), ("es", "comision", "comisión", 15), ("es", "para", "para", 300),
        ("en", "password", "password", 40), ("en", "reset", "reset", 12), ("en", "card", "card", 90),
        ("en", "form", "form", 9),
        ("en", "from", "from", 200), ("en", "err-4021", "ERR-4021", 1), ("en", "transfer", "transfer", 5),
    ]
)  # fmt: skip


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("restablecer contraseña", "restablecer contraseña"),
        ("restablecer contrasena", "restablecer contrasena"),  # known as it stands: nothing to mend
        ("restabelcer contrseña", "restablecer contraseña"),
        ("RESTABELCER LA CONTRSEÑA", "restablecer la contraseña"),
        ("Restabelcer", "Restablecer"),
        ("la contrasenha", "la contraseña"),
        ("la tarjta para el cobor", "la tarjeta para el cobro"),
        ("la trajeta tiene uan comsion", "la tarjeta tiene uan comisión"),
        ("comsion de la tarjeta", "comisión de la tarjeta"),
    ],
)
def test_slips_are_mended_with_the_words_that_articles_have(typed: str, meant: str) -> None:
    query = understand(typed, LEXICON, reader="es")
    assert query.lang == "es"
    assert query.meant == meant
    assert query.corrected == (meant if meant != typed else None)


def test_what_was_typed_is_searched_beside_what_was_meant() -> None:
    terms = understand("contrseña", LEXICON, reader="es").terms
    assert terms["contrsen"] == 1.0
    assert 0 < terms["contrasen"] < 1


def test_words_that_articles_have_are_never_respelled() -> None:
    assert understand("money from card", LEXICON).corrected is None


@pytest.mark.parametrize("code", ["ERR-4022", "0x80070006", "4021", "ab1"])
def test_codes_are_never_respelled(code: str) -> None:
    assert understand(code, LEXICON, reader="en").corrected is None


def test_codes_are_known_as_such() -> None:
    assert understand("transfer shows ERR-4021", LEXICON).codes == ("err-4021",)


def test_stop_words_are_dropped_unless_there_is_nothing_else() -> None:
    assert {word.folded for word in understand("how do I reset the password", LEXICON).words} == {
        "reset",
        "password",
    }
    assert understand("what is this", LEXICON).words


def test_of_a_long_complaint_the_rarest_words_are_kept() -> None:
    words = [f"word{number}x" for number in range(200)]
    query = understand("My card " + " ".join(words) + " ERR-4021 password", LEXICON)
    assert len(query.words) == MOST_WORDS
    assert len(query.meant) <= 700


def test_a_short_query_is_taken_to_be_in_a_language_that_the_articles_have() -> None:
    assert understand("tarjeta", LEXICON).lang == "es"
    assert understand("cobro", LEXICON, reader="es").lang == "es"


def test_a_third_language_is_told_and_its_words_are_not_respelled() -> None:
    query = understand("Wie kann ich mein vergessenes Passwort zurücksetzen", LEXICON)
    assert query.lang == "de"
    assert query.corrected is None


def test_coverage_tells_which_articles_know_the_words() -> None:
    coverage = understand("reset password", LEXICON).coverage
    assert coverage == {"en": 1.0, "es": 0.0}


def test_nothing_typed_is_nothing_to_look_for() -> None:
    for text in ("", "  ", "¿?", "…"):
        assert understand(text, LEXICON).terms == {}


def test_a_rare_misspelling_in_an_article_does_not_beat_a_common_word() -> None:
    lexicon = Lexicon([("en", "transfer", "transfer", 100), ("en", "tranfer", "tranfer", 1)])
    assert next(iter(lexicon.respell("trasfer", "en"))).folded == "transfer"


HALF_TRANSLATED = Lexicon(
    [
        ("es", "funcion", "función", 400), ("es", "celda", "celda", 300), ("es", "grafico", "gráfico", 80),
        ("es", "function", "function", 3), ("es", "chart", "chart", 2), ("es", "cell", "cell", 2),
        ("es", "formato", "formato", 90), ("es", "pagina", "página", 120),
    ]
)  # fmt: skip


@pytest.mark.req(130)
@pytest.mark.parametrize("typed", ["inserting a chart", "reference to another cell", "chart function"])
def test_a_question_keeps_its_language_though_half_translated_articles_know_its_words(typed: str) -> None:
    assert understand(typed, HALF_TRANSLATED).lang == "en"


@pytest.mark.parametrize("typed", ["grafco de la celda", "formto pagna", "funcoin gráfico"])
def test_misspelt_words_of_the_articles_language_are_not_taken_for_another(typed: str) -> None:
    assert understand(typed, HALF_TRANSLATED).lang == "es"


def test_a_slip_is_not_mended_into_a_word_that_says_nothing() -> None:
    lexicon = Lexicon([("en", "area", "area", 5), ("en", "are", "are", 900)])
    assert understand("print arex", lexicon).meant == "print area"
