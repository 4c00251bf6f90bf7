"""Likely duplicates: a new ticket beside the open ones of the same customer, by meaning; by words without triage."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.common.errors import DeskError
from services.common.events import record
from services.common.jobs import JobContext
from services.core.contract import TICKET_UPDATED
from services.core.desk import Core
from services.core.jobs import jobs
from services.core.models import duplicate_hint, ticket
from services.core.search.fulltext import tokens
from services.core.tickets.anatomy import Row
from services.core.tickets.status import DONE
from services.triage.client import TriageClient

WINDOW = timedelta(days=14)
MOST = 20
ALIKE = 0.93  # cosine of two questions; below it lie those that only share a topic
SAME_WORDS = 0.8  # of the words of both, those that both have


def look(conn: sa.Connection, row: Row) -> None:
    """Have a ticket compared, in the unit that has read it, where its customer has another open one."""
    if _others(conn, row).first() is not None:
        jobs.enqueue(conn, "find_duplicates", {"ticket": str(row["id"])})


def _others(conn: sa.Connection, row: Any) -> sa.CursorResult[Any]:
    return conn.execute(
        sa.select(ticket.c.id, ticket.c.subject, ticket.c.description)
        .where(
            ticket.c.requester_id == row["requester_id"],
            ticket.c.id != row["id"],
            ticket.c.status_category.not_in(DONE),
            ticket.c.created_at >= row["created_at"] - WINDOW,
            ticket.c.number < row["number"],
        )
        .order_by(ticket.c.number.desc())
        .limit(MOST)
    )


@jobs.job("find_duplicates", max_attempts=3)
async def find_duplicates(ctx: JobContext, payload: dict[str, str]) -> dict[str, Any]:
    """Compare one ticket with the others of its customer and keep those that say the same."""
    core: Core = ctx.service
    ticket_id = UUID(payload["ticket"])

    def read(conn: sa.Connection) -> tuple[Any, list[Any]]:
        row = conn.execute(sa.select(ticket).where(ticket.c.id == ticket_id)).mappings().first()
        if row is None or row["status_category"] in DONE:
            return None, []
        return row, list(_others(conn, row))

    row, others = await core.db.read(read)
    if not others:
        return {"found": 0}
    scores = {other.id: overlap(row["subject"], row["description"], other) for other in others}
    found = {id_: score for id_, score in scores.items() if score >= SAME_WORDS}
    try:
        near = await TriageClient(core.rt.peer("triage", "core")).likeness(ticket_id, list(scores))
        found |= {id_: score for id_, score in near.items() if score >= ALIKE}
    except DeskError:
        pass  # words have to do until triage is back
    await core.db.write(lambda conn: _store(conn, core, row, found))
    return {"found": len(found)}


def overlap(subject: str, description: str, other: Any) -> float:
    """Share of words in common, 0 to 1."""
    one = set(tokens(f"{subject} {description}"))
    two = set(tokens(f"{other.subject} {other.description}"))
    return len(one & two) / len(one | two) if one | two else 0.0


def _store(conn: sa.Connection, core: Core, row: Any, found: dict[UUID, float]) -> None:
    known = set(
        conn.execute(
            sa.select(duplicate_hint.c.other_id).where(duplicate_hint.c.ticket_id == row["id"])
        ).scalars()
    )
    new = {other: score for other, score in found.items() if other not in known}
    if not new:
        return
    conn.execute(
        duplicate_hint.insert(),
        [
            {
                "ticket_id": row["id"],
                "other_id": other,
                "score": round(min(score, 1.0), 4),
                "dismissed_by": None,
                "at": core.now(),
            }
            for other, score in new.items()
        ],
    )
    data = {"ticket": str(row["id"]), "number": row["number"], "version": row["version"], "changes": []}
    record(conn, TICKET_UPDATED, data)  # open pages show it


__all__ = ["find_duplicates", "look", "overlap"]
