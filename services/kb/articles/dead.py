"""Links that led nowhere when they were last looked at."""

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

import sqlalchemy as sa

from services.kb.models import dead_link


def forget_changed(conn: sa.Connection, article_id: UUID, bodies: list[str]) -> None:
    """What an author has taken out of an article is no dead link of it any more."""
    rows = conn.execute(
        sa.select(dead_link.c.row, dead_link.c.url).where(dead_link.c.article_id == article_id)
    )
    gone = [row.row for row in rows if not any(row.url in body for body in bodies)]
    if gone:
        conn.execute(dead_link.delete().where(dead_link.c.row.in_(gone)))


def of(conn: sa.Connection, ids: Sequence[UUID]) -> dict[UUID, set[str]]:
    """The addresses that led nowhere, by article."""
    found: dict[UUID, set[str]] = defaultdict(set)
    query = sa.select(dead_link.c.article_id, dead_link.c.url, dead_link.c.reason, dead_link.c.status)
    for row in conn.execute(query):
        if row.reason != "missing":  # what is looked up anew for every report
            found[row.article_id].add(f"{row.url} ({row.status or row.reason})")
    return {one: found[one] for one in ids if one in found}
