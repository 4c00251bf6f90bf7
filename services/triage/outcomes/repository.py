"""Rows of outcomes."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from services.triage.models import Decision, DecisionOutcome, table

_outcome = table(DecisionOutcome)
Pairs = list[tuple[float, bool]]


@dataclass(frozen=True)
class Reviewed:
    """One verdict to store."""

    decision: UUID
    task: str
    model: str
    outcome: str
    predicted: Any
    value: Any
    confidence: float
    correct: bool
    ticket_version: int
    actor: str
    at: datetime


def store(conn: sa.Connection, found: Reviewed) -> None:
    """Keep a verdict; one of an older ticket version never replaces a newer one."""
    dialect = sqlite if conn.dialect.name == "sqlite" else postgresql
    row = dict(vars(found))
    insert = dialect.insert(_outcome).values(row)
    changes = {key: value for key, value in row.items() if key not in ("decision", "task")}
    newer = _outcome.c.ticket_version <= insert.excluded.ticket_version
    conn.execute(insert.on_conflict_do_update(index_elements=["decision", "task"], set_=changes, where=newer))


def store_all(conn: sa.Connection, rows: list[Reviewed]) -> None:
    """Keep several verdicts."""
    for row in rows:
        store(conn, row)


def of_decisions(conn: sa.Connection, decisions: list[UUID]) -> dict[UUID, list[Any]]:
    """Verdicts by decision, by task."""
    found: dict[UUID, list[Any]] = {}
    query = sa.select(_outcome).where(_outcome.c.decision.in_(decisions)).order_by(_outcome.c.task)
    for row in conn.execute(query):
        found.setdefault(row.decision, []).append(row)
    return found


def pairs(conn: sa.Connection, model: str, task: str) -> Pairs:
    """Confidence and correctness of the reviewed live decisions of a model.

    Decisions that it abstained from are left out: no promise speaks of them. Each tag counts by itself.
    """
    query = (
        sa.select(
            _outcome.c.predicted,
            _outcome.c.value,
            _outcome.c.confidence,
            _outcome.c.correct,
            Decision.abstained,
            Decision.predictions,
        )
        .join(Decision, Decision.id == _outcome.c.decision)
        .where(_outcome.c.model == model, _outcome.c.task == task)
        .order_by(_outcome.c.decision)
    )
    found: Pairs = []
    for row in conn.execute(query):
        if task in row.abstained:
            continue
        if task != "tags":
            found.append((row.confidence, row.correct))
            continue
        chance = {p["label"]: p["probability"] for p in row.predictions.get("tags", [])}
        kept = set(row.value or ())
        found += [(chance.get(tag, 0.0), tag in kept) for tag in row.predicted]
    return found


def overrides(conn: sa.Connection, limit: int) -> list[Any]:
    """What people changed into what, most often first; whom a ticket is given to is no label to learn."""
    times = sa.func.count().label("times")
    query = (
        sa.select(_outcome.c.task, _outcome.c.predicted, _outcome.c.value, times)
        .where(_outcome.c.outcome != "accepted", _outcome.c.task != "assignee")
        .group_by(_outcome.c.task, _outcome.c.predicted, _outcome.c.value)
        .order_by(times.desc(), _outcome.c.task, _outcome.c.predicted, _outcome.c.value)
        .limit(limit)
    )
    return list(conn.execute(query))
