"""A knowledge base of its own for one measurement: imported, indexed and searched by the code that serves."""

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID

import msgspec
import sqlalchemy as sa
from msgspec import Struct

from services.common.ai.embedder import Embedder
from services.common.ai.vectors import open_vectors
from services.common.clock import SystemClock
from services.common.db import Database
from services.common.db.migrate import upgrade
from services.common.errors import BadRequest
from services.common.settings import Settings
from services.common.text import detect_language
from services.kb.articles.policy import PUBLIC
from services.kb.evaluation.metrics import Scores, scores
from services.kb.importing.draft import Draft
from services.kb.importing.jsonl import Record, draft
from services.kb.importing.service import grouped, write
from services.kb.index import jobs as index_jobs
from services.kb.index.service import SearchIndex
from services.kb.models import article
from services.kb.search.engine import SearchEngine
from services.kb.search.ranking import WORDS_ALONE, Mix
from services.kb.search.readable import Ask

SOURCE = "evaluation"
SLICE = 50
DEPTH = 10
FEATURES = (index_jobs,)  # importing it registers the jobs that writing an article asks for

Tell = Callable[[int, int, str], None]


class QueryRecord(Struct):
    """A question and the ids of what answers it."""

    query: str
    relevant: list[str | int]


class Evaluation(Struct, kw_only=True):
    """The search as it serves, and words alone (BM25) in the same run."""

    search: Scores
    bm25: Scores
    queries: int
    articles: int
    passages: int
    languages: list[str]
    index_seconds: float
    degraded: int


def read_queries(path: Path) -> list[QueryRecord]:
    """The queries of a JSON Lines file. Raises BadRequest with the line that is none."""
    found = []
    for number, line in enumerate(path.read_bytes().splitlines(), 1):
        if line.strip():
            try:
                found.append(msgspec.json.decode(line, type=QueryRecord))
            except (msgspec.MsgspecError, UnicodeDecodeError) as error:
                raise BadRequest(f"{path.name}, line {number}: {error}") from error
    if not found:
        raise BadRequest(f"{path.name} has no queries.")
    return found


def read_corpus(path: Path) -> list[Draft]:
    """The articles of a JSON Lines file; where a record names no language, it is told from the text."""
    found = []
    for number, line in enumerate(path.read_bytes().splitlines(), 1):
        if not line.strip():
            continue
        try:
            record = msgspec.json.decode(line, type=Record)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise BadRequest(f"{path.name}, line {number}: {error}") from error
        found.append(draft(record, str(number), detect_language(record.text)))
    if not found:
        raise BadRequest(f"{path.name} has no articles.")
    return found


@asynccontextmanager
async def desk(folder: Path, embedder: Embedder):  # type: ignore[no-untyped-def]
    """A database and an index in a folder, with a search engine over them."""
    settings = Settings(data=folder, secret="e" * 40)
    url = settings.database_url("kb")
    await asyncio.to_thread(upgrade, url, "services.kb")
    db, vectors = Database(url, durable=False), open_vectors(settings, "kb")
    index = SearchIndex(db, SystemClock(), embedder, vectors)
    try:
        yield db, index, SearchEngine(db, index, embedder, vectors, patience=60.0)
    finally:
        await vectors.close()
        await db.close()


async def evaluate(
    drafts: Sequence[Draft],
    asked: Sequence[QueryRecord],
    folder: Path,
    embedder: Embedder,
    tell: Tell,
    *,
    reader: str | None = None,
) -> Evaluation:
    """Index the articles in `folder` and ask every query. What the folder has embedded is not embedded again."""
    async with desk(folder, embedder) as (db, index, engine):
        await fill(db, grouped(drafts), tell)

        async def progress(done: int, total: int, note: str) -> None:
            tell(done, total, f"indexing, {note}")

        started = time.perf_counter()
        passages = await index.rebuild(progress)
        index_seconds = time.perf_counter() - started
        keys = await db.read(_keys)
        runs = {}
        degraded = 0
        for name, mix in (("search", Mix()), ("bm25", WORDS_ALONE)):
            rankings, times = [], []
            for number, record in enumerate(asked):
                ranking, took, fell_back = await _ask(db, engine, keys, record.query, mix, reader)
                rankings.append(ranking)
                times.append(took)
                degraded += fell_back
                if number % 100 == 0:
                    tell(number, len(asked), f"asking, {name}")
            runs[name] = scores(rankings, [{str(key) for key in record.relevant} for record in asked], times)
    return Evaluation(
        search=runs["search"], bm25=runs["bm25"], queries=len(asked), articles=len(keys), passages=passages,
        languages=sorted({d.lang for d in drafts}), index_seconds=round(index_seconds, 1), degraded=degraded,
    )  # fmt: skip


async def fill(db: Database, groups: Sequence[list[Draft]], tell: Tell) -> None:
    """Import articles in slices; what a kept folder has already stays."""
    for start in range(0, len(groups), SLICE):
        part, now = groups[start : start + SLICE], SystemClock().now()

        def unit(conn: sa.Connection, part: Sequence[list[Draft]] = part, now=now) -> list[str]:  # type: ignore[no-untyped-def]
            return [problem for group in part for problem in write(conn, group, now, SOURCE).problems]

        problems = await db.write(unit)
        if problems:
            raise BadRequest(problems[0])
        tell(start, len(groups), "importing")


async def _ask(
    db: Database, engine: SearchEngine, keys: dict[UUID, str], text: str, mix: Mix, reader: str | None
) -> tuple[list[str], float, bool]:
    """One query as the search page asks it: ranked, and read with its passages and marks."""
    started = time.perf_counter()
    answer = await engine.search(Ask(text, PUBLIC, reader, DEPTH), mix)
    took = 1000 * (time.perf_counter() - started)
    return [keys[found.article] for found in answer.found], took, answer.degraded


def _keys(conn: sa.Connection) -> dict[UUID, str]:
    rows = conn.execute(sa.select(article.c.id, article.c.external_id))
    return {row.id: row.external_id.removeprefix(f"{SOURCE}:") for row in rows}


def table(result: Evaluation) -> Iterator[str]:
    """The result for people."""
    languages = ", ".join(result.languages)
    yield (
        f"{result.queries} queries over {result.articles} articles ({languages}), {result.passages} passages, "
        f"indexed in {result.index_seconds} s"
    )
    named = msgspec.to_builtins(result)
    yield f"{'':8}" + "".join(f"{name:>11}" for name in named["search"])
    for name in ("search", "bm25"):
        yield f"{name:8}" + "".join(f"{value:11.3f}" for value in named[name].values())
    if result.degraded:
        yield f"{result.degraded} searches were answered by the full text alone: the index did not answer in time."
