"""The index of solved tickets, by meaning. Rows are the truth; the index is caught up from them.

The payload holds what a decision's footnote needs and no text: words of other tickets are joined from rows
when somebody who may read them looks.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from services.common.ai.vectors import Point, Vectors, VectorsBroken, VectorsUnavailable, collection_name
from services.common.db import Database
from services.common.observability import get_logger
from services.triage.examples import repository as repo
from services.triage.examples.convert import from_bytes

if TYPE_CHECKING:
    from services.triage.reader import Reader

log = get_logger(__name__)
SLICE = 200  # points a call; between two of them searches get their turn


@dataclass(frozen=True, slots=True)
class Near:
    """A solved ticket near a question; ``score`` is the cosine."""

    ticket: UUID
    number: int
    category: str
    score: float


class Solved:
    """Solved tickets as one reader read them. A change of encoders fills a new collection and drops the old one."""

    def __init__(self, db: Database, vectors: Vectors, reader: "Reader") -> None:
        self._db = db
        self._vectors = vectors
        self._reader = reader
        self._ready = ""
        self._lock = asyncio.Lock()

    @property
    def collection(self) -> str:
        """The name of the current collection."""
        return collection_name("solved", self._reader.fingerprint)

    async def search(self, vector: NDArray[np.float32], limit: int, *, language: str = "") -> list[Near]:
        """The nearest solved tickets to a reading or a meaning; empty before the first one.

        Raises ``VectorsUnavailable``.
        """
        if not await self._known():
            return []
        where = {"language": language} if language else None
        hits = await self._vectors.search(
            self.collection, dense=self._reader.meaning(vector), where=where, limit=limit
        )
        near = [Near(h.id, int(h.payload["number"]), h.payload["category"], float(h.score)) for h in hits]
        return sorted(near, key=lambda n: (-round(n.score, 6), n.ticket))

    async def _known(self) -> bool:
        name = self.collection
        if self._ready != name:
            if name not in await self._vectors.collections():
                return False
            self._ready = name
        return True

    async def catch_up(self) -> int:
        """Index every example that is not indexed yet. An index that is away is no error: the next call tries.

        Returns how many points were written.
        """
        async with self._lock:
            try:
                return await self._catch_up()
            except VectorsBroken as error:
                log.error("solved.broken", error=str(error))
                await self._rebuild()
            except VectorsUnavailable as error:
                log.warning("solved.away", error=str(error))
        return 0

    async def _catch_up(self) -> int:
        name = self.collection
        rows = await self._db.read(lambda conn: repo.not_indexed(conn, name, SLICE))
        if not rows:
            return 0
        width = len(self._meaning(rows[0]))
        await self._vectors.ensure(name, width, keywords=("language", "category"))
        done = 0
        while rows:
            await self._vectors.upsert(name, [_point(row, self._meaning(row)) for row in rows])
            await self._db.write(partial(repo.mark_indexed, rows=rows, collection=name))
            done += len(rows)
            rows = await self._db.read(lambda conn: repo.not_indexed(conn, name, SLICE))
        for old in await self._vectors.collections():
            if old.startswith("solved-") and old != name:
                await self._vectors.drop(old)
        await self._vectors.optimize(name)
        return done

    def _meaning(self, row: Any) -> NDArray[np.float32]:
        return self._reader.meaning(from_bytes(row.vector))

    async def _rebuild(self) -> None:
        """Drop a damaged index; rows remember nothing of it, so that the next catching up fills it again."""
        name = self.collection
        try:
            await self._vectors.drop(name)
        except VectorsUnavailable as error:
            log.warning("solved.away", error=str(error))
            return
        self._ready = ""
        await self._db.write(lambda conn: repo.forget_index(conn, name))

    async def rebuild(self) -> int:
        """Throw the index away and fill it from the rows."""
        async with self._lock:
            await self._rebuild()
        return await self.catch_up()

    async def remove(self, tickets: Sequence[UUID]) -> None:
        """Take tickets out. Where the index is away they stay in it, and are not shown: their rows are gone."""
        if not tickets:
            return
        try:
            if await self._known():
                await self._vectors.delete(self.collection, ids=list(tickets))
        except VectorsUnavailable as error:
            log.warning("solved.away", error=str(error))


def _point(row: Any, meaning: NDArray[np.float32]) -> Point:
    return Point(
        id=row.ticket,
        dense=meaning,
        payload={
            "number": row.number,
            "category": row.labels.get("category") or "",
            "language": row.language,
        },
    )
