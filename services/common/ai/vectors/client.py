"""The distributed vector store: a Qdrant server through its client; `:memory:` is the client's own for tests."""

import time
from collections.abc import Coroutine, Sequence
from typing import Any, Final, TypeVar
from uuid import UUID

import httpx
import numpy as np
from qdrant_client import AsyncQdrantClient, models
from qdrant_client.http.exceptions import ApiException, ResponseHandlingException, UnexpectedResponse

from services.common.ai.vectors import (
    FLAGS,
    Fusion,
    Hit,
    Point,
    Search,
    VectorsUnavailable,
    Where,
    checked,
    conditions,
    shown,
    stored,
)

T = TypeVar("T")

_TIMEOUT: Final = 5  # seconds; a search takes milliseconds, and behind it a person waits
_PAUSE: Final = 2.0  # seconds without a further try after the server did not answer
_SLICE: Final = 256
_MEMORY: Final = ":memory:"


class ClientVectors:
    """Implements `Vectors` on a server. `prefix` keeps the services' collections apart on one server."""

    def __init__(self, url: str, *, key: str = "", prefix: str = "") -> None:
        self._prefix = prefix
        self._away_until = 0.0
        self._memory = url == _MEMORY
        if self._memory:
            self._client = AsyncQdrantClient(location=_MEMORY)
        else:
            self._client = AsyncQdrantClient(
                url=url, api_key=key or None, timeout=_TIMEOUT, check_compatibility=False
            )

    async def ensure(self, collection: str, dimensions: int, *, keywords: Sequence[str] = ()) -> None:
        name = self._name(collection)
        if await self._call(self._client.collection_exists(name)):
            return
        vectors = {"dense": models.VectorParams(size=dimensions, distance=models.Distance.COSINE)}
        sparse = {"sparse": models.SparseVectorParams(modifier=models.Modifier.IDF)}
        try:
            await self._call(
                self._client.create_collection(name, vectors_config=vectors, sparse_vectors_config=sparse)
            )
        except VectorsUnavailable:
            if not await self._call(self._client.collection_exists(name)):  # another replica was first
                raise
        for field in () if self._memory else (*keywords, FLAGS):  # in memory there are no indexes to make
            await self._call(self._client.create_payload_index(name, field, models.PayloadSchemaType.KEYWORD))

    async def upsert(self, collection: str, points: Sequence[Point]) -> None:
        for start in range(0, len(points), _SLICE):
            slice_ = [_point(point) for point in points[start : start + _SLICE]]
            await self._call(self._client.upsert(self._name(collection), slice_, wait=True))

    async def delete(
        self, collection: str, *, ids: Sequence[UUID] | None = None, where: Where | None = None
    ) -> None:
        if ids:
            selector = models.PointIdsList(points=[str(key) for key in ids])
            await self._call(self._client.delete(self._name(collection), selector, wait=True))
        condition = _filter(where, None)
        if condition is not None:
            by_filter = models.FilterSelector(filter=condition)
            await self._call(self._client.delete(self._name(collection), by_filter, wait=True))

    async def search(self, collection: str, **question: Any) -> list[Hit]:
        return (await self.search_all(collection, [Search(**question)]))[0]

    async def search_all(self, collection: str, questions: Sequence[Search]) -> list[list[Hit]]:
        requests = [_request(question) for question in questions]
        asked = [request for request in requests if request is not None]
        if not asked:
            return [[] for _ in requests]
        answers = iter(await self._call(self._client.query_batch_points(self._name(collection), asked)))
        return [[] if request is None else _hits(next(answers)) for request in requests]

    async def count(self, collection: str, where: Where | None = None) -> int:
        found = await self._call(
            self._client.count(self._name(collection), count_filter=_filter(where, None), exact=True)
        )
        return found.count

    async def ids(self, collection: str, *, after: UUID | None = None, limit: int = 1000) -> list[UUID]:
        offset = str(after) if after else None
        records, _ = await self._call(
            self._client.scroll(self._name(collection), limit=limit + 1, offset=offset, with_payload=False)
        )
        return [key for record in records if (key := UUID(str(record.id))) != after][:limit]

    async def collections(self) -> list[str]:
        found = await self._call(self._client.get_collections())
        start = len(self._prefix)
        return sorted(c.name[start:] for c in found.collections if c.name.startswith(self._prefix))

    async def drop(self, collection: str) -> None:
        await self._call(self._client.delete_collection(self._name(collection)))

    async def optimize(self, collection: str) -> bool:
        """The server optimises by itself."""
        await self.count(collection)
        return False

    async def close(self) -> None:
        await self._client.close()

    def _name(self, collection: str) -> str:
        return self._prefix + checked(collection)

    async def _call(self, call: Coroutine[Any, Any, T]) -> T:
        if time.monotonic() < self._away_until:
            call.close()
            raise VectorsUnavailable("the vector server did not answer a moment ago")
        try:
            return await call
        except UnexpectedResponse as error:
            raise VectorsUnavailable(f"the vector server answered {error.status_code}") from error
        except (ApiException, ResponseHandlingException, httpx.HTTPError) as error:
            self._away_until = time.monotonic() + _PAUSE
            raise VectorsUnavailable("the vector server does not answer") from error
        except ValueError as error:
            if "not found" in str(error):  # the in-memory mode's 404
                raise VectorsUnavailable(str(error)) from error
            raise


