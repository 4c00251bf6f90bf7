"""Words as numbers for BM25."""

import pytest

from services.common.ai.sparse import sparse_document, sparse_query


def words(text: str, language: str) -> set[int]:
    return set(sparse_query(text, [language]).indices)


@pytest.mark.parametrize(
    ("language", "one", "other"),
    [
        ("en", "My CARDS", "the card"),
        ("es", "las transacciones", "Transacción"),
        ("es", "código", "CODIGOS"),
        ("pt", "as faturas", "Fatura"),
        ("de", "Überweisungen", "überweisung"),
    ],
)
def test_forms_of_a_word_are_one_word_without_case_or_accents(language: str, one: str, other: str) -> None:
    assert words(one, language) == words(other, language) != set()


def test_words_that_say_nothing_are_left_out() -> None:
    assert words("the of and", "en") == set()
    assert words("el de la y", "es") == set()
    assert sparse_document("", "en").indices == []


def test_a_document_weighs_repeated_words_more_and_ever_less_so() -> None:
    def weight(count: int) -> float:
        document = sparse_document("tarjeta " * count, "es")
        return document.values[0]

    assert weight(1) < weight(2) < weight(8) < 2.2
    assert weight(2) - weight(1) > weight(9) - weight(8)


def test_a_question_in_several_languages_holds_the_words_of_each() -> None:
    both = sparse_query("cards tarjetas", ["en", "es"])
    assert words("card", "en") | words("tarjeta", "es") <= set(both.indices)
    assert both.indices == sorted(set(both.indices))
    assert set(both.values) == {1.0}


@pytest.mark.parametrize("language", ["zh", "ja", "xx", "", "es-MX", "EN"])
def test_a_language_without_a_stemmer_is_split_all_the_same(language: str) -> None:
    assert words("IBAN 4521", language) == words("iban 4521", language)
    assert len(words("IBAN 4521", language)) == 2


def test_chinese_is_split_into_words() -> None:
    assert len(words("我的卡被自动取款机吞了", "zh")) > 2


def test_the_numbers_are_those_that_indexes_hold() -> None:
    """When this fails, raise SPARSE_RECIPE: indexes that were made with other numbers must not be asked."""
    assert sparse_query("tarjeta perdida", ["es"]).indices == [876188571, 1584472537]
    assert sparse_query("lost card", ["en"]).indices == [245350191, 1488298423]
    document = sparse_document("La tarjeta perdida", "es")
    assert dict(zip(document.indices, document.values, strict=True)) == pytest.approx(
        {1584472537: 1.65647054, 876188571: 1.65647054}
    )
