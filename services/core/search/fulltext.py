"""The full text of tickets in the database's own index, behind one port.

One document a ticket, keyed by its number, in four parts: subject, what the customer may read (``public``), the names
of people, and what only staff may read (``private``). Words are cut and folded here, so that both databases find the
same: no accents, no case, no endings; a word is matched from its beginning.
"""

import re
import unicodedata
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.dialects.postgresql import TSQUERY

from services.common.text.quote import fold

PARTS = ("subject", "public", "people", "private")
LONGEST = 200_000  # characters of a part that are indexed
_LETTERS = dict(zip(PARTS, "ABCD", strict=True))
_TOKEN = re.compile(r"[^\W_]+")
_PLACES = 16_000  # PostgreSQL counts no further
_NEWEST, _COMMON = 1_000, 20  # a word in one of fifty of the newest tickets is common
_MANY, _SHORT = 500, 3  # hits that are many; letters that begin so few words that they can be counted
TABLE = sa.table("ticket_fts", sa.column("rowid"), sa.column("document"))


class Ask(Struct, frozen=True):
    """Words that follow each other; the last one may go on unless ``exact``."""

    tokens: tuple[str, ...]
    exact: bool
    parts: tuple[str, ...] = PARTS


class Either(Struct, frozen=True):
    """One of several is enough; each is words that all have to stand there."""

    each: tuple[tuple[Ask, ...], ...]


Asked = Ask | Either


def tokens(text: str) -> list[str]:
    """The words of ``text`` as the index knows them."""
    if text.isascii():
        return _TOKEN.findall(text.lower())
    return _TOKEN.findall(fold(unicodedata.normalize("NFC", text)))


def write(conn: sa.Connection, documents: Sequence[dict[str, Any]]) -> None:
    """Put documents (``number`` and the four parts) in the place of what is there."""
    if not documents:
        return
    conn.execute(
        sa.text("DELETE FROM ticket_fts WHERE rowid = :number"), [{"number": d["number"]} for d in documents]
    )
    if conn.dialect.name == "sqlite":
        columns = ", ".join(PARTS)
        statement = sa.text(
            f"INSERT INTO ticket_fts (rowid, {columns}) VALUES (:number, :{', :'.join(PARTS)})"  # noqa: S608 (constants)
        )
        rows = [
            {"number": d["number"], **{p: " ".join(tokens(d[p][:LONGEST])) for p in PARTS}} for d in documents
        ]
    else:
        statement = sa.text(
            "INSERT INTO ticket_fts (rowid, document) VALUES (:number, CAST(:document AS tsvector))"
            " ON CONFLICT (rowid) DO UPDATE SET document = EXCLUDED.document"
        )
        rows = [{"number": d["number"], "document": _tsvector(d)} for d in documents]
    conn.execute(statement, rows)


def remove(conn: sa.Connection, numbers: Sequence[int]) -> None:
    """Forget tickets."""
    if numbers:
        conn.execute(
            sa.text("DELETE FROM ticket_fts WHERE rowid = :number"), [{"number": n} for n in numbers]
        )


def matching(dialect: str, asks: Sequence[Asked]) -> sa.Select[tuple[int]]:
    """The numbers of tickets in which all of ``asks`` stand; there has to be at least one."""
    return sa.select(TABLE.c.rowid).where(condition(dialect, asks))


def condition(dialect: str, asks: Sequence[Asked]) -> sa.ColumnElement[bool]:
    """The same as a condition on :data:`TABLE`, for a list that is read in the order of the index."""
    if dialect == "sqlite":
        query = sa.literal(" AND ".join(_fts5(ask) for ask in asks))
        return sa.literal_column("ticket_fts").op("MATCH", is_comparison=True)(query)
    parsed = sa.cast(sa.literal(" & ".join(_tsquery(ask) for ask in asks)), TSQUERY)
    return sa.literal_column("ticket_fts.document").op("@@", is_comparison=True)(parsed)


def hits(conn: sa.Connection, match: sa.ColumnElement[bool], *, descending: bool) -> sa.FromClause:
    """The numbers (``rowid``) that a list in this order is read from.

    PostgreSQL takes a word's beginning for as rare as any other. It would walk through all tickets for a word that
    stands in few, or collect and sort the thousands that have a common one. So the newest tickets are looked through
    first: where the words hardly occur there, the index finds them all; where they do, the list is walked through in
    its order until the page is full. The offset of nothing keeps that order from being planned away.
    """
    if conn.dialect.name == "sqlite":
        return sa.select(TABLE.c.rowid).where(match).subquery("hits")
    newest = sa.select(TABLE).order_by(TABLE.c.rowid.desc()).limit(_NEWEST).subquery(TABLE.name)
    some = sa.select(sa.literal_column("1")).select_from(newest).where(match).limit(_COMMON).subquery()
    if conn.execute(sa.select(sa.func.count()).select_from(some)).scalar_one() < _COMMON:
        found = sa.select(TABLE.c.rowid).where(match).scalar_subquery()
        return sa.select(sa.func.unnest(sa.func.array(found)).label("rowid")).subquery("hits")
    order = TABLE.c.rowid.desc() if descending else TABLE.c.rowid
    walked = sa.select(TABLE).order_by(order).offset(0).subquery(TABLE.name)
    return sa.select(walked.c.rowid).where(match).subquery("hits")


def common(conn: sa.Connection, asks: Sequence[Asked]) -> bool:
    """Whether so many tickets have these words that a list in another order is better read in that order.

    Beginnings of one or two letters are taken for common: to count them costs as much as to find them.
    """
    if any(_is_short(ask) for ask in asks):
        return True
    some = matching(conn.dialect.name, asks).limit(_MANY).subquery()
    return conn.execute(sa.select(sa.func.count()).select_from(some)).scalar_one() >= _MANY


def _is_short(ask: Asked) -> bool:
    if isinstance(ask, Either):
        return any(_is_short(one) for asks in ask.each for one in asks)
    return len(ask.tokens) == 1 and not ask.exact and len(ask.tokens[0]) < _SHORT


def _fts5(ask: Asked) -> str:
    if isinstance(ask, Either):
        return "(" + " OR ".join("(" + " AND ".join(map(_fts5, asks)) + ")" for asks in ask.each) + ")"
    words = f'"{" ".join(ask.tokens)}"' + ("" if ask.exact else " *")
    return words if ask.parts == PARTS else f"{{{' '.join(ask.parts)}}} : {words}"


def _tsquery(ask: Asked) -> str:
    if isinstance(ask, Either):
        return "(" + " | ".join("(" + " & ".join(map(_tsquery, asks)) + ")" for asks in ask.each) + ")"
    letters = "" if ask.parts == PARTS else "".join(_LETTERS[part] for part in ask.parts)
    last = len(ask.tokens) - 1
    pieces = []
    for at, word in enumerate(ask.tokens):
        how = ("*" if at == last and not ask.exact else "") + letters
        pieces.append(f"'{word}'" + (f":{how}" if how else ""))
    return "(" + " <-> ".join(pieces) + ")"


def _tsvector(document: dict[str, Any]) -> str:
    """A tsvector in its own notation. Between two parts lies a gap, so that no phrase reaches across."""
    places: dict[str, list[str]] = {}
    at = 0
    for part in PARTS:
        for word in tokens(document[part][:LONGEST]):
            at += 1
            kept = places.setdefault(word[:500], [])
            if len(kept) < 200:
                kept.append(f"{min(at, _PLACES)}{_LETTERS[part]}")
        at += 10
    return " ".join(f"'{word}':{','.join(found)}" for word, found in places.items())
