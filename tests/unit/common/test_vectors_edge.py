"""What the embedded vector store does with a folder that is held, damaged, killed over, or has grown."""

import asyncio
import subprocess
import sys
from pathlib import Path
from uuid import UUID

import numpy as np
import pytest

from services.common.ai.sparse import sparse_document
from services.common.ai.vectors import Point, VectorsBroken, VectorsUnavailable, edge, shard
from services.common.ai.vectors.edge import EdgeVectors

NAME = "things-abc-1"


def points(count: int, start: int = 1) -> list[Point]:
    rng = np.random.default_rng(start)
    return [
        Point(
            UUID(int=start + n),
            vector,
            sparse_document(f"word{n}", "en"),
            {"parity": "even" if n % 2 == 0 else "odd", "first": n == 0},
        )
        for n, vector in enumerate(rng.normal(size=(count, 4)).astype(np.float32))
    ]


async def test_what_was_stored_is_there_after_closing_and_opening_again(tmp_path: Path) -> None:
    store = EdgeVectors(tmp_path)
    await store.ensure(NAME, 4, keywords=["parity"])
    await store.upsert(NAME, points(10))
    await store.close()
    await store.close()
    again = EdgeVectors(tmp_path)
    assert await again.count(NAME, {"parity": "odd"}) == 5
    assert await again.count(NAME, {"first": True}) == 1
    await again.close()


async def test_a_folder_that_another_store_has_open_is_unavailable_until_it_is_let_go(tmp_path: Path) -> None:
    first, second = EdgeVectors(tmp_path), EdgeVectors(tmp_path)
    await first.ensure(NAME, 4)
    await first.upsert(NAME, points(3))
    with pytest.raises(VectorsUnavailable, match="open") as caught:
        await second.search(NAME, dense=[1, 0, 0, 0])
    assert not isinstance(caught.value, VectorsBroken)
    assert await first.count(NAME) == 3
    await first.close()
    assert await second.count(NAME) == 3
    await second.close()


async def test_a_damaged_collection_is_called_broken_and_mended_by_dropping_it(tmp_path: Path) -> None:
    store = EdgeVectors(tmp_path)
    await store.ensure(NAME, 4)
    await store.ensure("whole", 4)
    await store.upsert(NAME, points(20))
    await store.upsert("whole", points(2))
    await store.close()
    for state in (tmp_path / NAME).glob("segments/*/segment.json"):
        state.write_text("{", "utf-8")
    store = EdgeVectors(tmp_path)
    with pytest.raises(VectorsBroken):
        await store.search(NAME, dense=[1, 0, 0, 0])
    with pytest.raises(VectorsBroken):
        await store.ensure(NAME, 4)
    assert await store.count("whole") == 2
    await store.drop(NAME)
    await store.ensure(NAME, 4)
    await store.upsert(NAME, points(1))
    assert await store.count(NAME) == 1
    await store.close()


async def test_a_folder_that_cannot_be_written_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way", "utf-8")
    store = EdgeVectors(tmp_path / "file" / "below")
    with pytest.raises(VectorsUnavailable):
        await store.ensure(NAME, 4)
    assert await store.collections() == []


async def test_a_collection_that_has_grown_is_optimised_while_searches_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(edge, "_WORTH_OPTIMISING", 100)
    monkeypatch.setattr(shard, "_GRAPH_FROM", 1)
    store = EdgeVectors(tmp_path)
    await store.ensure(NAME, 4, keywords=["parity"])
    await store.upsert(NAME, points(300))
    optimising = asyncio.create_task(store.optimize(NAME))
    writing = asyncio.create_task(store.upsert(NAME, points(5, start=1000)))
    searches = 0
    while not optimising.done():
        assert len(await store.search(NAME, dense=[1, 0, 0, 0], where={"parity": "odd"}, limit=5)) == 5
        searches += 1
        await asyncio.sleep(0.01)
    assert await optimising is True
    await writing
    assert searches > 3
    assert await store.count(NAME) == 305
    assert await store.collections() == [NAME]
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_dir()) == [NAME]
    assert await store.optimize(NAME) is False
    await store.close()


async def test_remembered_payloads_are_bounded_and_every_hit_has_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shard, "_REMEMBERED", 10)
    store = EdgeVectors(tmp_path)
    await store.ensure(NAME, 4)
    await store.upsert(NAME, points(60))
    whole = {point.id: point.payload["parity"] for point in points(60)}
    for part in range(1, 60):
        found = await store.search(NAME, dense=points(60)[part].dense, limit=8, fields=["parity"])
        assert len(found) == 8
        assert all(hit.payload == {"parity": whole[hit.id]} for hit in found)
    here = store._shards[NAME]
    assert isinstance(here, shard.Shard)
    (known,) = here._payloads._known.values()
    assert len(known) <= 10 + 8
    await store.close()


async def test_leftovers_of_a_cut_off_optimisation_are_cleared_away(tmp_path: Path) -> None:
    (tmp_path / f"{NAME}.copy" / "segments").mkdir(parents=True)
    store = EdgeVectors(tmp_path)
    assert await store.collections() == []
    await store.ensure(NAME, 4)
    assert not (tmp_path / f"{NAME}.copy").exists()
    await store.close()


WRITER = """
import asyncio, sys, uuid
from pathlib import Path
from services.common.ai.vectors import Point
from services.common.ai.vectors.edge import EdgeVectors

async def main():
    store = EdgeVectors(Path(sys.argv[1]))
    await store.ensure("things-abc-1", 4)
    for n in range(1, 1_000_000):
        await store.upsert("things-abc-1", [Point(uuid.UUID(int=n), [1.0, n, 0, 0], None, {"n": str(n)})])
        print(n, flush=True)

asyncio.run(main())
"""


def test_a_killed_writer_leaves_an_index_with_all_that_it_reported(tmp_path: Path) -> None:
    command = [sys.executable, "-c", WRITER, str(tmp_path)]
    for _ in range(3):
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
            assert writer.stdout is not None
            while int(writer.stdout.readline()) < 150:
                pass
            writer.kill()
            lines = writer.stdout.read().splitlines(keepends=True)
        reported = max([int(line) for line in lines if line.endswith("\n")], default=150)

        async def look(expected: int) -> None:
            store = EdgeVectors(tmp_path)
            assert await store.count(NAME) >= expected
            assert len(await store.search(NAME, dense=[1, 0, 0, 0], limit=5)) == 5
            await store.close()

        asyncio.run(look(reported))
