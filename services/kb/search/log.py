"""The search log: what readers looked for, without who they are."""

import re
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.common.text import single_line
from services.kb.contract import QueryCount, SearchReport, Visibility
from services.kb.models import search_log
from services.kb.search.engine import Answer
from services.kb.suggestions.hits import hits

# Addresses, card and phone numbers: people type them into any field, and a log has no use for them.
_PRIVATE = re.compile(r"\S+@\S+|\d(?:[ -]?\d){7,}")


def entry(
    search_id: UUID,
    answer: Answer,
    shown: int,
    lang: str,
    visibilities: tuple[Visibility, ...],
    now: datetime,
) -> dict[str, Any]:
    """The log's row of a search."""
    return {
        "id": search_id, "at": now, "query": _PRIVATE.sub("…", single_line(answer.query.text, 200)), "lang": lang,
        "audience": visibilities[-1], "results": shown, "degraded": answer.degraded,
        "took_ms": round(answer.took_ms, 2),
        "top_score": answer.found[0].score if answer.found else 0.0,
    }  # fmt: skip


def report(conn: sa.Connection, since: datetime, top: int = 20) -> SearchReport:
    """What was asked since a time: most asked, and most asked in vain."""
    here = search_log.c.at >= since
    counts = conn.execute(sa.select(
        sa.func.count(), sa.func.sum(sa.case((search_log.c.results == 0, 1), else_=0)),
        sa.func.sum(sa.case((search_log.c.degraded, 1), else_=0)),
    ).where(here)).one()  # fmt: skip
    lowered = sa.func.lower(search_log.c.query)

    def most(*conditions: Any) -> list[QueryCount]:
        query = sa.select(lowered.label("query"), sa.func.count().label("n")).where(here, *conditions)
        rows = conn.execute(query.group_by(lowered).order_by(sa.desc("n"), lowered).limit(top))
        return [QueryCount(query=row.query, count=row.n) for row in rows]

    return SearchReport(
        searches=counts[0], without_result=int(counts[1] or 0), degraded=int(counts[2] or 0), top=most(),
        fruitless=most(search_log.c.results == 0), suggested=hits(conn, since),
    )  # fmt: skip


def forget(conn: sa.Connection, before: datetime) -> int:
    """Drop entries older than a time. Returns how many."""
    return conn.execute(search_log.delete().where(search_log.c.at < before)).rowcount


def since(now: datetime, days: int) -> datetime:
    """The beginning of a report's period."""
    return now - timedelta(days=max(1, min(days, 366)))
