""" "Did this help?": one voice a reader and article."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from services.common.http import Actor
from services.common.text import strip_control
from services.kb.articles.policy import readable
from services.kb.contract import FeedbackInput
from services.kb.errors import ArticleNotFound
from services.kb.models import article, feedback

LONGEST = 2000


def give(
    conn: sa.Connection, actor: Actor, article_id: UUID, visitor: str, given: FeedbackInput, now: datetime
) -> None:
    """Store a reader's voice; a second one replaces the first. `visitor` is a keyed hash."""
    if (
        conn.execute(sa.select(article.c.id).where(article.c.id == article_id, readable(actor))).first()
        is None
    ):
        raise ArticleNotFound
    conn.execute(feedback.delete().where(feedback.c.article_id == article_id, feedback.c.visitor == visitor))
    conn.execute(feedback.insert().values(
        article_id=article_id, visitor=visitor, lang=(given.lang or "")[:12], helpful=given.helpful,
        comment=strip_control(given.comment).strip()[:LONGEST], at=now,
    ))  # fmt: skip
    voices = sa.select(feedback.c.helpful, sa.func.count()).where(feedback.c.article_id == article_id)
    counts: dict[bool, int] = {row[0]: row[1] for row in conn.execute(voices.group_by(feedback.c.helpful))}
    values = {"helpful": counts.get(True, 0), "unhelpful": counts.get(False, 0)}
    conn.execute(article.update().where(article.c.id == article_id).values(**values))
