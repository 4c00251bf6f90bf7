"""Search when what it stands on is away: the full text answers and says so, and the index comes back the same."""

import asyncio
import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from services.common.ai.vectors import VectorsUnavailable
from services.common.ai.vectors.client import ClientVectors
from services.common.ai.vectors.edge import EdgeVectors
from services.kb.contract import SuggestionInput
from services.kb.index.jobs import mend
from services.kb.index.service import SearchIndex
from services.kb.models import passage
from tests.service.kb.bench import Bench
from tests.service.kb.conftest import Start
from tests.service.kb.fakes import ConceptEmbedder

BODY = "Pulse **Bloquear** en la app. La comisión del aviso ERR-77 es nula."


class AwayVectors(ClientVectors):
    """A store that stops answering when told to."""

    away = False
    hangs = False

    async def search_all(self, collection: str, questions: Any) -> Any:
        if self.hangs:
            await asyncio.sleep(60)
        if self.away:
            raise VectorsUnavailable("away")
        return await super().search_all(collection, questions)


@pytest.mark.hard("R-06")
@pytest.mark.parametrize("how", ["away", "hangs", "embedder"])
async def test_search_answers_from_the_full_text_and_says_so(start: Start, how: str) -> None:
    vectors = AwayVectors(":memory:")
    async with start(vectors=vectors) as kb:
        kb.desk.engine.patience = 0.2
        card = await kb.article("Tarjeta perdida", BODY, lang="es")
        await kb.article("Horario", "De nueve a cinco.", lang="es")
        if how == "embedder":
            kb.embedder.away = True
        else:
            setattr(vectors, how, True)
        for q in ("tarjeta", "TARJETAS perdidas", "comision", "err77", "bloquera"):
            page = await kb.client.search(q, lang="es")
            assert page.degraded
            assert [hit.article for hit in page.items][:1] == [card.id], q
        suggested = await kb.client.suggest(SuggestionInput(subject="tarjeta perdida", lang="es"))
        assert suggested.degraded
        assert suggested.items[0].article == card.id
        vectors.away = vectors.hangs = kb.embedder.away = False
        kb.desk.engine.patience = 10
        assert not (await kb.client.search("tarjeta perdida", lang="es")).degraded


@pytest.mark.hard("R-06")
async def test_writing_goes_on_while_the_index_is_away_and_is_indexed_when_it_returns(start: Start) -> None:
    class Away(ClientVectors):
        away = True

        async def upsert(self, *arguments: Any) -> None:
            if self.away:
                raise VectorsUnavailable("away")
            await super().upsert(*arguments)

    vectors = Away(":memory:")
    async with start(vectors=vectors) as kb:
        made = await kb.article("Tarjeta perdida", BODY, lang="es")
        page = await kb.client.search("tarjeta", lang="es")
        assert [hit.article for hit in page.items] == [made.id]  # the database has it already
        vectors.away = False
        kb.clock.advance(timedelta(minutes=10))
        await kb.work()
        page = await kb.client.search("tarjeta", lang="es")
        assert not page.degraded
        assert [hit.article for hit in page.items] == [made.id]


async def contents(vectors: Any, name: str) -> list[Any]:
    """Every point of a collection by id, with its payload: two equal indexes have equal contents."""
    found = await vectors.search(name, dense=[1.0] * 64, limit=1000)
    return sorted((str(hit.id), sorted((k, str(v)) for k, v in hit.payload.items())) for hit in found)


@pytest.mark.hard("R-06")
@pytest.mark.parametrize("damage", ["lost", "corrupt"])
async def test_a_lost_or_damaged_index_is_noticed_and_rebuilt_the_same(
    start: Start, tmp_path: Path, damage: str
) -> None:
    folder = tmp_path / "vectors"
    async with start(vectors=EdgeVectors(folder)) as kb:
        for number in range(5):
            await kb.article(
                f"Tarjeta {number}", BODY, lang="es", also={"en": (f"Card {number}", "Freeze it.")}
            )
        active = await kb.desk.index.active()
        assert active is not None
        before = await contents(kb.vectors, active.name)
        embedded = kb.embedder.encoded
    for file in folder.rglob("*"):
        if file.is_file() and file.name != ".lock":
            file.write_bytes(b"\x00garbage") if damage == "corrupt" else None
    if damage == "lost":
        shutil.rmtree(folder)
    async with start(vectors=EdgeVectors(folder)) as kb:
        page = await kb.client.search("tarjeta", lang="es")
        assert page.degraded
        assert page.items
        assert await mend(kb.desk) is not None
        await kb.work()
        page = await kb.client.search("tarjeta", lang="es")
        assert not page.degraded
        active = await kb.desk.index.active()
        assert active is not None
        assert await contents(kb.vectors, active.name) == before
        assert kb.embedder.encoded == 0, "vectors come from the database"
        assert embedded > 0
        assert await mend(kb.desk) is None


async def test_another_embedder_gets_an_index_of_its_own(start: Start) -> None:
    vectors = ClientVectors(":memory:")
    async with start(vectors=vectors) as kb:
        await kb.article("Tarjeta perdida", BODY, lang="es")
    vectors = ClientVectors(":memory:")
    async with start(vectors=vectors, embedder=ConceptEmbedder("concepts0002")) as kb:
        assert (await kb.client.search("tarjeta", lang="es")).degraded
        await mend(kb.desk)
        await kb.work()
        assert not (await kb.client.search("tarjeta", lang="es")).degraded
        stored = {row.fingerprint for row in await kb.rows(sa.select(passage.c.fingerprint))}
        assert stored == {kb.desk.index.recipe}


@pytest.mark.hard("R-06")
async def test_search_is_answered_by_the_old_index_while_a_new_one_is_filled(kb: Bench) -> None:
    await kb.article("Tarjeta perdida", BODY, lang="es")
    seen = []

    async def report(done: int, total: int, note: str) -> None:
        seen.append((await kb.client.search("tarjeta", lang="es")).degraded)

    old = await kb.desk.index.active()
    await kb.desk.index.rebuild(report)
    new = await kb.desk.index.active()
    assert seen == [False]
    assert old is not None
    assert new is not None
    assert old.name != new.name
    assert await kb.vectors.collections() == [new.name]


@pytest.mark.hard("R-06")
async def test_a_rebuild_by_another_process_interrupts_no_search(kb: Bench) -> None:
    made = await kb.article("Bloquear la tarjeta", BODY, lang="es")
    assert made.id in await kb.found("bloquear tarjeta")
    desk = kb.desk  # it remembers for seconds which collection answers; the other process drops that one
    other = SearchIndex(desk.db, kb.clock, desk.index.embedder, desk.index.vectors)

    async def quiet(done: int, total: int, note: str) -> None:
        return None

    await other.rebuild(quiet)
    page = await kb.client.search("bloquear tarjeta")
    assert [hit.article for hit in page.items] == [made.id]
    assert not page.degraded
