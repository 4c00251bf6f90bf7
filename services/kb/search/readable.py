"""What of a ranking the asker may read: the index only proposes, the database decides.

An index that lags behind can therefore show nothing that it should not.
"""

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa

from services.kb.articles.policy import published_for
from services.kb.contract import Visibility
from services.kb.models import article, article_tag, passage
from services.kb.search.places import Key
from services.kb.search.ranking import Found, Ranking
from services.kb.sections.repository import subtree

TAG_WORTH: Final = 0.04  # of a score between 0 and 1, for each shared tag, at most two


@dataclass(frozen=True)
class Ask:
    """One question to the engine. `reader` is the language that the asker reads, where known."""

    text: str
    visibilities: tuple[Visibility, ...]
    reader: str | None = None
    limit: int = 10
    section: UUID | None = None
    tag: str | None = None
    boost_tags: tuple[str, ...] = ()


def readable(conn: sa.Connection, ask: Ask, *columns: sa.ColumnElement[Any]) -> sa.Select[Any]:
    """`columns` of passages of articles that the asker may read and that the filters leave."""
    query: sa.Select[Any] = sa.select(*columns).join(article, article.c.id == passage.c.article_id)
    query = query.where(published_for(ask.visibilities))
    if ask.section is not None:
        query = query.where(article.c.section_id.in_(subtree(conn, ask.section)))
    if ask.tag is not None:
        query = query.where(
            article.c.id.in_(sa.select(article_tag.c.article_id).where(article_tag.c.tag == ask.tag))
        )
    return query


def allowed(conn: sa.Connection, ranking: Ranking, ask: Ask) -> list[Found]:
    """The best articles that the asker may read, each once, in the reader's language where it has that."""
    _raise(conn, ranking, ask)
    chosen: list[Found] = []
    done: set[str] = set()
    at, step = 0, 2 * ask.limit  # mostly enough; where much may not be read, the rest goes by larger steps
    while at < len(ranking.order):
        part = ranking.order[at : at + step]
        at, step = at + step, 4 * ask.limit
        languages = _languages(conn, {article_id for article_id, _ in part} - done, ask)
        for key in part:
            if key[0] in done or key[1] not in languages.get(key[0], ()):
                continue
            done.add(key[0])
            chosen.append(_in_language(key, ranking, languages[key[0]], ask.reader))
            if len(chosen) == ask.limit:
                return chosen
    return chosen


def _languages(conn: sa.Connection, ids: set[str], ask: Ask) -> dict[str, set[str]]:
    """The languages in which each of the articles may be read."""
    query = readable(conn, ask, passage.c.article_id, passage.c.lang)
    query = query.where(article.c.id.in_([UUID(key) for key in sorted(ids)])).distinct()
    found: dict[str, set[str]] = {}
    for row in conn.execute(query):
        found.setdefault(str(row.article_id), set()).add(row.lang)
    return found


def _raise(conn: sa.Connection, ranking: Ranking, ask: Ask) -> None:
    """Move articles with tags that were asked for up: a shared tag is worth a place or two."""
    near, rest = ranking.order[: 8 * ask.limit], ranking.order[8 * ask.limit :]
    if not ask.boost_tags or not near:
        return
    shared = sa.select(article_tag.c.article_id, sa.func.count().label("n")).where(
        article_tag.c.article_id.in_({UUID(key[0]) for key in near}), article_tag.c.tag.in_(ask.boost_tags)
    )
    tagged = {str(row.article_id): row.n for row in conn.execute(shared.group_by(article_tag.c.article_id))}
    ranking.raised = {key: TAG_WORTH * min(2, tagged[key[0]]) for key in near if key[0] in tagged}
    ranking.order = [*sorted(near, key=lambda key: -ranking.score(key)), *rest]


def _in_language(key: Key, ranking: Ranking, has: set[str], reader: str | None) -> Found:
    """The same article in the reader's language, if it is there; the score stays."""
    found = ranking.found(key)
    if reader is None or found.lang == reader or reader not in has:
        return found
    mine = (key[0], reader)
    passages = ranking.found(mine).passages if mine in ranking.totals else ()
    return Found(found.article, reader, found.score, passages, found.fit)
