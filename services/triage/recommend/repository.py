"""Rows of drafts and of what became of them."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from services.common.ids import uuid7
from services.triage.models import Recommendation, RecommendationOutcome, table
from services.triage.recommend.rank import worth
from services.triage.recommend.service import Written

_draft = table(Recommendation)
_outcome = table(RecommendationOutcome)
RECENT = 20_000  # outcomes that usefulness is learnt from: the newest, because macros change


def store(conn: sa.Connection, ticket: UUID, written: Written, at: datetime) -> UUID:
    """Keep a draft that is shown; the same draft of the same ticket keeps its id."""
    dialect = sqlite if conn.dialect.name == "sqlite" else postgresql
    draft = written.draft
    row = {
        "id": uuid7(),
        "ticket": ticket,
        "digest": written.digest,
        "at": at,
        "language": draft.language,
        "text": draft.text,
        "sources": msgspec.to_builtins(draft.sources),
        "spans": msgspec.to_builtins(draft.spans),
        "lead": f"{draft.sources[0].kind}:{draft.sources[0].id}",
        "score": draft.score,
        "composer": written.composer,
    }
    insert = dialect.insert(_draft).values(row).on_conflict_do_nothing(index_elements=["ticket", "digest"])
    conn.execute(insert)
    same = sa.select(_draft.c.id).where(_draft.c.ticket == ticket, _draft.c.digest == written.digest)
    found: UUID = conn.execute(same).scalar_one()
    return found


def get(conn: sa.Connection, recommendation: UUID) -> Any:
    """One draft; None where there is none."""
    return conn.execute(sa.select(_draft).where(_draft.c.id == recommendation)).first()


def set_outcome(
    conn: sa.Connection, recommendation: UUID, outcome: str, changed: float | None, actor: str, at: datetime
) -> None:
    """Keep what became of a draft; the last word counts."""
    dialect = sqlite if conn.dialect.name == "sqlite" else postgresql
    values = {"outcome": outcome, "changed": changed, "actor": actor, "at": at}
    insert = dialect.insert(_outcome).values(recommendation=recommendation, **values)
    conn.execute(insert.on_conflict_do_update(index_elements=["recommendation"], set_=values))


def outcomes_by_source(conn: sa.Connection) -> dict[str, tuple[float, int]]:
    """What drafts were worth together, and how many there were, by the source that led them."""
    query = (
        sa.select(_draft.c.lead, _outcome.c.outcome, _outcome.c.changed, _outcome.c.reopened)
        .join(_outcome, _outcome.c.recommendation == _draft.c.id)
        .order_by(_outcome.c.at.desc())
        .limit(RECENT)
    )
    found: dict[str, tuple[float, int]] = {}
    for row in conn.execute(query):
        good, count = found.get(row.lead, (0.0, 0))
        found[row.lead] = good + worth(row.outcome, row.changed, row.reopened), count + 1
    return found


def came_back(conn: sa.Connection, ticket: UUID) -> None:
    """The ticket was reopened: what was sent to it had not solved it."""
    drafts = sa.select(_draft.c.id).where(_draft.c.ticket == ticket)
    conn.execute(_outcome.update().where(_outcome.c.recommendation.in_(drafts)).values(reopened=True))
