"""What people type into the search, and what is said where it cannot be understood."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.core.search.errors import QueryWrong
from services.core.search.language import All, Field, Not, Number, Some, Words, leaves, parse
from services.core.search.when import bounds

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def test_fields_phrases_words_numbers_and_negation_are_read_together() -> None:
    tree = parse('status:open category:cards "exact phrase" created>7d -tag:x refund #1234')
    assert isinstance(tree, All)
    status, category, phrase, created, tag, word, number = tree.each
    assert (status, category) == (Field("status", ":", "open", 0), Field("category", ":", "cards", 12))
    assert isinstance(phrase, Words)
    assert (phrase.text, phrase.exact) == ("exact phrase", True)
    assert isinstance(created, Field)
    assert (created.op, created.value) == (">", "7d")
    assert isinstance(tag, Not)
    assert isinstance(word, Words)
    assert not word.exact
    assert number == Number(1234)


def test_alternatives_bind_less_than_what_stands_together() -> None:
    tree = parse("status:open card OR (priority:high -lost)")
    assert isinstance(tree, Some)
    assert [type(one) for one in tree.each] == [All, All]


@pytest.mark.parametrize(
    ("typed", "name"),
    [("estado:open", "status"), ("CATEGORÍA:x", "category"), ("cliente:ana", "requester"), ("creado>2d", "created")],
)  # fmt: skip
def test_fields_have_spanish_names_too(typed: str, name: str) -> None:
    (leaf,) = leaves(parse(typed))
    assert isinstance(leaf, Field)
    assert leaf.name == name


@pytest.mark.parametrize(
    "prose",
    [
        '"never closed',
        "card - lost",
        "http://example.com/a?b=c",
        "ana@example.com",
        "50% off & more",
        "a-b",
        "OR-12",
    ],
)
def test_prose_is_words_and_no_error(prose: str) -> None:
    assert all(isinstance(leaf, Words) for leaf in leaves(parse(prose)))


@pytest.mark.parametrize(
    ("typed", "position", "expects"),
    [
        ("card (lost", 11, ")"),
        ("card )", 6, "field:"),
        ("status:", 8, "value"),
        ("colour:red lost", 1, "status"),
        ("lost catgory:cards", 6, "category"),
    ],
)
def test_a_wrong_query_says_where_and_what_was_expected(typed: str, position: int, expects: str) -> None:
    with pytest.raises(QueryWrong) as caught:
        parse(typed)
    assert caught.value.extra["position"] == position
    assert expects in caught.value.extra["expected"]


@pytest.mark.hard("S-12")
@given(st.text(max_size=500))
def test_whatever_is_typed_is_understood_or_refused_with_a_place(typed: str) -> None:
    try:
        parse(typed)
    except QueryWrong as error:
        place = error.extra["position"]
    else:
        place = 1
    assert 1 <= place <= len(typed) + 1


@pytest.mark.hard("S-12")
def test_a_query_has_an_end() -> None:
    for endless in ("(" * 400, "a " * 41, "x" * 501, "-(" * 200):
        with pytest.raises(QueryWrong):
            parse(endless)


@pytest.mark.parametrize(
    ("op", "text", "expected"),
    [
        (">", "7d", (NOW - timedelta(days=7), None)),
        (":", "12h", (NOW - timedelta(hours=12), None)),
        ("<", "2w", (None, NOW - timedelta(weeks=2))),
        (":", "today", (NOW.replace(hour=0), NOW.replace(hour=0) + timedelta(days=1))),
        (">=", "2026-11-01", (datetime(2026, 11, 1, tzinfo=UTC), None)),
        ("<=", "ayer", (None, NOW.replace(hour=0))),
        (":", "soon", None),
        (":", "2026-02-30", None),
    ],
)
def test_moments_are_lengths_days_or_nothing(op: str, text: str, expected: object) -> None:
    assert bounds(op, text, NOW) == expected
