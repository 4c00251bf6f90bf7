"""Rows of decisions."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from services.common.events import record
from services.triage.models import Decision, DecisionInput, table

_decision = table(Decision)
_input = table(DecisionInput)


def find(conn: sa.Connection, ticket: UUID, cause: str) -> Any:
    """The decision that ``cause`` led to; None where there is none yet."""
    query = sa.select(_decision).where(_decision.c.ticket == ticket, _decision.c.cause == cause)
    return conn.execute(query).first()


def get(conn: sa.Connection, decision: UUID) -> Any:
    """One decision; None where there is none."""
    return conn.execute(sa.select(_decision).where(_decision.c.id == decision)).first()


def get_input(conn: sa.Connection, decision: UUID) -> Any:
    """What a decision read; None where it was erased."""
    return conn.execute(sa.select(_input).where(_input.c.decision == decision)).first()


def latest(conn: sa.Connection, ticket: UUID) -> Any:
    """The newest decision of a ticket."""
    query = sa.select(_decision).where(_decision.c.ticket == ticket).order_by(_decision.c.id.desc()).limit(1)
    return conn.execute(query).first()


def of_ticket(conn: sa.Connection, ticket: UUID, limit: int) -> list[Any]:
    """Decisions of a ticket, newest first."""
    query = (
        sa.select(_decision).where(_decision.c.ticket == ticket).order_by(_decision.c.id.desc()).limit(limit)
    )
    return list(conn.execute(query))


def insert(conn: sa.Connection, row: dict[str, Any], read: dict[str, Any]) -> Any:
    """Store a decision with what it read; where the same cause has led to one already, that one stands."""
    dialect = sqlite if conn.dialect.name == "sqlite" else postgresql
    statement = dialect.insert(_decision).values(row)
    made = conn.execute(statement.on_conflict_do_nothing(index_elements=["ticket", "cause"])).rowcount
    if made:
        conn.execute(_input.insert().values({**read, "decision": row["id"]}))
    return find(conn, row["ticket"], row["cause"])


def answered(
    conn: sa.Connection,
    decision: Any,
    applied: dict[str, Any],
    skipped: dict[str, str],
    state: str = "answered",
) -> None:
    """Store what core made of the proposal and tell it, once."""
    changed = conn.execute(
        _decision.update()
        .where(_decision.c.id == decision.id, _decision.c.state == "proposed")
        .values(applied=applied, skipped=skipped, state=state)
    )
    if changed.rowcount:
        record(
            conn,
            "triage.decision.made.v1",
            {
                "ticket": str(decision.ticket),
                "number": decision.number,
                "decision": str(decision.id),
                "model": decision.model,
                "abstained": decision.abstained,
                "applied": sorted(applied),
            },
        )


def waiting_for_model(conn: sa.Connection, after: UUID | None, limit: int) -> list[Any]:
    """Newest decisions of tickets that were decided while no model could serve, oldest first."""
    later = _decision.alias()
    newer = sa.select(later.c.id).where(later.c.ticket == _decision.c.ticket, later.c.id > _decision.c.id)
    query = sa.select(_decision.c.id, _decision.c.ticket)
    query = query.where(_decision.c.model == "", _decision.c.state != "superseded", ~newer.exists())
    if after is not None:
        query = query.where(_decision.c.id > after)
    return list(conn.execute(query.order_by(_decision.c.id).limit(limit)))


def no_longer_waiting(conn: sa.Connection, ticket: UUID) -> None:
    """A ticket that is over waits for no model."""
    waiting = (_decision.c.ticket == ticket, _decision.c.model == "", _decision.c.state == "answered")
    conn.execute(_decision.update().where(*waiting).values(state="superseded"))


def counts(conn: sa.Connection) -> tuple[int, int]:
    """How many decisions a model made, and how many of them sent their ticket to a person."""
    by_model = sa.select(sa.func.count()).select_from(_decision).where(_decision.c.model != "")
    human = by_model.where(_decision.c.human.is_(True))
    return int(conn.execute(by_model).scalar() or 0), int(conn.execute(human).scalar() or 0)
