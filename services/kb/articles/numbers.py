"""What articles were worth over a period: read, found helpful, and the ticket that did not come."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa

from services.kb.articles.repository import rows_of
from services.kb.contract import ArticleNumbers
from services.kb.models import article, article_day, feedback, session_event, suggestion_session

MOST: Final = 200  # articles in the report; those that are read least are left out


def report(conn: sa.Connection, since: datetime, locale: str = "") -> list[ArticleNumbers]:
    """Published articles, the most read of the period first."""
    read = (
        sa.select(article_day.c.article_id, sa.func.sum(article_day.c.views).label("n"))
        .where(article_day.c.day >= since.date())
        .group_by(article_day.c.article_id)
        .subquery()
    )
    views = sa.func.coalesce(read.c.n, 0)
    query = sa.select(article, views.label("n")).outerjoin(read, read.c.article_id == article.c.id)
    found = conn.execute(
        query.where(article.c.state == "published").order_by(views.desc(), article.c.id).limit(MOST)
    ).all()
    ids = [row.id for row in found]
    heads = {head.id: head for head in rows_of(conn, found, [locale or "en"])}
    voices, sessions = _voices(conn, ids, since), _sessions(conn, ids, since)
    return [
        ArticleNumbers(
            id=row.id, title=heads[row.id].title, lang=heads[row.id].lang, views=int(row.n),
            helpful=voices.get(row.id, (0, 0))[0], unhelpful=voices.get(row.id, (0, 0))[1],
            **sessions.get(row.id, {}),
        )
        for row in found
        if row.id in heads
    ]  # fmt: skip


def _voices(conn: sa.Connection, ids: list[UUID], since: datetime) -> dict[UUID, tuple[int, int]]:
    yes = sa.func.sum(sa.case((feedback.c.helpful, 1), else_=0))
    query = sa.select(feedback.c.article_id, yes.label("yes"), sa.func.count().label("n"))
    here = sa.and_(feedback.c.article_id.in_(ids), feedback.c.at >= since)
    rows = conn.execute(query.where(here).group_by(feedback.c.article_id))
    return {row.article_id: (int(row.yes), row.n - int(row.yes)) for row in rows}


def _sessions(conn: sa.Connection, ids: list[UUID], since: datetime) -> dict[UUID, dict[str, Any]]:
    """Sessions in which an article was opened while somebody wrote, by how they ended; each session once."""
    s, e = suggestion_session.c, session_event.c
    opened = (
        sa.select(e.session_id, e.article_id)
        .where(e.kind == "opened", e.article_id.in_(ids), e.at >= since)
        .distinct()
        .subquery()
    )
    came, back = s.ticket_at.is_not(None), s.returned_at.is_not(None)
    stayed_away = sa.and_(~came, ~back)

    def count(condition: Any) -> Any:
        return sa.func.sum(sa.case((condition, 1), else_=0))

    query = (
        sa.select(
            opened.c.article_id,
            sa.func.count().label("opened"),
            count(sa.and_(stayed_away, s.outcome == "solved")).label("confirmed"),
            count(sa.and_(stayed_away, s.outcome == "left")).label("assumed"),
            count(came).label("ticket_anyway"),
        )
        .select_from(opened.join(suggestion_session, s.id == opened.c.session_id))
        .where(s.arm == "shown")
        .group_by(opened.c.article_id)
    )
    names = ("opened", "confirmed", "assumed", "ticket_anyway")
    return {row.article_id: {name: int(getattr(row, name)) for name in names} for row in conn.execute(query)}
