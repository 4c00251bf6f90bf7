"""Satisfaction over a period. The definitions are in ``docs/metrics.md``."""

from datetime import datetime, timedelta
from typing import Any, Literal

import sqlalchemy as sa

from services.core.contract import RatedTicket, Rating, SatisfactionGroup, SatisfactionReport
from services.core.models import contact, rating, staff, ticket
from services.core.satisfaction.ratings import GOOD

By = Literal["assignee", "team", "category", "channel"]
RECENT = 50
_KEYS: dict[str, sa.ColumnElement[Any]] = {
    "assignee": staff.c.name,
    "team": ticket.c.team,
    "category": ticket.c.category,
    "channel": ticket.c.channel,
}
_JOINED = rating.join(ticket, ticket.c.id == rating.c.ticket_id).outerjoin(
    staff, staff.c.id == ticket.c.assignee_id
)
_SATISFIED = sa.func.sum(sa.case((rating.c.score >= GOOD, 1), else_=0))


def report(conn: sa.Connection, days: int, by: By, now: datetime) -> SatisfactionReport:
    """What customers said in the last ``days``: four statements, whatever the size."""
    since = now - timedelta(days=days)
    given = rating.c.score.is_not(None), rating.c.rated_at >= since
    asked = conn.execute(sa.select(sa.func.count()).where(rating.c.asked_at >= since)).scalar_one()
    counts = sa.select(rating.c.score, sa.func.count()).where(*given).group_by(rating.c.score)
    scores = {str(score): 0 for score in range(1, 6)} | {
        str(row[0]): int(row[1]) for row in conn.execute(counts)
    }
    answered = sum(scores.values())
    good = sum(count for score, count in scores.items() if int(score) >= GOOD)
    total = sum(int(score) * count for score, count in scores.items())
    return SatisfactionReport(
        days=days,
        asked=int(asked),
        answered=answered,
        csat=good / answered if answered else None,
        average=total / answered if answered else None,
        scores=scores,
        groups=_groups(conn, _KEYS[by], given),
        recent=_recent(conn, given),
    )


def _groups(conn: sa.Connection, key: sa.ColumnElement[Any], given: Any) -> list[SatisfactionGroup]:
    query = (
        sa.select(key, sa.func.count().label("answered"), _SATISFIED.label("good"))
        .select_from(_JOINED)
        .where(*given)
        .group_by(key)
        .order_by(sa.desc("answered"), key)
        .limit(200)
    )
    return [
        SatisfactionGroup(key=row[0] or "", answered=int(row[1]), csat=int(row[2]) / int(row[1]))
        for row in conn.execute(query)
    ]


def _recent(conn: sa.Connection, given: Any) -> list[RatedTicket]:
    query = (
        sa.select(rating, ticket.c.number, ticket.c.subject, contact.c.name)
        .join(ticket, ticket.c.id == rating.c.ticket_id)
        .join(contact, contact.c.id == ticket.c.requester_id)
        .where(*given)
        .order_by(rating.c.rated_at.desc(), ticket.c.number.desc())
        .limit(RECENT)
    )
    return [
        RatedTicket(
            number=row.number,
            subject=row.subject,
            customer=row.name,
            rating=Rating(score=row.score, comment=row.comment, at=row.rated_at),
        )
        for row in conn.execute(query)
    ]
