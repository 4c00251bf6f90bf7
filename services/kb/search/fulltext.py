"""The database's own full text, behind one port: what search falls back to when the vector index is away.

Both databases get the terms of `analysis`, so that accents, endings and codes work as they do in the index, and
both only find candidates: they are ordered by the same fusion as always.
"""

import re
from collections.abc import Collection, Sequence

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import TSQUERY

CANDIDATES = 150
MOST_TERMS = 60
TITLE_WEIGHT = 4.0

Found = list[tuple[int, float]]  # (passage.number, score), best first


def write(conn: sa.Connection, rows: Sequence[tuple[int, str, str]]) -> None:
    """Index passages: (number, title terms, body terms), terms parted by spaces."""
    if not rows:
        return
    if conn.dialect.name == "sqlite":
        statement = sa.text("INSERT INTO passage_fts (rowid, title, body) VALUES (:number, :title, :body)")
        values = [{"number": n, "title": _plain(title), "body": _plain(body)} for n, title, body in rows]
    else:
        statement = sa.text(
            "INSERT INTO passage_fts (rowid, document) VALUES (:number, CAST(:document AS tsvector))"
        )
        values = [{"number": n, "document": _tsvector(title, body)} for n, title, body in rows]
    conn.execute(statement, values)


def remove(conn: sa.Connection, numbers: Sequence[int]) -> None:
    """Forget passages."""
    if numbers:
        conn.execute(
            sa.text("DELETE FROM passage_fts WHERE rowid = :number"), [{"number": n} for n in numbers]
        )


def search(
    conn: sa.Connection, terms: Collection[str], readable: sa.Select[tuple[int]], limit: int = CANDIDATES
) -> Found:
    """Passages with any of the terms among the numbers that `readable` selects, best first."""
    asked = sorted(terms, key=lambda term: (-len(term), term))[:MOST_TERMS]
    if not asked:
        return []
    allowed = readable.subquery()
    table = sa.table("passage_fts", sa.column("rowid"), sa.column("document"))
    matches: sa.ColumnElement[bool]
    score: sa.ColumnElement[float]
    if conn.dialect.name == "sqlite":
        query = sa.literal(" OR ".join(f'"{_encoded(term)}"' for term in asked))
        matches = sa.literal_column("passage_fts").op("MATCH", is_comparison=True)(query)
        score = sa.literal_column(f"-bm25(passage_fts, {TITLE_WEIGHT}, 1.0)", sa.Float)
    else:
        parsed = sa.cast(sa.literal(" | ".join(_quoted(term) for term in asked)), TSQUERY)
        matches = table.c.document.op("@@", is_comparison=True)(parsed)
        # The weights are of D, C, B and A; 1 divides by the logarithm of the length.
        score = sa.func.ts_rank(
            sa.literal_column("'{0.1, 0.1, 0.1, 1.0}'::real[]"), table.c.document, parsed, 1
        )
    statement = (
        sa.select(table.c.rowid, score.label("score"))
        .select_from(table.join(allowed, allowed.c[0] == table.c.rowid))
        .where(matches)
        .order_by(sa.desc("score"))
        .limit(limit)
    )
    return [(row.rowid, float(row.score)) for row in conn.execute(statement)]


def _encoded(term: str) -> str:
    """A term as one word of FTS5, whose tokenizer keeps letters, digits and the underscore together."""
    return re.sub(r"[^\w]", "_", term)


def _plain(terms: str) -> str:
    return " ".join(_encoded(term) for term in terms.split())


def _quoted(term: str) -> str:
    return "'" + term.replace("\\", "\\\\").replace("'", "''") + "'"


def _tsvector(title: str, body: str) -> str:
    """A tsvector in its own notation: lexemes with places and weights, past PostgreSQL's parser."""
    places: dict[str, list[str]] = {}
    at = 0
    for weight, terms in (("A", title), ("", body)):
        for term in terms.split():
            at += 1
            if at < 16_000 and len(found := places.setdefault(term, [])) < 200:
                found.append(f"{at}{weight}")
    return " ".join(f"{_quoted(term)}:{','.join(found)}" for term, found in places.items())
