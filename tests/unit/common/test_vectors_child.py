"""The process of large collections: who starts it, what its death costs, and that it never outlives its use."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from uuid import UUID

import numpy as np
import pytest

from services.common.ai.sparse import sparse_document
from services.common.ai.vectors import Hit, Point, VectorsBroken, VectorsUnavailable, edge, shard
from services.common.ai.vectors.child import Child
from services.common.ai.vectors.edge import EdgeVectors

NAME = "things-abc-1"
VECTOR = [1.0, 0.0, 0.0, 0.0]


def points(count: int, start: int = 1) -> list[Point]:
    rng = np.random.default_rng(start)
    return [
        Point(
            UUID(int=start + n), vector, sparse_document(f"word{n}", "en"), {"n": str(n), "even": n % 2 == 0}
        )
        for n, vector in enumerate(rng.normal(size=(count, 4)).astype(np.float32))
    ]


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[EdgeVectors]:
    """A store whose collection is in a child."""
    (tmp_path / f"{NAME}.large").touch()
    made = EdgeVectors(tmp_path)
    yield made
    await made.close()


def pid(store: EdgeVectors) -> int:
    assert store._child is not None
    assert store._child.pid is not None
    return store._child.pid


def runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def soon(true: Callable[[], bool], seconds: float = 20) -> bool:
    until = time.monotonic() + seconds
    while not true() and time.monotonic() < until:
        time.sleep(0.02)
    return true()


async def found(store: EdgeVectors) -> list[Hit]:
    return await store.search(NAME, dense=VECTOR, limit=10, fields=["n"])


async def test_a_small_collection_needs_no_process_and_one_that_has_grown_moves_when_it_is_optimised(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(edge, "_WORTH_OPTIMISING", 100)
    monkeypatch.setattr(shard, "_GRAPH_FROM", 1)
    store = EdgeVectors(tmp_path)
    await store.ensure(NAME, 4, keywords=["n"])
    await store.upsert(NAME, points(300))
    here = await found(store)
    assert store._child is None
    assert await store.optimize(NAME) is True
    assert await found(store) == here
    assert runs(pid(store))
    await store.upsert(NAME, points(5, start=1000))
    assert await store.count(NAME, {"even": True}) == 153
    await store.close()
    again = EdgeVectors(tmp_path)
    assert await again.count(NAME) == 305
    assert runs(pid(again))
    await again.close()


async def test_a_killed_child_is_started_again_and_has_all_that_was_acknowledged(store: EdgeVectors) -> None:
    await store.ensure(NAME, 4)
    await store.upsert(NAME, points(50))
    before, first = await found(store), pid(store)
    os.kill(first, signal.SIGKILL)
    assert await found(store) == before
    assert pid(store) != first
    os.kill(pid(store), signal.SIGKILL)
    await store.upsert(NAME, points(5, start=1000))
    os.kill(pid(store), signal.SIGKILL)
    assert await store.count(NAME) == 55
    os.kill(pid(store), signal.SIGKILL)
    await store.drop(NAME)
    assert await store.collections() == []


async def test_the_child_ends_with_its_store_and_not_by_the_signal_that_ends_the_parent(
    store: EdgeVectors,
) -> None:
    await store.ensure(NAME, 4)
    await store.upsert(NAME, points(5))
    process = pid(store)
    os.kill(process, signal.SIGTERM)
    await asyncio.sleep(0.1)
    assert await store.count(NAME) == 5
    assert pid(store) == process
    await store.close()
    assert not runs(process)


async def test_searches_and_writes_take_turns(store: EdgeVectors) -> None:
    await store.ensure(NAME, 4)
    await store.upsert(NAME, points(40))
    writes = [store.upsert(NAME, points(300, start=1000 * n)) for n in range(1, 4)]
    results = await asyncio.gather(*(found(store) for _ in range(30)), *writes)
    assert all(len(hits) == 10 for hits in results[:30] if hits is not None)
    assert await store.count(NAME) == 940


async def test_what_the_engine_says_is_said_here(store: EdgeVectors, tmp_path: Path) -> None:
    await store.ensure(NAME, 4)
    await store.upsert(NAME, points(5))
    with pytest.raises(ValueError, match="dimension"):
        await store.search(NAME, dense=[1.0, 2.0])
    with pytest.raises(ValueError, match="dimension"):
        await store.upsert(NAME, [Point(UUID(int=9), np.ones(3, dtype=np.float64))])
    os.kill(pid(store), signal.SIGKILL)
    for state in (tmp_path / NAME).glob("segments/*/segment.json"):
        state.write_text("{", "utf-8")
    with pytest.raises(VectorsBroken):
        await store.search(NAME, dense=VECTOR)
    await store.drop(NAME)
    await store.ensure(NAME, 4)
    assert await store.count(NAME) == 0
    assert not (tmp_path / f"{NAME}.large").exists()


async def test_a_call_that_hangs_ends_the_child_and_is_unavailable_for_a_while(tmp_path: Path) -> None:
    path = tmp_path / NAME
    shard.Shard.create(_made(path), 4, [])
    for file in [file for file in path.rglob("*") if file.is_file()]:
        file.unlink()
        os.mkfifo(file)  # whoever opens it waits for a writer
    with (tmp_path / "lock").open("w") as lock:
        child = Child(lock.fileno(), longest=0.5)
        with pytest.raises(VectorsUnavailable, match="died twice"):
            child.call(str(path), "count", None)
        with pytest.raises(VectorsUnavailable, match="a moment ago"):
            child.call(str(path), "count", None)
        assert child.pid is None


def _made(path: Path) -> Path:
    path.mkdir()
    return path


PARENT = """
import asyncio, sys, uuid
from pathlib import Path
from services.common.ai.vectors import Point
from services.common.ai.vectors.edge import EdgeVectors

async def main():
    store = EdgeVectors(Path(sys.argv[1]))
    await store.ensure("things-abc-1", 4)
    await store.upsert("things-abc-1", [Point(uuid.UUID(int=1), [1.0, 0, 0, 0], None, {"n": "1"})])
    print(store._child.pid, flush=True)
    await asyncio.sleep(600)

asyncio.run(main())
"""


def test_a_child_ends_with_a_parent_that_was_killed_and_holds_the_folder_until_then(tmp_path: Path) -> None:
    async def look() -> int:
        store = EdgeVectors(tmp_path)
        try:
            return await store.count(NAME)
        finally:
            await store.close()

    (tmp_path / f"{NAME}.large").touch()
    command = [sys.executable, "-c", PARENT, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        os.kill(child, signal.SIGSTOP)  # as one that is in the middle of a call
        parent.kill()
    assert runs(child)
    with pytest.raises(VectorsUnavailable, match="open"):
        asyncio.run(look())
    os.kill(child, signal.SIGCONT)

    def free() -> bool:
        with contextlib.suppress(VectorsUnavailable):
            return asyncio.run(look()) == 1
        return False

    assert soon(free)
