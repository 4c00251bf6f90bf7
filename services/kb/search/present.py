"""Turning what was found into what is shown: titles, the passage that answers, true highlights."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa

from services.kb.articles.policy import published_for
from services.kb.contract import QuotedAnswer, SearchHit, Visibility
from services.kb.models import article, passage, section, translation
from services.kb.search.analysis import tokens
from services.kb.search.highlight import matches, segments, window
from services.kb.search.query import Query
from services.kb.search.ranking import Found
from services.kb.sections.repository import name_in

# Measured on the demo desk's 197 questions: 32 of 100 get an answer on top, and 98 of 100 of those the right one.
ANSWERS_FROM = 0.10  # of `fit`
LEADS_BY = 0.05  # of `score`, before the second
FEWEST_WORDS = 2
LOOKED_AT = 3  # passages of an article that compete for being shown


def hits(
    conn: sa.Connection, found: Sequence[Found], query: Query, visibilities: tuple[Visibility, ...]
) -> list[SearchHit]:
    """The hits with their texts, read once more under the asker's rights."""
    heads = _heads(conn, [f.article for f in found], visibilities)
    passages = _passages(conn, found)
    terms = query.terms
    shown = []
    for item in found:
        head = heads.get((item.article, item.lang))
        rows = passages.get((item.article, item.lang))
        if head is None or not rows:
            continue
        shown.append(_hit(item, head, _best(rows, item, terms), terms))
    return shown


_SHOWN: Final = (passage.c.id, passage.c.article_id, passage.c.lang, passage.c.text, passage.c.heading,
                 passage.c.anchor)  # fmt: skip


def _heads(
    conn: sa.Connection, ids: Sequence[UUID], visibilities: tuple[Visibility, ...]
) -> dict[tuple[UUID, str], Any]:
    columns = (translation.c.article_id, translation.c.lang, translation.c.title, translation.c.slug,
               article.c.visibility, article.c.section_id, article.c.updated_at, section.c.name)  # fmt: skip
    joined = translation.join(article, article.c.id == translation.c.article_id).outerjoin(
        section, section.c.id == article.c.section_id
    )
    query = sa.select(*columns).select_from(joined).where(article.c.id.in_(ids), published_for(visibilities))
    return {(row.article_id, row.lang): row for row in conn.execute(query)}


def _passages(conn: sa.Connection, found: Sequence[Found]) -> dict[tuple[UUID, str], list[Any]]:
    """The passages that may be shown: the one that matched best, else the next ones, else the first of the article."""
    best = [item.passages[0] for item in found if item.passages]
    first = sa.select(*_SHOWN).where(passage.c.id.in_(best))
    rows = {(row.article_id, row.lang): [row] for row in conn.execute(first)}
    late = [item for item in found if (item.article, item.lang) not in rows]
    if late:
        rows.update(_others(conn, late))
    return rows


def _others(conn: sa.Connection, found: Sequence[Found]) -> dict[tuple[UUID, str], list[Any]]:
    """Passages of articles whose best one is unknown, or is gone since it was indexed."""
    wanted = [key for item in found for key in item.passages[1:LOOKED_AT]]
    bare = [item.article for item in found if not item.passages]
    chosen = sa.or_(
        passage.c.id.in_(wanted), sa.and_(passage.c.article_id.in_(bare), passage.c.ordinal < LOOKED_AT)
    )
    rows: dict[tuple[UUID, str], list[Any]] = {}
    for row in conn.execute(sa.select(*_SHOWN, passage.c.terms).where(chosen).order_by(passage.c.ordinal)):
        rows.setdefault((row.article_id, row.lang), []).append(row)
    return rows


def _best(rows: Sequence[Any], item: Found, terms: dict[str, float]) -> Any:
    """The passage that the index ranked first; among unranked ones, the one with most of the words."""
    place = {key: at for at, key in enumerate(item.passages)}
    if place:
        return min(rows, key=lambda row: place.get(row.id, len(place)))
    return max(rows, key=lambda row: len(set(row.terms.split()) & terms.keys()))


def _hit(item: Found, head: Any, row: Any, terms: dict[str, float]) -> SearchHit:
    shown = window(row.text, terms, item.lang)
    return SearchHit(
        article=item.article, lang=item.lang, slug=head.slug, title=head.title, score=item.score, passage=shown,
        highlight=segments(shown, terms, item.lang), title_highlight=segments(head.title, terms, item.lang),
        passage_id=row.id, anchor=row.anchor, heading=row.heading, section=head.section_id,
        section_name=name_in(head.name or {}, item.lang), visibility=head.visibility, updated_at=head.updated_at,
        fit=item.fit,
    )  # fmt: skip


def words_matched(text: str, query: Query, lang: str) -> int:
    """How many of the query's words a text has, by the same rule that marks them."""
    found = tokens(text)
    return sum(any(matches(token, word.terms, lang) for token in found) for word in query.words)


def quoted(shown: Sequence[SearchHit], query: Query) -> QuotedAnswer | None:
    """The first hit as an answer, where it stands out: near to the question, and clearly ahead of the next.

    What is quoted stands in the article word for word. Codes are looked up, not answered.
    """
    if not shown or shown[0].fit is None or len(query.words) < FEWEST_WORDS or query.codes:
        return None
    first = shown[0]
    lead = first.score - (shown[1].score if len(shown) > 1 else 0.0)
    if first.fit is None or first.fit < ANSWERS_FROM or lead < LEADS_BY:
        return None
    marked = any(part.marked for part in [*first.highlight, *first.title_highlight])
    if not marked and first.lang.split("-")[0] == query.lang:  # near in meaning, and not a word in common
        return None
    return QuotedAnswer(
        article=first.article, lang=first.lang, slug=first.slug, title=first.title, anchor=first.anchor,
        heading=first.heading, quote=first.passage, highlight=first.highlight,
    )  # fmt: skip
