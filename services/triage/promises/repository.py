"""Rows of promises and certificates."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from services.triage.models import Certificate, DecisionOutcome, ModelVersion, PromiseSetting, table
from services.triage.promises.policy import Ground

_setting = table(PromiseSetting)
_certificate = table(Certificate)


@dataclass(frozen=True)
class Wanted:
    """What an admin asks of a task."""

    precision: float
    enabled: bool


def wanted(conn: sa.Connection, tasks: tuple[str, ...], default: float) -> dict[str, Wanted]:
    """The setting of each task; ``default`` and switched on where nobody has chosen."""
    rows = {row.task: Wanted(row.precision, row.enabled) for row in conn.execute(sa.select(_setting))}
    return {task: rows.get(task, Wanted(default, True)) for task in tasks}


def set_wanted(conn: sa.Connection, task: str, value: Wanted, by: str, at: datetime) -> None:
    """Store an admin's choice."""
    dialect = sqlite if conn.dialect.name == "sqlite" else postgresql
    values = {"precision": value.precision, "enabled": value.enabled, "changed_at": at, "changed_by": by}
    insert = dialect.insert(_setting).values(task=task, **values)
    conn.execute(insert.on_conflict_do_update(index_elements=["task"], set_=values))


def store(conn: sa.Connection, model: str, task: str, precision: float, ground: Ground, at: datetime) -> None:
    """Store what the evidence allows."""
    dialect = sqlite if conn.dialect.name == "sqlite" else postgresql
    values = {**vars(ground), "precision": precision, "at": at}
    insert = dialect.insert(_certificate).values(model=model, task=task, **values)
    conn.execute(insert.on_conflict_do_update(index_elements=["model", "task"], set_=values))


def certificates(conn: sa.Connection, model: str) -> dict[str, Any]:
    """The certificates of a model by task."""
    rows = conn.execute(sa.select(_certificate).where(_certificate.c.model == model))
    return {row.task: row for row in rows}


def thresholds(conn: sa.Connection, model: str) -> dict[str, float]:
    """Thresholds in force for a model: certified, not withdrawn, switched on, for the precision asked now."""
    query = (
        sa.select(_certificate.c.task, _certificate.c.threshold)
        .outerjoin(_setting, _setting.c.task == _certificate.c.task)
        .where(
            _certificate.c.model == model,
            _certificate.c.threshold.is_not(None),
            _certificate.c.revoked.is_(False),
            sa.or_(
                _setting.c.task.is_(None),
                sa.and_(_setting.c.enabled.is_(True), _setting.c.precision == _certificate.c.precision),
            ),
        )
    )
    return {task: float(threshold) for task, threshold in conn.execute(query)}


def held_out(conn: sa.Connection, model: str) -> dict[str, list[tuple[float, bool]]]:
    """Confidence and correctness of the later tickets that a model was judged on, by task."""
    found = conn.execute(sa.select(ModelVersion.held_out).where(ModelVersion.version == model)).scalar() or {}
    return {task: [(float(p), bool(right)) for p, right in pairs] for task, pairs in found.items()}


def outdated(conn: sa.Connection, model: str) -> tuple[str, ...]:
    """Tasks of a model on which people have spoken since its certificates were computed."""
    newer = (
        sa.select(DecisionOutcome.task)
        .outerjoin(
            _certificate,
            sa.and_(
                _certificate.c.model == DecisionOutcome.model, _certificate.c.task == DecisionOutcome.task
            ),
        )
        .where(
            DecisionOutcome.model == model,
            sa.or_(_certificate.c.at.is_(None), DecisionOutcome.at >= _certificate.c.at),
        )
    )
    return tuple(conn.execute(newer.distinct().order_by(DecisionOutcome.task)).scalars())
