"""Reading articles. Every query takes the actor, or the visibilities that a reader may see."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.common.errors import BadRequest
from services.common.http import Actor, Page, decode_cursor, encode_cursor
from services.kb.articles.policy import readable
from services.kb.contract import Article, ArticleRow, ArticleVersion, Translation
from services.kb.errors import ArticleNotFound
from services.kb.models import article, article_tag, article_version, former_slug, translation
from services.kb.passages.markdown import render
from services.kb.search.analysis import fold

SORTS = {
    "updated": (article.c.updated_at, str, True),
    "popular": (article.c.views, int, True),
}


class Filters:
    """What a list is narrowed by. Unknown sorts are refused, so that no column can be probed through one."""

    def __init__(
        self,
        *,
        state: str | None = None,
        lang: str | None = None,
        section: UUID | None = None,
        tag: str | None = None,
        faq: bool | None = None,
        visibility: str | None = None,
        q: str | None = None,
        reviewer: str | None = None,
        sort: str = "updated",
    ) -> None:
        if sort not in SORTS:
            raise BadRequest(f"Articles are sorted by {' or '.join(SORTS)}, not by {sort[:40]!r}.")
        self.state, self.lang, self.section, self.tag = state, lang, section, tag
        self.faq, self.visibility, self.q, self.sort = faq, visibility, q, sort
        self.reviewer = reviewer

    def conditions(self, sections: Iterable[UUID] | None) -> list[sa.ColumnElement[bool]]:
        """`sections` are the asked section and all below it."""
        found: list[sa.ColumnElement[bool]] = []
        if self.state:
            found.append(article.c.state == self.state)
        if self.visibility:
            found.append(article.c.visibility == self.visibility)
        if self.reviewer:
            found.append(article.c.reviewer_id == self.reviewer)
        if self.faq is not None:
            found.append(article.c.faq.is_(self.faq))
        if sections is not None:
            found.append(article.c.section_id.in_(list(sections)))
        if self.tag:
            tagged = sa.select(article_tag.c.article_id).where(article_tag.c.tag == self.tag)
            found.append(article.c.id.in_(tagged))
        if self.q:
            pattern = f"%{_literal(fold(self.q.strip()))}%"
            titled = sa.select(translation.c.article_id).where(
                translation.c.title_folded.like(pattern, escape="\\")
            )
            found.append(article.c.id.in_(titled))
        return found


def _literal(text: str) -> str:
    """Text as itself inside LIKE: a visitor's % and _ are letters, not wildcards."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def list_articles(
    conn: sa.Connection,
    actor: Actor,
    filters: Filters,
    *,
    limit: int,
    cursor: str | None,
    langs: Sequence[str],
) -> Page[ArticleRow]:
    """A page of articles that the actor may read, each in the first of `langs` that it has."""
    from services.kb.sections.repository import subtree

    column, kind, _ = SORTS[filters.sort]
    sections = subtree(conn, filters.section) if filters.section else None
    query = sa.select(article).where(readable(actor), *filters.conditions(sections))
    if filters.lang:
        has = sa.select(translation.c.article_id).where(translation.c.lang == filters.lang)
        query = query.where(article.c.id.in_(has))
    after = decode_cursor(cursor, kind, str)
    if after is not None:
        query = query.where(sa.tuple_(column, article.c.id) < sa.tuple_(*_key(column, after)))
    rows = conn.execute(query.order_by(column.desc(), article.c.id.desc()).limit(limit + 1)).all()
    more = len(rows) > limit
    rows = rows[:limit]
    cursor_next = None
    if more:
        value = getattr(rows[-1], column.name)
        cursor_next = encode_cursor(value if kind is int else value.isoformat(), str(rows[-1].id))
    return Page(rows_of(conn, rows, langs), cursor_next)


def _key(column: sa.ColumnElement[Any], after: tuple[Any, ...]) -> tuple[Any, Any]:
    from datetime import datetime

    try:
        value = after[0] if isinstance(after[0], int) else datetime.fromisoformat(after[0])
        return sa.literal(value, column.type), sa.literal(UUID(after[1]), article.c.id.type)
    except (TypeError, ValueError) as error:
        raise BadRequest("The cursor is not one that this list gave out.") from error


def rows_of(conn: sa.Connection, rows: Sequence[Any], langs: Sequence[str]) -> list[ArticleRow]:
    """Articles as list entries; one without any language is left out."""
    ids = [row.id for row in rows]
    heads: dict[UUID, dict[str, Any]] = defaultdict(dict)
    columns = (translation.c.article_id, translation.c.lang, translation.c.title, translation.c.slug)
    for head in conn.execute(
        sa.select(*columns, translation.c.summary).where(translation.c.article_id.in_(ids))
    ):
        heads[head.article_id][head.lang] = head
    tags = tags_of(conn, ids)
    return [_row(row, heads[row.id], tags[row.id], langs) for row in rows if heads[row.id]]


