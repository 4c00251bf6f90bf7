"""The search itself: candidates by meaning, by title and by words, fused, grouped by article, read from the database.

Serving and `triaje kb evaluate` both run this code. The index only proposes: what is shown is read from the
database under the asker's rights, so that an index that lags behind can show nothing that it should not.
"""

import asyncio
import time
from dataclasses import dataclass, field
from typing import Any, Final

import sqlalchemy as sa

from services.common.ai.embedder import Embedder
from services.common.ai.vectors import Search, Vectors
from services.common.db import Database
from services.common.errors import DeskError
from services.common.observability import get_logger
from services.kb.contract import SearchHit
from services.kb.index.points import PASSAGE, TITLE, query_sparse
from services.kb.index.service import Active, SearchIndex
from services.kb.models import passage
from services.kb.search import fulltext
from services.kb.search.aim import Aimed, Centres
from services.kb.search.fusion import Channel
from services.kb.search.lexicons import Lexicons
from services.kb.search.places import Key
from services.kb.search.present import hits
from services.kb.search.query import Query, understand
from services.kb.search.ranking import (
    FIELDS,
    MIX,
    PASSAGES,
    TITLES,
    Candidates,
    Found,
    Lists,
    Mix,
    gather,
    rank,
)
from services.kb.search.readable import Ask, allowed, readable

log = get_logger(__name__)

PATIENCE: Final = 2.0  # seconds for embedding and index together; then the full text answers
LOOKED: Final = 1.0  # seconds for which "the index has everything" holds: other processes write too


@dataclass(frozen=True)
class Answer:
    """The articles found, best first, and as they are shown. `degraded`: the full text answered alone."""

    query: Query
    found: tuple[Found, ...]
    hits: list[SearchHit] = field(default_factory=list)
    degraded: bool = False
    took_ms: float = 0.0


class SearchEngine:
    """Answers questions over the articles. One a process; safe for concurrent use."""

    def __init__(
        self,
        db: Database,
        index: SearchIndex,
        embedder: Embedder,
        vectors: Vectors,
        *,
        patience: float = PATIENCE,
    ) -> None:
        self.patience = patience
        self.db, self.index, self.embedder, self.vectors = db, index, embedder, vectors
        self.lexicons = Lexicons(db, index)
        self._complete: tuple[str, int, float] = ("", 0, 0.0)  # recipe, changes, and until when it holds

    async def search(self, ask: Ask, mix: Mix = MIX) -> Answer:
        """The best articles for a question, among those that `ask.visibilities` leaves, with what is shown of them."""
        started = time.perf_counter()
        lexicon = await self.lexicons.of(ask.visibilities)
        query = understand(ask.text, lexicon, reader=ask.reader)
        degraded = False
        candidates = None
        if query.words:
            try:
                candidates = await asyncio.wait_for(self._from_newest_index(query, ask, mix), self.patience)
            except (DeskError, TimeoutError) as error:
                log.warning("search.degraded", error=str(error) or type(error).__name__)
            if candidates is None:
                degraded = True
                candidates = await self._from_full_text(query, ask)
        found, shown = await self._read(candidates, query, ask, mix)
        return Answer(query, found, shown, degraded, 1000 * (time.perf_counter() - started))

    async def _read(
        self, candidates: Candidates | None, query: Query, ask: Ask, mix: Mix
    ) -> tuple[tuple[Found, ...], list[SearchHit]]:
        """The candidates in order and as they are shown, off the event loop: ranking hundreds takes milliseconds."""
        if candidates is None or not any(channel.scores for channel in candidates.channels.values()):
            return (), []

        def read(conn: sa.Connection) -> tuple[tuple[Found, ...], list[SearchHit]]:
            found = allowed(conn, rank(candidates, query, mix), ask)
            return tuple(found), hits(conn, found, query, ask.visibilities)

        return await self.db.read(read)

    async def _from_newest_index(self, query: Query, ask: Ask, mix: Mix) -> Candidates | None:
        """Candidates from the collection that answers; asked again where a rebuild took it away meanwhile."""
        active = await self.index.active()
        if active is None:
            return None
        try:
            return await self._from_index(active, query, ask, mix)
        except DeskError:
            self.index.forget()
            newer = await self.index.active()
            if newer is None or newer.name == active.name:
                raise
            return await self._from_index(newer, query, ask, mix)

    async def _from_index(self, active: Active, query: Query, ask: Ask, mix: Mix) -> Candidates:
        aimed = active.centres.aim(await self.embedder.query(query.meant), mix.centre)
        found, fresh = await asyncio.gather(
            self.vectors.search_all(active.name, questions(active.centres, aimed, query, ask)),
            self._from_full_text(query, ask, waiting_for=active.fingerprint),
        )
        near, far, titles, far_titles, worded, pages = found
        candidates = gather(Lists([*near, *far], [*titles, *far_titles], worded, pages), aimed)
        candidates.add(fresh, "fresh")
        return candidates

    async def _from_full_text(self, query: Query, ask: Ask, waiting_for: str | None = None) -> Candidates:
        """Candidates by the database alone: all, or those that the index does not have yet."""

        changed, now = self.index.changed, time.monotonic()
        if (
            waiting_for is not None
            and (waiting_for, changed) == self._complete[:2]
            and now < self._complete[2]
        ):
            return Candidates()

        def read(conn: sa.Connection) -> list[tuple[Any, float]]:
            numbers = readable(conn, ask, passage.c.number)
            if waiting_for is not None:
                if not _any_waiting(conn, waiting_for):
                    self._complete = (waiting_for, changed, now + LOOKED)
                    return []
                numbers = numbers.where(_waiting(waiting_for))
            scores = dict(fulltext.search(conn, query.terms, numbers))
            columns = (passage.c.number, passage.c.id, passage.c.article_id, passage.c.lang)
            rows = conn.execute(sa.select(*columns).where(passage.c.number.in_(list(scores)))).all()
            return [(row, scores[row.number]) for row in rows]

        candidates = Candidates()
        best: dict[Key, float] = {}
        for row, score in await self.db.read(read):
            key = (str(row.article_id), row.lang)
            best[key] = max(score, best.get(key, 0.0))
            candidates.passages.setdefault(key, []).append((row.id, score))
        candidates.channels["words"] = Channel(best, complete=len(best) < fulltext.CANDIDATES)
        return candidates


