"""The embedded vector store: one Qdrant Edge shard a collection, in a folder that one process has open.

Every call of the engine holds Python's lock, so that points go in by slices and optimising, which takes half a
minute from twenty thousand points on, happens in a child process on a copy that is swapped in.
"""

import asyncio
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, TypeVar
from uuid import UUID

import numpy as np
import qdrant_edge as qe
from filelock import FileLock, Timeout

from services.common.ai.vectors import (
    FLAGS,
    Dense,
    Hit,
    Point,
    Search,
    VectorsBroken,
    VectorsUnavailable,
    Where,
    checked,
    conditions,
    shown,
    stored,
)

T = TypeVar("T")

_SLICE: Final = 256  # points a call: 6 ms, in which nothing else of the process runs
_FLUSH_EVERY: Final = 4096  # points, so that the log that a start replays stays short
_WORTH_OPTIMISING: Final = 10_000  # points without a graph; so many the engine scans in 2 ms
_GRAPH_FROM: Final = 10_000  # kilobytes of vectors: less than so many points of 384 numbers
_OPTIMISE: Final = (
    "import sys, qdrant_edge as q; s = q.EdgeShard.load(sys.argv[1]); s.optimize(); s.flush(); s.close()"
)


class EdgeVectors:
    """Implements `Vectors` on a folder. Opened by the first call; one process at a time."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._file = FileLock(folder / ".lock", timeout=0, thread_local=False)
        self._shards: dict[str, qe.EdgeShard] = {}
        self._unflushed: dict[str, int] = {}
        self._guard = threading.RLock()  # held by readers only while they look up or use a shard
        self._closed = False
        self._writer = ThreadPoolExecutor(1, "vectors-write")
        self._reader = ThreadPoolExecutor(2, "vectors-read")

    async def ensure(self, collection: str, dimensions: int, *, keywords: Sequence[str] = ()) -> None:
        await self._write(self._ensure, collection, dimensions, keywords)

    async def upsert(self, collection: str, points: Sequence[Point]) -> None:
        for start in range(0, len(points), _SLICE):
            await self._write(self._upsert, collection, points[start : start + _SLICE])

    async def delete(
        self, collection: str, *, ids: Sequence[UUID] | None = None, where: Where | None = None
    ) -> None:
        if ids:
            await self._write(self._update, collection, qe.UpdateOperation.delete_points(list(ids)))
        condition = _filter(where, None)
        if condition is not None:
            operation = qe.UpdateOperation.delete_points_by_filter(condition)
            await self._write(self._update, collection, operation)

    async def search(self, collection: str, **question: Any) -> list[Hit]:
        return (await self.search_all(collection, [Search(**question)]))[0]

    async def search_all(self, collection: str, questions: Sequence[Search]) -> list[list[Hit]]:
        requests = [_request(question) for question in questions]

        def run(shard: qe.EdgeShard) -> list[list[Hit]]:
            return [[] if request is None else _hits(shard.query(request)) for request in requests]

        return await self._read(run, collection)

    async def count(self, collection: str, where: Where | None = None) -> int:
        request = qe.CountRequest(exact=True, filter=_filter(where, None))
        return await self._read(lambda shard: shard.count(request), collection)

    async def ids(self, collection: str, *, after: UUID | None = None, limit: int = 1000) -> list[UUID]:
        # The engine's offset is the first id of the page itself.
        request = qe.ScrollRequest(offset=after, limit=limit + 1, with_payload=False, with_vector=False)
        records, _ = await self._read(lambda shard: shard.scroll(request), collection)
        return [key for record in records if (key := _uuid(record.id)) != after][:limit]

    async def collections(self) -> list[str]:
        return await asyncio.to_thread(self._collections)

    async def drop(self, collection: str) -> None:
        await self._write(self._drop, collection)

    async def optimize(self, collection: str) -> bool:
        return await self._write(self._optimize, collection)

    async def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        await self._write(self._close)
        self._writer.shutdown()
        self._reader.shutdown()

    async def _write(self, work: Callable[..., T], *arguments: Any) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._writer, _guarded, work, *arguments)

    async def _read(self, work: Callable[[qe.EdgeShard], T], collection: str) -> T:
        def run() -> T:
            with self._guard:
                return work(self._shard(collection))

        return await asyncio.get_running_loop().run_in_executor(self._reader, _guarded, run)

    def _path(self, collection: str) -> Path:
        return self.folder / checked(collection)

    def _lock(self) -> None:
        if self._file.is_locked:
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        try:
            self._file.acquire()
        except Timeout:
            raise VectorsUnavailable(f"another process has {self.folder} open") from None
        for left in (
            *self.folder.glob("*.copy"),
            *self.folder.glob("*.old"),
        ):  # an optimisation that was cut off
            shutil.rmtree(left, ignore_errors=True)

    def _shard(self, collection: str) -> qe.EdgeShard:
        with self._guard:
            if collection not in self._shards:
                self._lock()
                path = self._path(collection)
                if not path.is_dir():
                    raise VectorsUnavailable(f"there is no collection {collection}")
                try:
                    self._shards[collection] = qe.EdgeShard.load(str(path))
                except Exception as error:
                    raise VectorsBroken(str(error)) from error
            return self._shards[collection]

    def _ensure(self, collection: str, dimensions: int, keywords: Sequence[str]) -> None:
        with self._guard:
            self._lock()
            path = self._path(collection)
            if path.is_dir():
                self._shard(collection)
                return
            made = path.with_suffix(".copy")
            made.mkdir()
            shard = qe.EdgeShard.create(str(made), _config(dimensions))
            for field in (*keywords, FLAGS):
                shard.update(qe.UpdateOperation.create_field_index(field, qe.PayloadSchemaType.Keyword))
            shard.flush()
            shard.close()
            os.replace(made, path)  # a collection is there whole or not at all
            self._shard(collection)

    def _upsert(self, collection: str, points: Sequence[Point]) -> None:
        self._update(collection, qe.UpdateOperation.upsert_points([_point(point) for point in points]))
        self._unflushed[collection] = self._unflushed.get(collection, 0) + len(points)
        if self._unflushed[collection] >= _FLUSH_EVERY:
            self._flush(collection)

    def _update(self, collection: str, operation: qe.UpdateOperation) -> None:
        with self._guard:
            self._shard(collection).update(operation)

    def _flush(self, collection: str) -> None:
        with self._guard:
            self._shard(collection).flush()
        self._unflushed[collection] = 0

    def _collections(self) -> list[str]:
        if not self.folder.is_dir():
            return []
        return sorted(path.name for path in self.folder.iterdir() if path.is_dir() and not path.suffix)

    def _drop(self, collection: str) -> None:
        with self._guard:
            self._lock()
            with suppress(Exception):  # a damaged shard may not close; its files go all the same
                self._let_go(collection)
            shutil.rmtree(self._path(collection), ignore_errors=True)

    def _let_go(self, collection: str) -> None:
        shard = self._shards.pop(collection, None)
        self._unflushed.pop(collection, None)
        if shard is not None:
            shard.close()

    def _optimize(self, collection: str) -> bool:
        with self._guard:
            shard = self._shard(collection)
            info = shard.info()
            # The engine's sum of indexed vectors has the sparse ones in it, which it always indexes.
            condition: Any = qe.HasVectorCondition("sparse")
            sparse = shard.count(qe.CountRequest(exact=True, filter=qe.Filter(must=[condition])))
        if info.points_count - (info.indexed_vectors_count - sparse) < _WORTH_OPTIMISING:
            return False
        self._flush(collection)
        path = self._path(collection)
        copy, old = path.with_suffix(".copy"), path.with_suffix(".old")
        # Writes wait behind this in the writer's queue, so the copy misses nothing; searches go on.
        shutil.copytree(path, copy)
        try:
            subprocess.run([sys.executable, "-c", _OPTIMISE, str(copy)], check=True, capture_output=True)  # noqa: S603
        except subprocess.CalledProcessError as error:
            shutil.rmtree(copy, ignore_errors=True)
            raise VectorsUnavailable(f"optimising {collection} failed: {error.stderr[-300:]!r}") from error
        with self._guard:
            self._let_go(collection)
            os.replace(path, old)
            os.replace(copy, path)
            self._shard(collection)
        shutil.rmtree(old, ignore_errors=True)
        return True

    def _close(self) -> None:
        with self._guard:
            for collection in list(self._shards):
                self._let_go(collection)
            self._file.release()


def _guarded(work: Callable[..., T], *arguments: Any) -> T:
    """Run, and give the engine's bare exceptions, and its panics outside `Exception`, a class of ours."""
    try:
        return work(*arguments)
    except (VectorsUnavailable, ValueError):
        raise
    except Exception as error:
        if "dimension" in str(error):  # the caller's mistake, not the index's
            raise ValueError(str(error)) from error
        raise VectorsUnavailable(str(error)) from error
    except BaseException as error:
        if type(error).__name__ == "PanicException":
            raise VectorsBroken(str(error)) from error
        raise


