"""Keeps the vector index in step with the database, and rebuilds it beside the one that answers."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import numpy as np
import numpy.typing as npt
import sqlalchemy as sa

from services.common.ai.embedder import Embedder
from services.common.ai.vectors import Point, Vectors, VectorsBroken, collection_name
from services.common.clock import Clock
from services.common.db import Database
from services.common.errors import Unavailable
from services.common.ids import uuid7
from services.common.observability import get_logger
from services.kb.articles.repository import tags_of
from services.kb.index.points import KEYWORDS, RECIPE, points_of
from services.kb.models import article, centre, collection, embedding, passage, translation
from services.kb.passages import store
from services.kb.passages.cut import Passage, embedded_text
from services.kb.search.aim import Centres, Sum
from services.kb.sections.repository import ancestors

log = get_logger(__name__)

Floats = npt.NDArray[np.float32]
Report = Callable[[int, int, str], Awaitable[None]]
SLICE = 64  # articles a step of a rebuild
EMBED_SLICE = 128  # texts a step of embedding: half a second, after which others get their turn
FRESH = 5.0  # seconds for which the active collection is remembered


@dataclass(frozen=True)
class Active:
    """The collection that answers, with the means of its vectors."""

    name: str
    fingerprint: str
    centres: Centres


@dataclass
class _Batch:
    """Articles read for indexing: their rows, passages and the texts to be embedded."""

    heads: dict[UUID, Any] = field(default_factory=dict)
    texts: dict[tuple[UUID, str], Any] = field(default_factory=dict)
    passages: list[Any] = field(default_factory=list)
    payloads: dict[UUID, dict[str, Any]] = field(default_factory=dict)

    def inputs(self) -> dict[bytes, str]:
        """What the embedder has to read, by its hash."""
        found = {store.text_hash(text.title): text.title for text in self.texts.values()}
        for row in self.passages:
            title = self.texts[(row.article_id, row.lang)].title
            found[row.text_hash] = embedded_text(title, Passage(row.text, row.heading, row.anchor))
        return found


class SearchIndex:
    """The only place that writes to the vector store."""

    def __init__(self, db: Database, clock: Clock, embedder: Embedder, vectors: Vectors) -> None:
        self.db, self.clock, self.embedder, self.vectors = db, clock, embedder, vectors
        self._active: tuple[float, Active | None] = (0.0, None)
        self.changed = 0  # counts what this process indexed; the lexicon reloads by it

    @property
    def recipe(self) -> str:
        """What points are made by: the embedder and how passages become points. Another one is another index."""
        return f"{self.embedder.fingerprint}.{RECIPE}"

    @property
    def _base_name(self) -> str:
        return collection_name(f"kb-{RECIPE}", self.embedder.fingerprint)

    async def active(self) -> Active | None:
        """The collection that answers queries of the present embedder, or None before there is one."""
        until, known = self._active
        if known is None or time.monotonic() >= until:
            recipe = await asyncio.to_thread(lambda: self.recipe)
            known = await self.db.read(lambda conn: _active(conn, recipe))
            self._active = (time.monotonic() + FRESH, known)
        return known

    def forget(self) -> None:
        """Look again which collection answers."""
        self._active = (0.0, None)

    async def index(self, article_ids: Sequence[UUID]) -> int:
        """Cut, analyse and embed articles, or take them out of the index. Returns the passages written.

        Passages and full text are there first: an embedder or index that is away raises only afterwards.
        """
        await self._write_passages(article_ids)
        self.changed += 1
        targets = await self._targets()
        batch = await self.db.read(lambda conn: _read_batch(conn, article_ids))
        points = await self._points(batch)
        for name in targets:
            await self.vectors.delete(name, where={"article": [str(key) for key in article_ids]})
            await self.vectors.upsert(name, points)
        await self._settle(batch, points, targets)
        return len(batch.passages)

    async def rebuild(self, report: Report) -> int:
        """Fill a new collection from the database while the old one answers, then let it take over.

        Words are counted afresh on the way: those of articles that are gone leave the lexicon.
        """
        await self._clear_leftovers()
        name = f"{self._base_name}-{uuid7().hex[-8:]}"
        await self._open(name, active=False)
        ids = await self.db.read(_published_ids)
        done = 0
        words = store.WordCount()
        for start in range(0, len(ids), SLICE):
            part = ids[start : start + SLICE]
            for prepared in await self._write_passages(part):
                words.add(prepared.words)
            batch = await self.db.read(lambda conn, part=part: _read_batch(conn, part))  # type: ignore[misc]
            points = await self._points(batch)
            await self.vectors.upsert(name, points)
            await self._settle(batch, points, [name])
            done += len(batch.passages)
            await report(min(start + SLICE, len(ids)), len(ids), f"{done} passages")
        await self.vectors.optimize(name)
        fingerprint = self.embedder.fingerprint
        await self.db.write(lambda conn: _take_over(conn, name, words, fingerprint))
        self.forget()
        self.changed += 1
        await self._clear_leftovers()
        return done

    async def trouble(self) -> str | None:
        """Why the index has to be rebuilt, or None. An index that cannot be reached is not to be rebuilt."""
        active = await self.active()
        wanted = await self.db.read(_expected_points)
        if active is None:
            return "there is no index for this embedder" if wanted else None
        try:
            there = await self.vectors.count(active.name)
        except VectorsBroken as error:
            return f"the index is damaged: {error}"
        except Unavailable:
            known = await self._collections()
            return "the collection is gone" if known is not None and active.name not in known else None
        return None if there == wanted else f"the index has {there} points, the articles {wanted}"

    async def _collections(self) -> list[str] | None:
        try:
            return await self.vectors.collections()
        except Unavailable:
            return None

    async def _write_passages(self, article_ids: Sequence[UUID]) -> list[store.Prepared]:
        found = await self.db.read(lambda conn: store.read_published(conn, article_ids))
        ready = await asyncio.to_thread(lambda: [store.prepare(head, texts) for head, texts in found])
        for prepared in ready:
            await self.db.write(lambda conn, prepared=prepared: store.write(conn, prepared))  # type: ignore[misc]
        published = {head.id for head, _ in found}
        gone = [key for key in article_ids if key not in published]
        if gone:
            await self.db.write(lambda conn: store.remove(conn, gone))
        return ready

    async def _targets(self) -> list[str]:
        """Every collection of this embedder: the active one, and one that is being filled."""
        recipe = self.recipe
        names = await self.db.read(lambda conn: _names(conn, recipe))
        if not names:
            names = [self._base_name]
            await self._open(names[0], active=True)
        for name in names:
            await self.vectors.ensure(name, self.embedder.dimensions, keywords=KEYWORDS)
        return names

    async def _open(self, name: str, *, active: bool) -> None:
        await self.embedder.load()
        await self.vectors.ensure(name, self.embedder.dimensions, keywords=KEYWORDS)
        values = {"name": name, "fingerprint": self.recipe, "active": active,
                  "created_at": self.clock.now()}  # fmt: skip

        def unit(conn: sa.Connection) -> None:
            if conn.execute(sa.select(collection.c.name).where(collection.c.name == name)).first() is None:
                conn.execute(collection.insert().values(values))

        await self.db.write(unit)
        self.forget()

    async def _points(self, batch: _Batch) -> list[Point]:
        vectors = await self._vectors(batch.inputs())
        rows: dict[tuple[UUID, str], list[Any]] = defaultdict(list)
        for row in batch.passages:
            rows[row.article_id, row.lang].append(row)
        points: list[Point] = []
        for key, text in batch.texts.items():
            points += points_of(text, rows[key], batch.payloads[key[0]], vectors)
        return points

    async def _vectors(self, inputs: dict[bytes, str]) -> dict[bytes, Floats]:
        """Vectors by hash: the stored ones, and those that the embedder makes now and that are stored then."""
        fingerprint = self.embedder.fingerprint
        found = await self.db.read(lambda conn: _stored_vectors(conn, list(inputs), fingerprint))
        missing = [key for key in inputs if key not in found]
        for start in range(0, len(missing), EMBED_SLICE):
            keys = missing[start : start + EMBED_SLICE]
            made = await self.embedder.documents([inputs[key] for key in keys])
            new = dict(zip(keys, made, strict=True))
            await self.db.write(lambda conn, new=new: _keep_vectors(conn, new, fingerprint))  # type: ignore[misc]
            found.update(new)
        return found

    async def _settle(self, batch: _Batch, points: Sequence[Point], targets: Sequence[str]) -> None:
        """Note which passages the index has, and move the centres by their vectors."""
        recipe = self.recipe
        sums: dict[tuple[str, str], Sum] = {}
        for point in points:
            key = (point.payload["kind"], point.payload["text_lang"])
            known = sums.get(key)
            total = np.asarray(point.dense, dtype=np.float64)
            sums[key] = Sum(total, 1) if known is None else Sum(known.total + total, known.count + 1)

        def unit(conn: sa.Connection) -> None:
            ids = [row.id for row in batch.passages]
            for start in range(0, len(ids), 500):
                here = passage.c.id.in_(ids[start : start + 500])
                conn.execute(passage.update().where(here).values(fingerprint=recipe))
            for name in targets:
                _move_centres(conn, name, sums)

        await self.db.write(unit)
        self.forget()

    async def _clear_leftovers(self) -> None:
        """Drop what no rebuild finished, and what a finished one replaced."""
        names = await self.db.read(_inactive)
        for name in names:
            await self.vectors.drop(name)
        await self.db.write(lambda conn: _remove(conn, names))


def _active(conn: sa.Connection, recipe: str) -> Active | None:
    here = sa.and_(collection.c.active, collection.c.fingerprint == recipe)
    row = conn.execute(sa.select(collection).where(here).order_by(collection.c.created_at.desc())).first()
    if row is None:
        return None
    columns = (centre.c.kind, centre.c.lang, centre.c.vectors, centre.c.count.label("n"))
    query = sa.select(*columns).where(centre.c.collection == row.name)
    sums = {
        (r.kind, r.lang): Sum(np.frombuffer(r.vectors, dtype=np.float64), r.n) for r in conn.execute(query)
    }
    return Active(row.name, row.fingerprint, Centres(sums))


def _names(conn: sa.Connection, recipe: str) -> list[str]:
    return list(
        conn.execute(sa.select(collection.c.name).where(collection.c.fingerprint == recipe)).scalars()
    )


def _inactive(conn: sa.Connection) -> list[str]:
    return list(conn.execute(sa.select(collection.c.name).where(~collection.c.active)).scalars())


def _remove(conn: sa.Connection, names: Sequence[str]) -> None:
    conn.execute(centre.delete().where(centre.c.collection.in_(names)))
    conn.execute(collection.delete().where(collection.c.name.in_(names)))


def _take_over(conn: sa.Connection, name: str, words: store.WordCount, fingerprint: str) -> None:
    """The new collection answers from now on; vectors of another embedder have no more use."""
    store.replace_words(conn, words)
    conn.execute(embedding.delete().where(embedding.c.fingerprint != fingerprint))
    conn.execute(collection.update().values(active=collection.c.name == name))


def _published_ids(conn: sa.Connection) -> list[UUID]:
    query = sa.select(article.c.id).where(article.c.state == "published").order_by(article.c.id)
    return list(conn.execute(query).scalars())


def _expected_points(conn: sa.Connection) -> int:
    """Points that a complete index has: every passage, and a title for each language of a published article."""
    passages = conn.execute(sa.select(sa.func.count()).select_from(passage)).scalar_one()
    titles = (
        sa.select(sa.func.count())
        .select_from(translation.join(article, article.c.id == translation.c.article_id))
        .where(article.c.state == "published")
    )
    return int(passages + conn.execute(titles).scalar_one())


def _read_batch(conn: sa.Connection, article_ids: Sequence[UUID]) -> _Batch:
    batch = _Batch()
    for head, texts in store.read_published(conn, article_ids):
        batch.heads[head.id] = head
        batch.texts.update({(head.id, text.lang): text for text in texts})
    ids = list(batch.heads)
    query = sa.select(passage).where(passage.c.article_id.in_(ids)).order_by(passage.c.number)
    batch.passages = [row for row in conn.execute(query) if (row.article_id, row.lang) in batch.texts]
    tags = tags_of(conn, ids)
    above = ancestors(conn)
    for head in batch.heads.values():
        sections = [str(key) for key in above.get(head.section_id, [])]
        batch.payloads[head.id] = {
            "article": str(head.id), "visibility": head.visibility, "section": sections, "tags": tags[head.id],
        }  # fmt: skip
    return batch


def _stored_vectors(conn: sa.Connection, hashes: Sequence[bytes], fingerprint: str) -> dict[bytes, Floats]:
    found: dict[bytes, Floats] = {}
    for start in range(0, len(hashes), 500):
        part = list(hashes[start : start + 500])
        query = sa.select(embedding.c.text_hash, embedding.c.vector).where(
            embedding.c.fingerprint == fingerprint, embedding.c.text_hash.in_(part)
        )
        found.update(
            {row.text_hash: np.frombuffer(row.vector, dtype=np.float32) for row in conn.execute(query)}
        )
    return found


def _keep_vectors(conn: sa.Connection, new: dict[bytes, Floats], fingerprint: str) -> None:
    known = _stored_vectors(conn, list(new), fingerprint)
    rows = [
        {
            "text_hash": key,
            "fingerprint": fingerprint,
            "vector": np.asarray(vector, dtype=np.float32).tobytes(),
        }
        for key, vector in new.items()
        if key not in known
    ]
    if rows:
        conn.execute(embedding.insert(), rows)


def _move_centres(conn: sa.Connection, name: str, sums: dict[tuple[str, str], Sum]) -> None:
    """Add vectors to the sums. What is indexed again counts again: a mean of many hardly moves by it."""
    if (
        conn.execute(sa.select(collection.c.name).where(collection.c.name == name).with_for_update()).first()
        is None
    ):
        return
    for (kind, lang), new in sorted(sums.items()):
        here = sa.and_(centre.c.collection == name, centre.c.kind == kind, centre.c.lang == lang)
        row = conn.execute(sa.select(centre).where(here)).mappings().first()
        if row is None:
            key = {"collection": name, "kind": kind, "lang": lang[:12]}
            conn.execute(centre.insert().values(**key, vectors=new.total.tobytes(), count=new.count))
            continue
        total = new.total + np.frombuffer(row.vectors, dtype=np.float64)
        conn.execute(
            centre.update().where(here).values(vectors=total.tobytes(), count=centre.c.count + new.count)
        )