def _waiting(fingerprint: str) -> sa.ColumnElement[bool]:
    return sa.or_(passage.c.fingerprint.is_(None), passage.c.fingerprint != fingerprint)


def _any_waiting(conn: sa.Connection, fingerprint: str) -> bool:
    """Whether some passage is not in the index yet; three looks into an index of the database."""
    column = passage.c.fingerprint
    for condition in (column.is_(None), column < fingerprint, column > fingerprint):
        if conn.execute(sa.select(passage.c.number).where(condition).limit(1)).first() is not None:
            return True
    return False


def questions(centres: Centres, aimed: Aimed, query: Query, ask: Ask) -> list[Search]:
    """What the index is asked: passages and titles by meaning, near and foreign ones, and both by words.

    A search for texts of a language that nobody has written in asks nothing; where nobody noted the languages, all ask.
    """
    sparse, where = query_sparse(query.terms), _where(ask)
    # Near and foreign texts are looked for apart, or the nearer ones would leave the others no place.
    asked: list[Search] = []
    for kind, limit in ((PASSAGE, PASSAGES), (TITLE, TITLES)):
        of_kind, mine = {**where, "kind": kind}, {"text_lang": query.lang}
        common: dict[str, Any] = {"limit": limit, "fields": FIELDS}
        written = centres.languages(kind)
        near = aimed.vector if query.lang in written or not written else None
        far = aimed.vector if written != {query.lang} else None
        asked += [
            Search(dense=near, where=of_kind | mine, **common),
            Search(dense=far, where=of_kind, unless=mine, **common),
        ]
    for kind, limit in ((PASSAGE, PASSAGES), (TITLE, TITLES)):
        asked.append(Search(where={**where, "kind": kind}, sparse=sparse, limit=limit, fields=FIELDS))
    return asked


def _where(ask: Ask) -> dict[str, Any]:
    where: dict[str, Any] = {"visibility": list(ask.visibilities)}
    if ask.section is not None:
        where["section"] = str(ask.section)
    if ask.tag is not None:
        where["tags"] = ask.tag
    return where