def _config(dimensions: int) -> qe.EdgeConfig:
    return qe.EdgeConfig(
        vectors={"dense": qe.EdgeVectorParams(size=dimensions, distance=qe.Distance.Cosine)},
        sparse_vectors={"sparse": qe.EdgeSparseVectorParams(modifier=qe.Modifier.Idf)},
        optimizers=qe.EdgeOptimizersConfig(indexing_threshold=_GRAPH_FROM),
    )


def _point(point: Point) -> qe.Point:
    vector: dict[str, Any] = {"dense": _numbers(point.dense)}
    if point.sparse is not None:
        vector["sparse"] = qe.SparseVector(point.sparse.indices, point.sparse.values)
    return qe.Point(point.id, vector, stored(point.payload))


def _numbers(dense: Dense) -> list[float]:
    numbers: list[float] = np.asarray(dense, dtype=np.float32).tolist()
    return numbers


def _filter(where: Where | None, unless: Where | None) -> qe.Filter | None:
    if not where and not unless:
        return None
    return qe.Filter(must=_conditions(where), must_not=_conditions(unless))


def _conditions(where: Where | None) -> list[Any]:
    return [qe.FieldCondition(field, match=qe.MatchAny(words)) for field, words in conditions(where)]


def _request(question: Search) -> qe.QueryRequest | None:
    queries = []
    if question.dense is not None:
        queries.append(qe.Query.Nearest(_numbers(question.dense), using="dense"))
    sparse = question.sparse
    if sparse is not None and sparse.indices:
        queries.append(qe.Query.Nearest(qe.SparseVector(sparse.indices, sparse.values), using="sparse"))
    if not queries:
        return None
    condition = _filter(question.where, question.unless)
    wanted: Any = True if question.fields is None else list(question.fields)
    if len(queries) == 1:
        return qe.QueryRequest(limit=question.limit, query=queries[0], filter=condition, with_payload=wanted)
    depth = max(50, 4 * question.limit)  # fusion sees beyond the page, or a point that both find late is lost
    prefetches = [qe.Prefetch(limit=depth, query=query, filter=condition) for query in queries]
    return qe.QueryRequest(
        limit=question.limit, query=_fused(question), prefetches=prefetches, with_payload=wanted
    )


def _fused(question: Search) -> Any:
    if question.fusion == "dbsf":
        return qe.Fusion.Dbsf()
    return qe.Fusion.Rrf(question.rank_constant, list(question.weights) if question.weights else None)


def _hits(found: Sequence[Any]) -> list[Hit]:
    return [Hit(_uuid(hit.id), hit.score, shown(hit.payload)) for hit in found]


def _uuid(value: Any) -> UUID:
    return value if isinstance(value, UUID) else UUID(str(value))
