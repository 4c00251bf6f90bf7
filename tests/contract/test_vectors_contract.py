"""One contract for all vector stores: the embedded engine here and in its child, and the server's client in memory."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import numpy as np
import pytest

from services.common.ai.sparse import sparse_document, sparse_query
from services.common.ai.vectors import Point, Vectors, VectorsUnavailable
from services.common.ai.vectors.client import ClientVectors
from services.common.ai.vectors.edge import EdgeVectors

NAME = "passages-0123456789ab-1"
SIZE = 8
TEXTS = {
    1: ("en", "Your card has not arrived: order another card", "public", False),
    2: ("en", "Top up by bank transfer takes one day", "public", True),
    3: ("es", "La tarjeta no ha llegado: pide otra tarjeta", "public", False),
    4: ("es", "El cajero se ha tragado la tarjeta", "internal", True),
    5: ("en", "Exchange rates are set by the card network IBAN ES91", "internal", False),
}


@pytest.fixture(params=["edge", "child", "client"])
async def vectors(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Vectors]:
    if request.param == "child":
        (tmp_path / "v").mkdir()
        (tmp_path / "v" / f"{NAME}.large").touch()
    store: Vectors = (
        ClientVectors(":memory:", prefix="kb-") if request.param == "client" else EdgeVectors(tmp_path / "v")
    )
    yield store
    await store.close()


def key(number: int) -> UUID:
    return UUID(int=number)


def direction(number: int) -> np.ndarray:
    """Unit vectors in a plane: the nearer the numbers, the nearer the vectors."""
    vector = np.zeros(SIZE, dtype=np.float32)
    vector[:2] = np.cos(number / 10), np.sin(number / 10)
    return vector


def point(number: int) -> Point:
    language, text, visibility, faq = TEXTS[number]
    payload = {
        "text": text,
        "language": language,
        "visibility": visibility,
        "faq": faq,
        "tags": [language, "all"],
    }
    return Point(key(number), direction(number), sparse_document(text, language), payload)


@pytest.fixture
async def filled(vectors: Vectors) -> Vectors:
    await vectors.ensure(NAME, SIZE, keywords=["language", "visibility", "tags"])
    await vectors.upsert(NAME, [point(number) for number in TEXTS])
    return vectors


def numbers(hits: list) -> list[int]:
    return [hit.id.int for hit in hits]


async def test_the_nearest_by_meaning_come_first_with_their_cosine_and_payload(filled: Vectors) -> None:
    hits = await filled.search(NAME, dense=direction(2), limit=3)
    assert numbers(hits)[0] == 2
    assert set(numbers(hits)) == {1, 2, 3}
    assert hits[0].score == pytest.approx(1.0, abs=1e-5)
    assert hits[1].score == pytest.approx(np.cos(0.1), abs=1e-4)
    assert hits[0].payload == point(2).payload


async def test_words_find_what_holds_them_and_rare_words_weigh_more(filled: Vectors) -> None:
    assert numbers(await filled.search(NAME, sparse=sparse_query("cards", ["en"]))) == [1, 5]
    assert numbers(await filled.search(NAME, sparse=sparse_query("IBAN card", ["en"])))[0] == 5
    assert await filled.search(NAME, sparse=sparse_query("helicopter", ["en"])) == []


async def test_a_question_in_one_language_finds_words_of_another_when_both_are_named(filled: Vectors) -> None:
    assert set(numbers(await filled.search(NAME, sparse=sparse_query("tarjetas", ["en", "es"])))) == {3, 4}


@pytest.mark.parametrize("fusion", ["rrf", "dbsf"])
async def test_fusion_puts_first_what_meaning_and_words_agree_on(filled: Vectors, fusion) -> None:
    hits = await filled.search(
        NAME, dense=direction(4), sparse=sparse_query("cajero tragado", ["es"]), fusion=fusion, limit=5
    )
    assert numbers(hits)[0] == 4
    assert set(numbers(hits)) == set(TEXTS)
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


async def test_weights_move_rank_fusion_towards_words_or_meaning(filled: Vectors) -> None:
    question = {"dense": direction(2), "sparse": sparse_query("IBAN", ["en"]), "limit": 1, "rank_constant": 2}
    assert numbers(await filled.search(NAME, **question, weights=(1.0, 0.01))) == [2]
    assert numbers(await filled.search(NAME, **question, weights=(0.01, 1.0))) == [5]


async def test_filters_keep_by_equality_by_any_of_a_list_and_by_truth(filled: Vectors) -> None:
    async def found(**filters) -> set[int]:
        return set(numbers(await filled.search(NAME, dense=direction(1), **filters)))

    assert await found(where={"visibility": "public"}) == {1, 2, 3}
    assert await found(where={"visibility": ["public", "internal"], "language": "es"}) == {3, 4}
    assert await found(where={"tags": "es"}) == {3, 4}
    assert await found(where={"faq": True}) == {2, 4}
    assert await found(where={"faq": False, "language": ["en"]}) == {1, 5}
    assert await found(unless={"visibility": "internal"}) == {1, 2, 3}
    assert await found(unless={"visibility": "internal", "faq": True}) == {1, 3}
    assert await found(where={"absent": "x"}) == set()
    assert await found(where={"language": []}) == set()


async def test_a_filter_holds_on_both_sides_of_a_fusion(filled: Vectors) -> None:
    hits = await filled.search(
        NAME, dense=direction(4), sparse=sparse_query("tarjeta", ["es"]), where={"visibility": "public"}
    )
    assert set(numbers(hits)) == {1, 2, 3}


async def test_the_same_id_replaces_the_point(filled: Vectors) -> None:
    await filled.upsert(NAME, [Point(key(1), direction(5), None, {"visibility": "internal"})])
    assert await filled.count(NAME) == len(TEXTS)
    assert numbers(await filled.search(NAME, sparse=sparse_query("cards", ["en"]))) == [5]
    (hit,) = [hit for hit in await filled.search(NAME, dense=direction(5)) if hit.id == key(1)]
    assert hit.payload == {"visibility": "internal"}


async def test_fields_that_are_asked_for_follow_the_point_when_it_changes_goes_and_comes_back(
    filled: Vectors,
) -> None:
    async def shown(number: int, *fields: str) -> list[dict]:
        hits = await filled.search(NAME, dense=direction(number), limit=10, fields=fields)
        return [hit.payload for hit in hits if hit.id == key(number)]

    assert await shown(1, "language", "faq") == [{"language": "en", "faq": False}]
    assert await shown(1, "visibility") == [{"visibility": "public"}]
    await filled.upsert(NAME, [Point(key(1), direction(1), None, {"visibility": "internal", "faq": True})])
    assert await shown(1, "visibility") == [{"visibility": "internal"}]
    assert await shown(1, "language", "faq") == [{"faq": True}]
    await filled.delete(NAME, where={"visibility": "internal"})
    assert await shown(1, "visibility") == []
    await filled.upsert(NAME, [Point(key(1), direction(1), None, {"visibility": "staff"})])
    assert await shown(1, "visibility") == [{"visibility": "staff"}]


async def test_points_go_by_id_and_by_filter_and_absent_ones_are_not_missed(filled: Vectors) -> None:
    await filled.delete(NAME, ids=[key(1), key(99)])
    assert await filled.count(NAME) == 4
    await filled.delete(NAME, where={"faq": True})
    assert await filled.ids(NAME) == [key(3), key(5)]
    await filled.delete(NAME, where={"visibility": "secret"})
    await filled.delete(NAME, ids=[])
    await filled.delete(NAME, where={})
    assert await filled.count(NAME) == 2
    assert await filled.count(NAME, {"language": "es"}) == 1


async def test_ids_come_in_order_page_by_page(filled: Vectors) -> None:
    assert await filled.ids(NAME, limit=2) == [key(1), key(2)]
    assert await filled.ids(NAME, after=key(2), limit=2) == [key(3), key(4)]
    assert await filled.ids(NAME, after=key(4), limit=2) == [key(5)]
    assert await filled.ids(NAME, after=key(5)) == []
    await filled.delete(NAME, ids=[key(2)])
    assert await filled.ids(NAME, after=key(2), limit=2) == [key(3), key(4)]


async def test_many_points_go_in_at_once(vectors: Vectors) -> None:
    await vectors.ensure(NAME, SIZE)
    await vectors.upsert(NAME, [Point(key(n), direction(n % 30)) for n in range(1, 701)])
    assert await vectors.count(NAME) == 700
    assert await vectors.optimize(NAME) is False


async def test_nothing_to_search_for_finds_nothing(filled: Vectors) -> None:
    assert await filled.search(NAME) == []
    assert await filled.search(NAME, sparse=sparse_query("the", ["en"])) == []
    assert await filled.search(NAME, sparse=sparse_query("  ", ["en", "es"])) == []


async def test_ensure_keeps_what_is_there_and_drop_leaves_nothing(filled: Vectors) -> None:
    await filled.ensure(NAME, SIZE)
    assert await filled.count(NAME) == len(TEXTS)
    assert await filled.collections() == [NAME]
    await filled.drop(NAME)
    await filled.drop(NAME)
    assert await filled.collections() == []
    with pytest.raises(VectorsUnavailable):
        await filled.search(NAME, dense=direction(1))
    await filled.ensure(NAME, SIZE)
    assert await filled.count(NAME) == 0


async def test_a_collection_that_was_never_made_is_unavailable(vectors: Vectors) -> None:
    for call in (
        vectors.search(NAME, dense=direction(1)),
        vectors.count(NAME),
        vectors.ids(NAME),
        vectors.upsert(NAME, [point(1)]),
        vectors.delete(NAME, ids=[key(1)]),
        vectors.optimize(NAME),
    ):
        with pytest.raises(VectorsUnavailable):
            await call


@pytest.mark.parametrize("name", ["../x", "", "Upper", "a/b", ".lock", "x" * 64])
async def test_a_name_that_is_no_name_is_refused(vectors: Vectors, name: str) -> None:
    with pytest.raises(ValueError, match="name"):
        await vectors.ensure(name, SIZE)


async def test_a_vector_of_another_length_is_refused_and_the_index_stays_whole(filled: Vectors) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  each engine says it in its own words
        await filled.upsert(NAME, [Point(key(9), [1.0, 2.0])])
    assert numbers(await filled.search(NAME, dense=direction(1), limit=1)) == [1]


async def test_searches_and_writes_go_on_side_by_side(filled: Vectors) -> None:
    async def write(start: int) -> None:
        await filled.upsert(NAME, [Point(key(n), direction(n)) for n in range(start, start + 50)])

    searches = [filled.search(NAME, dense=direction(n), limit=5) for n in range(40)]
    results = await asyncio.gather(*searches, *(write(100 * n) for n in range(1, 6)))
    assert all(len(hits) == 5 for hits in results[:40])
    assert await filled.count(NAME) == len(TEXTS) + 250