def _point(point: Point) -> models.PointStruct:
    vector: dict[str, Any] = {"dense": np.asarray(point.dense, dtype=np.float32).tolist()}
    if point.sparse is not None:
        vector["sparse"] = models.SparseVector(indices=point.sparse.indices, values=point.sparse.values)
    return models.PointStruct(id=str(point.id), vector=vector, payload=stored(point.payload))


def _request(question: Search) -> models.QueryRequest | None:
    queries: list[tuple[str, Any]] = []
    if question.dense is not None:
        queries.append(("dense", np.asarray(question.dense, dtype=np.float32).tolist()))
    sparse = question.sparse
    if sparse is not None and sparse.indices:
        queries.append(("sparse", models.SparseVector(indices=sparse.indices, values=sparse.values)))
    if not queries:
        return None
    condition = _filter(question.where, question.unless)
    fields = True if question.fields is None else list(question.fields)
    if len(queries) == 1:
        using, query = queries[0]
        return models.QueryRequest(
            query=query, using=using, filter=condition, limit=question.limit, with_payload=fields
        )
    depth = max(50, 4 * question.limit)  # fusion sees beyond the page, or a point that both find late is lost
    prefetch = [
        models.Prefetch(query=query, using=using, filter=condition, limit=depth) for using, query in queries
    ]
    fused = _fusion(question.fusion, question.weights, question.rank_constant)
    return models.QueryRequest(prefetch=prefetch, query=fused, limit=question.limit, with_payload=fields)


def _hits(answer: models.QueryResponse) -> list[Hit]:
    return [Hit(UUID(str(hit.id)), hit.score, shown(hit.payload)) for hit in answer.points]


def _filter(where: Where | None, unless: Where | None) -> models.Filter | None:
    if not where and not unless:
        return None
    return models.Filter(
        must=[_condition(field, words) for field, words in conditions(where)],
        must_not=[_condition(field, words) for field, words in conditions(unless)],
    )


def _condition(field: str, words: list[str]) -> models.FieldCondition:
    return models.FieldCondition(key=field, match=models.MatchAny(any=words))


def _fusion(fusion: Fusion, weights: tuple[float, float] | None, constant: int) -> Any:
    if fusion == "dbsf":
        return models.FusionQuery(fusion=models.Fusion.DBSF)
    return models.RrfQuery(rrf=models.Rrf(k=constant, weights=list(weights) if weights else None))
