"""Whether what is suggested is what people need: the hit rate of suggestions."""

from datetime import datetime

import sqlalchemy as sa

from services.kb.contract import SuggestionHits
from services.kb.models import session_event, suggestion_session


def hits(conn: sa.Connection, since: datetime) -> SuggestionHits:
    """Sessions since a time that were shown articles, and what they did with them; each session counts once."""
    s, e = suggestion_session.c, session_event.c
    did = (
        sa.select(
            e.session_id,
            sa.func.max(sa.case((e.kind == "shown", 1), else_=0)).label("offered"),
            sa.func.max(sa.case((e.kind == "opened", 1), else_=0)).label("opened"),
        )
        .where(e.kind.in_(("shown", "opened")), e.at >= since)
        .group_by(e.session_id)
        .subquery()
    )

    def count(*conditions: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
        return sa.func.coalesce(sa.func.sum(sa.case((sa.and_(*conditions), 1), else_=0)), 0)

    offered = did.c.offered == 1
    solved = (offered, s.outcome == "solved", s.ticket_at.is_(None))
    query = (
        sa.select(
            sa.func.count().label("sessions"),
            count(offered).label("offered"),
            count(offered, did.c.opened == 1).label("opened"),
            count(*solved).label("solved"),
        )
        .select_from(suggestion_session.outerjoin(did, did.c.session_id == s.id))
        .where(s.arm == "shown", s.vouched, s.started_at >= since)
    )
    row = conn.execute(query).one()
    return SuggestionHits(
        sessions=int(row.sessions), offered=int(row.offered), opened=int(row.opened), solved=int(row.solved)
    )
