"""The words of the knowledge base by audience, as the engine has them at hand."""

import asyncio
import time
from typing import Final

import sqlalchemy as sa

from services.common.db import Database
from services.kb.index.service import SearchIndex
from services.kb.models import word
from services.kb.search.lexicon import Lexicon


class Lexicons:
    """The words by audience, loaded from the database and loaded again when the index has changed."""

    REFRESH: Final = 60.0  # seconds: other processes index too

    def __init__(self, db: Database, index: SearchIndex) -> None:
        self._db, self._index = db, index
        self._known: dict[tuple[str, ...], tuple[float, int, Lexicon]] = {}
        self._lock = asyncio.Lock()

    async def of(self, visibilities: tuple[str, ...]) -> Lexicon:
        """The lexicon of what these visibilities may read."""
        known = self._known.get(visibilities)
        if known is not None and self._fresh(known):
            return known[2]
        async with self._lock:
            known = self._known.get(visibilities)
            if known is None or not self._fresh(known):
                changed = self._index.changed
                lexicon = await self._db.read(lambda conn: _load_lexicon(conn, visibilities))
                known = (time.monotonic() + self.REFRESH, changed, lexicon)
                self._known[visibilities] = known
            return known[2]

    def _fresh(self, known: tuple[float, int, Lexicon]) -> bool:
        return known[1] == self._index.changed and time.monotonic() < known[0]


def _load_lexicon(conn: sa.Connection, visibilities: tuple[str, ...]) -> Lexicon:
    query = sa.select(word.c.lang, word.c.folded, word.c.surface, word.c.count)
    return Lexicon(tuple(row) for row in conn.execute(query.where(word.c.visibility.in_(visibilities))))
