"""Articles that somebody should look at: old, unhelpful, contradicted by tickets, outdated in a language, dead links.

Links into the help centre are looked up as the report is made; what else leads nowhere was found by `articles.links`.
"""

import re
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa

from services.kb.articles.dead import of as dead_when_looked_at
from services.kb.articles.repository import best_language
from services.kb.contract import StaleArticle, StaleReason
from services.kb.models import article, former_slug, session_event, suggestion_session, translation

OLD: Final = timedelta(days=365)
VOICES: Final = 5  # readers, or sessions, below which a share says nothing
SHARE: Final = 0.5
MOST: Final = 2000  # articles that are looked at, those longest unchanged first
_LINK = re.compile(r"\]\(\s*<?/help/([a-z]{2,3}(?:-[A-Za-z0-9]+)?)/([a-z0-9-]+)", re.IGNORECASE)


def report(conn: sa.Connection, now: datetime, locale: str = "") -> list[StaleArticle]:
    """Published articles with at least one reason, those with most reasons and readers first."""
    query = (
        sa.select(article).where(article.c.state == "published").order_by(article.c.updated_at).limit(MOST)
    )
    rows = conn.execute(query).all()
    texts = _texts(conn, [row.id for row in rows])
    dead = _dead_links(conn, texts)
    for article_id, urls in dead_when_looked_at(conn, list(texts)).items():
        dead[article_id] |= urls
    sessions = _sessions(conn)
    found = []
    for row in rows:
        mine = texts.get(row.id)
        if not mine:
            continue
        opened, failed = sessions.get(row.id, (0, 0))
        reasons = _reasons(row, mine, now, opened, failed, bool(dead.get(row.id)))
        if reasons:
            head = mine[best_language(list(mine), [locale or "en"])]
            found.append(StaleArticle(
                id=row.id, title=head.title, lang=head.lang, reasons=reasons, updated_at=row.updated_at,
                views=row.views, helpful=row.helpful, unhelpful=row.unhelpful, opened=opened, ticket_anyway=failed,
                broken=sorted(dead.get(row.id, [])),
            ))  # fmt: skip
    return sorted(found, key=lambda one: (-len(one.reasons), -one.views, str(one.id)))


def _reasons(
    row: Any, texts: dict[str, Any], now: datetime, opened: int, failed: int, broken: bool
) -> list[StaleReason]:
    changed = [text.updated_at for text in texts.values()]
    voices = row.helpful + row.unhelpful
    checks: list[tuple[StaleReason, bool]] = [
        ("old", now - max(changed) > OLD),
        ("unhelpful", voices >= VOICES and row.unhelpful / voices > SHARE),
        ("contradicted", opened >= VOICES and failed / opened > SHARE),
        ("outdated", min(changed) < max(changed)),
        ("broken_link", broken),
    ]
    return [reason for reason, holds in checks if holds]


def _texts(conn: sa.Connection, ids: Sequence[UUID]) -> dict[UUID, dict[str, Any]]:
    found: dict[UUID, dict[str, Any]] = defaultdict(dict)
    for start in range(0, len(ids), 500):
        here = translation.c.article_id.in_(list(ids[start : start + 500]))
        for text in conn.execute(sa.select(translation).where(here)):
            found[text.article_id][text.lang] = text
    return found


def _dead_links(conn: sa.Connection, texts: dict[UUID, dict[str, Any]]) -> dict[UUID, set[str]]:
    published = sa.select(translation.c.lang, translation.c.slug).join(
        article, article.c.id == translation.c.article_id
    )
    former = sa.select(former_slug.c.lang, former_slug.c.slug).join(
        article, article.c.id == former_slug.c.article_id
    )
    known = {
        (row.lang, row.slug)
        for query in (published, former)
        for row in conn.execute(query.where(article.c.state == "published"))
    }
    dead: dict[UUID, set[str]] = defaultdict(set)
    for article_id, languages in texts.items():
        for text in languages.values():
            for lang, slug in _LINK.findall(text.body_markdown):
                if (lang.lower(), slug.lower()) not in known:
                    dead[article_id].add(f"/help/{lang}/{slug}")
    return dead


def _sessions(conn: sa.Connection) -> dict[UUID, tuple[int, int]]:
    """Sessions in which an article was opened, and those of them that ended with a ticket."""
    failed = sa.func.sum(sa.case((suggestion_session.c.ticket_at.is_not(None), 1), else_=0))
    joined = session_event.join(suggestion_session, suggestion_session.c.id == session_event.c.session_id)
    query = (
        sa.select(session_event.c.article_id, sa.func.count().label("opened"), failed.label("failed"))
        .select_from(joined)
        .where(session_event.c.kind == "opened", session_event.c.article_id.is_not(None))
        .group_by(session_event.c.article_id)
    )
    return {row.article_id: (row.opened, int(row.failed)) for row in conn.execute(query)}
