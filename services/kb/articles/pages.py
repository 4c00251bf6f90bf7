"""A published article as a reader sees it."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.common.http import Actor
from services.kb.articles.policy import PUBLIC, audience, published_for
from services.kb.articles.repository import find_by_slug, rows_of, tags_of
from services.kb.contract import Address, ArticlePage, ArticleRow, Heading
from services.kb.models import article, article_day, article_tag, translation
from services.kb.passages.markdown import headings, render
from services.kb.sections.repository import crumbs

RELATED = 5


def page(conn: sa.Connection, actor: Actor, lang: str, slug: str) -> ArticlePage:
    """The page behind an address. Raises ArticleNotFound, also for what the actor may not read."""
    row, text = find_by_slug(conn, actor, lang, slug)
    slugs = sa.select(translation.c.lang, translation.c.slug).where(translation.c.article_id == row.id)
    return ArticlePage(
        id=row.id, lang=text.lang, slug=text.slug, title=text.title, summary=text.summary,
        html=render(text.body_markdown),
        headings=[Heading(level=h.level, text=h.text, anchor=h.anchor) for h in headings(text.body_markdown)],
        languages={other.lang: other.slug for other in conn.execute(slugs)},
        crumbs=crumbs(conn, row.section_id, lang), related=related(conn, actor, row, lang),
        tags=tags_of(conn, [row.id])[row.id], visibility=row.visibility, faq=row.faq, updated_at=row.updated_at,
        version=row.version,
    )  # fmt: skip


def related(conn: sa.Connection, actor: Actor, row: Any, lang: str) -> list[ArticleRow]:
    """Articles that share most tags with one, then those of its section that are read most."""
    tags = sa.select(article_tag.c.tag).where(article_tag.c.article_id == row.id)
    shared = (
        sa.select(article_tag.c.article_id, sa.func.count().label("shared"))
        .where(article_tag.c.tag.in_(tags), article_tag.c.article_id != row.id)
        .group_by(article_tag.c.article_id)
        .subquery()
    )
    near = sa.or_(shared.c.shared.is_not(None), article.c.section_id == row.section_id)
    query = (
        sa.select(article)
        .outerjoin(shared, shared.c.article_id == article.c.id)
        .where(published_for(audience(actor)), article.c.id != row.id, near)
        .order_by(sa.func.coalesce(shared.c.shared, 0).desc(), article.c.views.desc(), article.c.id)
        .limit(RELATED)
    )
    return rows_of(conn, conn.execute(query).all(), [lang])


def viewed(conn: sa.Connection, article_id: UUID, now: datetime) -> None:
    """Count a reading, in all and on its day."""
    conn.execute(article.update().where(article.c.id == article_id).values(views=article.c.views + 1))
    here = sa.and_(article_day.c.article_id == article_id, article_day.c.day == now.date())
    counted = conn.execute(article_day.update().where(here).values(views=article_day.c.views + 1))
    if not counted.rowcount:  # the row of the article above is locked by now, so nobody else adds the day
        conn.execute(article_day.insert().values(article_id=article_id, day=now.date(), views=1))


def addresses(conn: sa.Connection, *, lang: str | None, limit: int) -> list[Address]:
    """Published articles that everybody may read, newest change first: whoever asks, for what is copied on."""
    query = sa.select(article).where(published_for(PUBLIC))
    if lang is not None:
        query = query.where(
            article.c.id.in_(sa.select(translation.c.article_id).where(translation.c.lang == lang))
        )
    rows = conn.execute(query.order_by(article.c.updated_at.desc(), article.c.id.desc()).limit(limit)).all()
    columns = (translation.c.article_id, translation.c.lang, translation.c.slug, translation.c.title,
               translation.c.summary)  # fmt: skip
    texts: dict[UUID, list[Any]] = {}
    public = sa.select(article.c.id).where(published_for(PUBLIC))
    wanted = {row.id for row in rows}
    for text in conn.execute(sa.select(*columns).where(translation.c.article_id.in_(public))):
        if text.article_id in wanted:
            texts.setdefault(text.article_id, []).append(text)
    return [
        Address(
            id=row.id, slugs={t.lang: t.slug for t in texts.get(row.id, [])},
            titles={t.lang: t.title for t in texts.get(row.id, [])},
            summaries={t.lang: t.summary for t in texts.get(row.id, [])}, published_at=row.published_at,
            updated_at=row.updated_at,
        )
        for row in rows
    ]  # fmt: skip
