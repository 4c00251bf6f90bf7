"""Writing the passages of an article and the words in them. Search has what stands here, nothing else."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID, uuid5

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from services.kb.models import article, passage, translation, word
from services.kb.passages.cut import Passage, cut, embedded_text
from services.kb.passages.language import language_of_text
from services.kb.search import fulltext
from services.kb.search.analysis import document_terms, tokens

_NAMESPACE = UUID("6f0f9a52-8a6f-5c0e-9b1e-0d3c5a6c7e11")
SHORTEST_WORD = 2


class Prepared(NamedTuple):
    """An article cut and analysed, ready to be written: no work is left for the transaction."""

    article_id: UUID
    version: int
    rows: list[dict[str, Any]]
    words: list[dict[str, Any]]


def passage_id(article_id: UUID, lang: str, ordinal: int) -> UUID:
    """The id of a passage by its place, so that indexing twice writes the same points."""
    return uuid5(_NAMESPACE, f"{article_id}:{lang}:{ordinal}")


def title_id(article_id: UUID, lang: str) -> UUID:
    """The id of the point that stands for a title."""
    return uuid5(_NAMESPACE, f"{article_id}:{lang}:title")


def text_hash(text: str) -> bytes:
    """What a vector is kept under: equal texts share one."""
    return hashlib.blake2b(text.encode(), digest_size=16).digest()


def prepare(head: Any, texts: Sequence[Any]) -> Prepared:
    """Cut and analyse a published article (`head` its row, `texts` its translations). Takes milliseconds."""
    rows: list[dict[str, Any]] = []
    words: list[dict[str, Any]] = []
    for text in texts:
        cuts = cut(text.body_markdown, text.summary) or [Passage(text.title, "", "")]
        rows += [_row(head.id, text, ordinal, piece) for ordinal, piece in enumerate(cuts)]
        words += _words(text, cuts, head.visibility)
    return Prepared(head.id, head.version, rows, words)


def read_published(conn: sa.Connection, article_ids: Sequence[UUID]) -> list[tuple[Any, list[Any]]]:
    """Those of the articles that are published, each with its translations."""
    heads = conn.execute(
        sa.select(article).where(article.c.id.in_(article_ids), article.c.state == "published")
    ).all()
    texts = conn.execute(
        sa.select(translation).where(translation.c.article_id.in_([h.id for h in heads]))
    ).all()
    return [(head, [text for text in texts if text.article_id == head.id]) for head in heads]


def write(conn: sa.Connection, ready: Prepared) -> bool:
    """Replace an article's passages; False where the article changed meanwhile, and a later job will do it."""
    now = conn.execute(
        sa.select(article.c.version, article.c.state).where(article.c.id == ready.article_id)
    ).first()
    if now is None or now.version != ready.version or now.state != "published":
        return False
    before = _stored(conn, ready.article_id)
    if [_essence(row) for row in before] == [_essence(row) for row in ready.rows]:
        return True
    remove(conn, [ready.article_id])
    titles = [row["title_terms"] for row in ready.rows]
    plain = [{key: value for key, value in row.items() if key != "title_terms"} for row in ready.rows]
    conn.execute(passage.insert(), plain)
    numbers = dict(
        conn.execute(
            sa.select(passage.c.id, passage.c.number).where(passage.c.article_id == ready.article_id)
        ).all()
    )
    fulltext.write(
        conn, [(numbers[row["id"]], title, row["terms"]) for row, title in zip(plain, titles, strict=True)]
    )
    count_words(conn, ready.words)
    return True


def remove(conn: sa.Connection, article_ids: Sequence[UUID]) -> None:
    """Forget the passages of articles. Their words stay in the lexicon until it is counted again."""
    numbers = list(
        conn.execute(sa.select(passage.c.number).where(passage.c.article_id.in_(article_ids))).scalars()
    )
    fulltext.remove(conn, numbers)
    conn.execute(passage.delete().where(passage.c.article_id.in_(article_ids)))


def _stored(conn: sa.Connection, article_id: UUID) -> list[dict[str, Any]]:
    query = (
        sa.select(passage)
        .where(passage.c.article_id == article_id)
        .order_by(passage.c.lang, passage.c.ordinal)
    )
    return [dict(row) for row in conn.execute(query).mappings()]


def _essence(row: dict[str, Any]) -> tuple[Any, ...]:
    return (
        row["id"],
        row["text"],
        row["heading"],
        row["anchor"],
        row["text_hash"],
        row["terms"],
        row["text_lang"],
    )


def _row(article_id: UUID, text: Any, ordinal: int, piece: Passage) -> dict[str, Any]:
    title_terms = document_terms(text.title, text.lang)
    heading_terms = document_terms(piece.heading, text.lang) if piece.heading != text.title else []
    return {
        "id": passage_id(article_id, text.lang, ordinal), "article_id": article_id, "lang": text.lang,
        "text_lang": language_of_text(piece.text, text.lang), "ordinal": ordinal, "text": piece.text,
        "heading": piece.heading[:300], "anchor": piece.anchor[:100],
        "terms": " ".join([*heading_terms, *document_terms(piece.text, text.lang)]),
        "text_hash": text_hash(embedded_text(text.title, piece)), "fingerprint": None,
        "title_terms": " ".join(title_terms),
    }  # fmt: skip


def _words(text: Any, cuts: Sequence[Passage], visibility: str) -> list[dict[str, Any]]:
    """Each word of a translation once a passage, with the spelling that it has most."""
    counts: Counter[str] = Counter()
    surfaces: dict[str, Counter[str]] = {}
    for piece in [Passage(text.title, "", ""), *cuts]:
        seen = set()
        for token in tokens(f"{piece.heading}\n{piece.text}"):
            if SHORTEST_WORD <= len(token.folded) <= 64:
                seen.add(token.folded)
                surfaces.setdefault(token.folded, Counter())[token.surface.lower()] += 1
        counts.update(seen)
    return [
        {"lang": text.lang, "visibility": visibility, "folded": folded, "count": count,
         "surface": surfaces[folded].most_common(1)[0][0][:64]}
        for folded, count in counts.items()
    ]  # fmt: skip


class WordCount:
    """Words of many articles, summed up before they are written."""

    def __init__(self) -> None:
        self._rows: dict[tuple[str, str, str], dict[str, Any]] = {}

    def add(self, words: Sequence[dict[str, Any]]) -> None:
        """Add the words of one article."""
        for row in words:
            key = (row["lang"], row["visibility"], row["folded"])
            if key in self._rows:
                self._rows[key]["count"] += row["count"]
            else:
                self._rows[key] = dict(row)

    @property
    def rows(self) -> list[dict[str, Any]]:
        """One row a word."""
        return list(self._rows.values())


def replace_words(conn: sa.Connection, words: WordCount) -> None:
    """Put a new count in the place of the old one."""
    conn.execute(word.delete())
    if words.rows:
        conn.execute(word.insert(), words.rows)


def count_words(conn: sa.Connection, words: Sequence[dict[str, Any]]) -> None:
    """Add an article's words to the count."""
    if not words:
        return
    insert = (sqlite if conn.dialect.name == "sqlite" else postgresql).insert(word)
    # In one order, or two writers on PostgreSQL would wait for each other's rows.
    ordered = sorted(words, key=lambda w: (w["lang"], w["visibility"], w["folded"]))
    conn.execute(
        insert.on_conflict_do_update(
            index_elements=["lang", "visibility", "folded"],
            set_={"count": word.c.count + insert.excluded["count"]},
        ),
        ordered,
    )
