"""Asking for articles to be indexed, in the unit of work that changed them."""

from collections.abc import Sequence
from uuid import UUID

import sqlalchemy as sa

from services.common.jobs import Jobs

jobs = Jobs("kb")
SLICE = 50  # articles of one job: a few hundred passages, seconds of embedding


def wish_indexed(conn: sa.Connection, article_ids: Sequence[UUID]) -> None:
    """Have the articles' passages and vectors follow, soon after the unit has committed."""
    ids = [str(article_id) for article_id in article_ids]
    for start in range(0, len(ids), SLICE):
        jobs.enqueue(conn, "index_articles", {"articles": ids[start : start + SLICE]})
