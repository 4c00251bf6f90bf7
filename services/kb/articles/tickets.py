"""Articles beside a ticket: those that carry its tags, and a draft out of its solution."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import sqlalchemy as sa

from services.common.errors import FieldError
from services.common.http import Actor
from services.common.text import single_line
from services.kb.articles import service
from services.kb.articles.policy import SIGNED_IN, published_for
from services.kb.articles.repository import rows_of
from services.kb.contract import Article, ArticleInput, ArticleRow, ResolutionInput, TranslationInput
from services.kb.errors import InvalidArticle
from services.kb.gaps.draft import WORDS, body
from services.kb.gaps.service import Question, clean
from services.kb.models import article, article_tag

MOST: Final = 5


def tagged(conn: sa.Connection, tags: Sequence[str], lang: str) -> list[ArticleRow]:
    """Articles that the ticket's customer may open, those that share most tags first, then the most read."""
    shared = (
        sa.select(article_tag.c.article_id, sa.func.count().label("n"))
        .where(article_tag.c.tag.in_(list(tags)[:50]))
        .group_by(article_tag.c.article_id)
        .subquery()
    )
    query = (
        sa.select(article).join(shared, shared.c.article_id == article.c.id).where(published_for(SIGNED_IN))
    )
    order = (shared.c.n.desc(), article.c.views.desc(), article.c.id)
    return rows_of(conn, conn.execute(query.order_by(*order).limit(MOST)).all(), [lang])


def draft(conn: sa.Connection, actor: Actor, given: ResolutionInput, now: datetime) -> Article:
    """A draft for colleagues, without addresses and long numbers of the customer; a person finishes it."""
    reply = clean(given.reply)
    if not reply:
        raise InvalidArticle(errors=[FieldError("reply", "is empty", "required")])
    base = given.lang.split("-")[0]
    lang = base if base in WORDS else "en"
    asked = Question(text=clean(given.question), lang=lang, reply=reply, number=given.number)
    text = TranslationInput(
        title=clean(single_line(given.title, 300)) or str(given.number), body_markdown=body([asked], lang)
    )
    made = ArticleInput(translations={lang: text}, tags=given.tags, visibility="staff")
    return service.create(conn, actor, made, now)