def _row(row: Any, heads: dict[str, Any], tags: list[str], langs: Sequence[str]) -> ArticleRow:
    head = heads[best_language(list(heads), langs)]
    return ArticleRow(
        id=row.id, lang=head.lang, title=head.title, slug=head.slug, summary=head.summary, section=row.section_id,
        state=row.state, visibility=row.visibility, faq=row.faq, tags=tags, languages=sorted(heads),
        updated_at=row.updated_at, views=row.views, reviewer_name=row.reviewer_name or "", publish_at=row.publish_at,
        archive_at=row.archive_at,
    )  # fmt: skip


def best_language(has: Sequence[str], wanted: Sequence[str]) -> str:
    """The first wanted language that is there, by its base too (`pt` for `pt-BR`); else the first by name."""
    for lang in wanted:
        base = lang.split("-")[0]
        for candidate in (lang, base):
            if candidate in has:
                return candidate
        if close := sorted(other for other in has if other.split("-")[0] == base):
            return close[0]
    return min(has)


def tags_of(conn: sa.Connection, ids: Sequence[UUID]) -> dict[UUID, list[str]]:
    """The tags of articles, sorted."""
    found: dict[UUID, list[str]] = defaultdict(list)
    query = sa.select(article_tag).where(article_tag.c.article_id.in_(ids)).order_by(article_tag.c.tag)
    for row in conn.execute(query):
        found[row.article_id].append(row.tag)
    return found


def get_article(conn: sa.Connection, actor: Actor, article_id: UUID) -> Article:
    """The whole article. Raises :class:`ArticleNotFound`, also for what the actor may not read."""
    row = conn.execute(sa.select(article).where(article.c.id == article_id, readable(actor))).first()
    if row is None:
        raise ArticleNotFound
    return load(conn, row)


def load(conn: sa.Connection, row: Any) -> Article:
    """An article's row with its languages and tags."""
    texts = conn.execute(sa.select(translation).where(translation.c.article_id == row.id)).all()
    newest = max((text.updated_at for text in texts), default=row.updated_at)
    return Article(
        id=row.id, section=row.section_id, state=row.state, visibility=row.visibility, faq=row.faq,
        translations={text.lang: _translation(text, newest) for text in sorted(texts, key=lambda t: t.lang)},
        tags=tags_of(conn, [row.id])[row.id], version=row.version, created_at=row.created_at,
        updated_at=row.updated_at, published_at=row.published_at, external_id=row.external_id, helpful=row.helpful,
        unhelpful=row.unhelpful, reviewer=row.reviewer_id, reviewer_name=row.reviewer_name or "",
        publish_at=row.publish_at, archive_at=row.archive_at,
    )  # fmt: skip


def _translation(text: Any, newest: Any) -> Translation:
    return Translation(
        title=text.title, slug=text.slug, summary=text.summary, body_markdown=text.body_markdown,
        body_html=render(text.body_markdown), version=text.version, outdated=text.updated_at < newest,
        updated_at=text.updated_at,
    )  # fmt: skip


def find_by_slug(conn: sa.Connection, actor: Actor, lang: str, slug: str) -> tuple[Any, Any]:
    """The article and translation behind an address, former addresses included. Raises ArticleNotFound."""
    current = sa.select(translation.c.article_id).where(
        translation.c.lang == lang, translation.c.slug == slug
    )
    former = sa.select(former_slug.c.article_id).where(former_slug.c.lang == lang, former_slug.c.slug == slug)
    article_id = conn.execute(current).scalar() or conn.execute(former).scalar()
    if article_id is None:
        raise ArticleNotFound
    row = conn.execute(sa.select(article).where(article.c.id == article_id, readable(actor))).first()
    here = sa.select(translation).where(translation.c.article_id == article_id, translation.c.lang == lang)
    text = conn.execute(here).first()
    if row is None or text is None:
        raise ArticleNotFound
    return row, text


def versions(conn: sa.Connection, article_id: UUID, lang: str) -> list[ArticleVersion]:
    """The saved states of one language, newest first."""
    query = sa.select(article_version).where(
        article_version.c.article_id == article_id, article_version.c.lang == lang
    )
    return [
        ArticleVersion(
            number=row.number, lang=row.lang, title=row.title, summary=row.summary, body_markdown=row.body_markdown,
            author=row.author_name, at=row.at,
        )
        for row in conn.execute(query.order_by(article_version.c.number.desc()))
    ]  # fmt: skip
