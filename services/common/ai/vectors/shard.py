"""One collection in the embedded engine: our questions and points in its terms, and its errors in ours.

Everything here blocks, and every call of the engine holds Python's lock; who calls from which thread or process is
the business of `edge.py`.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Protocol, TypeVar
from uuid import UUID

import numpy as np
import qdrant_edge as qe

from services.common.ai.vectors import (
    FLAGS,
    Dense,
    Hit,
    Point,
    Search,
    VectorsBroken,
    VectorsUnavailable,
    Where,
    conditions,
    shown,
    stored,
)

T = TypeVar("T")

_REMEMBERED: Final = 200_000  # points whose payload is remembered: 80 MB
_FLUSH_EVERY: Final = 4096  # points, so that the log that a start replays stays short
_GRAPH_FROM: Final = 10_000  # kilobytes of vectors: less than so many points of 384 numbers


class Collection(Protocol):
    """What `EdgeVectors` does with one collection, wherever its shard is open."""

    def search(self, questions: list[Search]) -> list[list[Hit]]:
        """The best points for each question."""
        ...

    def upsert(self, points: list[Point]) -> None:
        """Store points; now and then everything is written down."""
        ...

    def remove(self, ids: list[UUID], where: Mapping[str, Any] | None) -> None:
        """Remove points by id, and by filter where there is one."""
        ...

    def count(self, where: Mapping[str, Any] | None) -> int:
        """How many points there are, exactly."""
        ...

    def ids(self, after: UUID | None, limit: int) -> list[UUID]:
        """Ids in ascending order, beyond `after`."""
        ...

    def ungraphed(self) -> int:
        """Points whose vectors are scanned because no graph has them yet."""
        ...

    def flush(self) -> None:
        """Write everything down."""
        ...

    def close(self) -> None:
        """Write everything down and let go of the files."""
        ...


class Shard:
    """Implements `Collection` in this process."""

    def __init__(self, path: str) -> None:
        try:
            self._shard = qe.EdgeShard.load(path)
        except Exception as error:
            raise VectorsBroken(str(error)) from error
        self._payloads = Payloads(self._shard)
        self._unflushed = 0

    @staticmethod
    def create(path: Path, dimensions: int, keywords: Sequence[str]) -> None:
        """An empty collection in a folder that is empty, too."""
        shard = qe.EdgeShard.create(str(path), _config(dimensions))
        for field in (*keywords, FLAGS):
            shard.update(qe.UpdateOperation.create_field_index(field, qe.PayloadSchemaType.Keyword))
        shard.flush()
        shard.close()

    def search(self, questions: list[Search]) -> list[list[Hit]]:
        requests = [(question.fields, _request(question)) for question in questions]
        return [
            [] if request is None else self._payloads.hits(self._shard.query(request), fields)
            for fields, request in requests
        ]

    def upsert(self, points: list[Point]) -> None:
        self._payloads.forget(points)
        self._shard.update(qe.UpdateOperation.upsert_points([_point(point) for point in points]))
        self._unflushed += len(points)
        if self._unflushed >= _FLUSH_EVERY:
            self.flush()

    def remove(self, ids: list[UUID], where: Mapping[str, Any] | None) -> None:
        if ids:
            self._shard.update(qe.UpdateOperation.delete_points([*ids]))
        condition = _filter(where, None)
        if condition is not None:
            self._shard.update(qe.UpdateOperation.delete_points_by_filter(condition))

    def count(self, where: Mapping[str, Any] | None) -> int:
        return self._shard.count(qe.CountRequest(exact=True, filter=_filter(where, None)))

    def ids(self, after: UUID | None, limit: int) -> list[UUID]:
        # The engine's offset is the first id of the page itself.
        request = qe.ScrollRequest(offset=after, limit=limit + 1, with_payload=False, with_vector=False)
        records, _ = self._shard.scroll(request)
        return [key for record in records if (key := _uuid(record.id)) != after][:limit]

    def ungraphed(self) -> int:
        info = self._shard.info()
        # The engine's sum of indexed vectors has the sparse ones in it, which it always indexes.
        condition: Any = qe.HasVectorCondition("sparse")
        sparse = self._shard.count(qe.CountRequest(exact=True, filter=qe.Filter(must=[condition])))
        return info.points_count - (info.indexed_vectors_count - sparse)

    def flush(self) -> None:
        self._shard.flush()
        self._unflushed = 0

    def close(self) -> None:
        self._shard.close()


class Payloads:
    """The payload fields that searches of one collection ask for, by point.

    The engine takes longer to hand out one field of a payload than to find the point. What is remembered stays true
    because the store is the only one to write: a point that is stored again is forgotten, and one that was removed is
    found no more.
    """

    def __init__(self, shard: qe.EdgeShard) -> None:
        self._shard = shard
        self._known: dict[tuple[str, ...], dict[UUID, dict[str, Any]]] = {}

    def hits(self, found: Sequence[Any], fields: Sequence[str] | None) -> list[Hit]:
        """What the engine found, with all of the payload that it gave, or with the fields as they are known here."""
        if fields is None:
            return [Hit(_uuid(hit.id), hit.score, shown(hit.payload)) for hit in found]
        known = self._known.setdefault(tuple(fields), {})
        scores = [(_uuid(hit.id), hit.score) for hit in found]
        unknown = [key for key, _ in scores if key not in known]
        if unknown and len(known) + len(unknown) > _REMEMBERED:
            known.clear()
            unknown = [key for key, _ in scores]
        if unknown:
            for record in self._shard.retrieve([*unknown], with_payload=list(fields), with_vector=False):
                known[_uuid(record.id)] = shown(record.payload)
        return [Hit(key, score, known[key]) for key, score in scores]

    def forget(self, points: Sequence[Point]) -> None:
        """These are about to be stored anew."""
        for known in self._known.values():
            for point in points:
                known.pop(point.id, None)


def guarded(work: Callable[..., T], *arguments: Any) -> T:
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


def _numbers(dense: Dense | bytes) -> list[float]:
    """A vector as the engine takes it; from another process it came as the bytes of its float32."""
    found = (
        np.frombuffer(dense, np.float32) if isinstance(dense, bytes) else np.asarray(dense, dtype=np.float32)
    )
    numbers: list[float] = found.tolist()
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
    wanted = question.fields is None  # the fields that are asked for come from `Payloads`
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


def _uuid(value: Any) -> UUID:
    return value if isinstance(value, UUID) else UUID(str(value))
