"""The vector port: what search by meaning and by words needs of an index, with two implementations.

`EdgeVectors` runs the engine in this process on a folder, `ClientVectors` speaks to a Qdrant server. The truth is
rows in SQL: whoever cannot reach an index (:class:`VectorsUnavailable`) answers without it, and whoever finds one
broken (:class:`VectorsBroken`) drops the collection and fills it again.
"""

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol
from uuid import UUID

import msgspec
import numpy as np
import numpy.typing as npt

from services.common.errors import Unavailable

if TYPE_CHECKING:  # what it imports would triple the start of the index's own process
    from services.common.settings import Settings

Dense = npt.NDArray[np.float32] | Sequence[float]
Match = str | bool | Sequence[str]
Where = Mapping[str, Match]
Fusion = Literal["rrf", "dbsf"]

SPARSE_RECIPE: Final = 1  # raise it when `sparse.py` gives other numbers to the same text
RANK_CONSTANT: Final = 60  # of the paper that named reciprocal rank fusion
FLAGS: Final = "_flags"
_NAME: Final = re.compile(r"[a-z][a-z0-9_-]{0,62}")


class VectorsUnavailable(Unavailable):
    """The index cannot be reached: the server is away, another process has the folder, no such collection."""

    code = "vectors_unavailable"
    title = "The vector index is away"


class VectorsBroken(VectorsUnavailable):
    """The index is there and damaged. `drop`, `ensure` and filling it again mend it."""

    code = "vectors_broken"
    title = "The vector index is damaged"


class Sparse(msgspec.Struct, frozen=True):
    """Weights of words by their number; see `sparse.py`."""

    indices: list[int]
    values: list[float]


class Point(msgspec.Struct, frozen=True):
    """One thing to find. `payload` is plain JSON; filters match its strings, lists of strings and booleans."""

    id: UUID
    dense: Any  # Dense, which msgspec cannot express
    sparse: Sparse | None = None
    payload: dict[str, Any] = {}


class Hit(msgspec.Struct, frozen=True, gc=False):
    """A point that was found. `score` is a cosine, a BM25 score or a fused one, by how it was searched."""

    id: UUID
    score: float
    payload: dict[str, Any]


class Search(msgspec.Struct, frozen=True, kw_only=True):
    """One question to a collection: the nearest points by meaning, by words, or by both, fused.

    Fusion is by reciprocal rank or by the distribution of scores. With the former, the smaller the `rank_constant`,
    the more the first places count, and `weights` of dense and sparse divide the ranks (so they tell little beside
    a large constant). Hits carry the payload's `fields`, or all of them.
    """

    dense: Any = None  # Dense, which msgspec cannot express
    sparse: Sparse | None = None
    where: Mapping[str, Any] | None = None
    unless: Mapping[str, Any] | None = None
    limit: int = 10
    fusion: Fusion = "rrf"
    weights: tuple[float, float] | None = None
    rank_constant: int = RANK_CONSTANT
    fields: Sequence[str] | None = None


class Vectors(Protocol):
    """Named collections of points. All methods raise :class:`VectorsUnavailable`.

    `where` keeps points whose every field equals the given value or one of the given strings; `unless` drops
    points of which any field does. A filter on an absent field matches nothing.
    """

    async def ensure(self, collection: str, dimensions: int, *, keywords: Sequence[str] = ()) -> None:
        """Make the collection unless it exists. `keywords` are the payload fields that filters use."""
        ...

    async def upsert(self, collection: str, points: Sequence[Point]) -> None:
        """Store the points; the same id replaces. They are found as soon as this returns."""
        ...

    async def delete(
        self, collection: str, *, ids: Sequence[UUID] | None = None, where: Where | None = None
    ) -> None:
        """Remove points by id or by filter; what is not there is not missed."""
        ...

    async def search(self, collection: str, **question: Any) -> list[Hit]:
        """The best points for one :class:`Search`, best first."""
        ...

    async def search_all(self, collection: str, questions: Sequence[Search]) -> list[list[Hit]]:
        """The same for several at once: one way to the engine and back."""
        ...

    async def count(self, collection: str, where: Where | None = None) -> int:
        """How many points there are, exactly."""
        ...

    async def ids(self, collection: str, *, after: UUID | None = None, limit: int = 1000) -> list[UUID]:
        """Ids in ascending order, beyond `after`: to compare the index with the database."""
        ...

    async def collections(self) -> list[str]:
        """Names of what is there, sorted: to drop those of embedders that are gone."""
        ...

    async def drop(self, collection: str) -> None:
        """Remove the collection with its points, damaged or not; absent is fine."""
        ...

    async def optimize(self, collection: str) -> bool:
        """Index what has grown, in the background of searches. Returns whether anything was done."""
        ...

    async def close(self) -> None:
        """Write everything down and let go of the folder or connection."""
        ...


def open_vectors(settings: "Settings", name: str) -> Vectors:
    """The store of the service `name`, as the settings choose. Nothing is opened or connected yet."""
    if settings.qdrant:
        from services.common.ai.vectors.client import ClientVectors

        return ClientVectors(settings.qdrant, key=settings.qdrant_key, prefix=f"{name}-")
    from services.common.ai.vectors.edge import EdgeVectors

    return EdgeVectors(settings.data / "vectors" / name)


def collection_name(kind: str, fingerprint: str) -> str:
    """`kind` with the embedder's fingerprint and the sparse recipe, so that spaces are never mixed."""
    return checked(f"{kind}-{fingerprint}-{SPARSE_RECIPE}")


def checked(collection: str) -> str:
    """The name itself; ValueError where it could not name a folder everywhere."""
    if not _NAME.fullmatch(collection):
        raise ValueError(f"a collection's name is lower-case letters, digits, - and _, not {collection!r}")
    return collection


def stored(payload: Mapping[str, Any]) -> dict[str, Any]:
    """The payload as both engines keep it: booleans are repeated as words.

    The embedded engine's binding takes a boolean filter value for a number and finds nothing.
    """
    flags = [_flag(field, value) for field, value in payload.items() if isinstance(value, bool)]
    return {**payload, FLAGS: flags} if flags else dict(payload)


def shown(payload: Mapping[str, Any] | None) -> dict[str, Any]:
    """The inverse of `stored`."""
    return {field: value for field, value in (payload or {}).items() if field != FLAGS}


def conditions(where: Where | None) -> list[tuple[str, list[str]]]:
    """A filter as (field, accepted words), with booleans in the shape of `stored`."""
    found = []
    for field, value in (where or {}).items():
        if isinstance(value, bool):
            found.append((FLAGS, [_flag(field, value)]))
        else:
            found.append((field, [value] if isinstance(value, str) else list(value)))
    return found


def _flag(field: str, value: bool) -> str:
    return f"{field}={'yes' if value else 'no'}"
