"""Rows of the decision log."""

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.common.ids import uuid7
from services.triage.ledger.digest import GENESIS, digest, link
from services.triage.models import Decision, DecisionInput, Erasure, Example, LogEntry, ModelVersion, table

_decision = table(Decision)
_input = table(DecisionInput)
_entry = table(LogEntry)
_erasure = table(Erasure)


def head(conn: sa.Connection) -> tuple[int, str]:
    """The last serial and the chain up to it."""
    row = conn.execute(sa.select(_entry).order_by(_entry.c.serial.desc()).limit(1)).first()
    return (row.serial, row.chain) if row else (0, GENESIS)


def link_some(conn: sa.Connection, at: datetime, limit: int) -> int:
    """Put finished decisions that are not linked yet into the chain, oldest first. Returns how many.

    A decision is finished once core has answered it. Its salt is drawn here and kept beside what it read; one
    whose input was erased before it was linked is linked without.
    """
    query = sa.select(_decision).where(_decision.c.linked.is_(False), _decision.c.state != "proposed")
    rows = list(conn.execute(query.order_by(_decision.c.id).limit(limit)))
    if not rows:
        return 0
    reads = inputs(conn, [row.id for row in rows])
    serial, chain = head(conn)
    entries: list[dict[str, Any]] = []
    for row in rows:
        read, salt = reads.get(row.id), b""
        if read is not None:
            salt = secrets.token_bytes(16)
            conn.execute(_input.update().where(_input.c.decision == row.id).values(salt=salt))
        serial += 1
        found = digest(row, read, salt)
        chain = link(chain, serial, found)
        entries.append({"serial": serial, "decision": row.id, "digest": found, "chain": chain, "at": at})
    conn.execute(_entry.insert(), entries)
    conn.execute(_decision.update().where(_decision.c.id.in_([row.id for row in rows])).values(linked=True))
    return len(rows)


def inputs(conn: sa.Connection, decisions: Sequence[UUID]) -> dict[UUID, Any]:
    """What decisions read, of those that were not erased."""
    rows = conn.execute(sa.select(_input).where(_input.c.decision.in_(decisions)))
    return {row.decision: row for row in rows}


def entries(conn: sa.Connection, after: int, limit: int) -> list[tuple[Any, Any, Any]]:
    """Entries after a serial, each with its decision and what that read; None where either is gone."""
    rows = list(
        conn.execute(sa.select(_entry).where(_entry.c.serial > after).order_by(_entry.c.serial).limit(limit))
    )
    keys = [row.decision for row in rows]
    decisions = {row.id: row for row in conn.execute(sa.select(_decision).where(_decision.c.id.in_(keys)))}
    reads = inputs(conn, keys)
    return [(row, decisions.get(row.decision), reads.get(row.decision)) for row in rows]


def loose(conn: sa.Connection) -> tuple[int, int]:
    """How many decisions wait to be linked, and how many say that they are while the log has no such entry."""
    waiting = sa.select(sa.func.count()).select_from(_decision).where(_decision.c.linked.is_(False))
    linked = sa.select(sa.func.count()).select_from(_decision).where(_decision.c.linked.is_(True))
    lost = linked.where(~sa.exists().where(_entry.c.decision == _decision.c.id))
    return int(conn.execute(waiting).scalar() or 0), int(conn.execute(lost).scalar() or 0)


def note_erasure(conn: sa.Connection, contact_ref: str, at: datetime) -> bool:
    """Remember that models learnt from a person who is about to be erased. Returns whether the champion did."""
    mine = sa.select(sa.func.min(Example.closed_at), sa.func.count()).where(
        Example.contact_ref == contact_ref
    )
    since, count = conn.execute(mine).one()
    if not count:
        return False
    learnt = sa.select(ModelVersion.version, ModelVersion.state).where(
        ModelVersion.cutoff >= since, ModelVersion.removed_at.is_(None)
    )
    versions = list(conn.execute(learnt))
    if not versions:
        return False
    champion = next((row.version for row in versions if row.state == "champion"), "")
    row = {"id": uuid7(), "at": at, "since": since, "examples": count, "model": champion}
    conn.execute(_erasure.insert().values(row))
    return bool(champion)


def _knew() -> sa.ColumnElement[bool]:
    """Whether a model read the examples before a person of them was erased."""
    return sa.and_(
        _erasure.c.at > ModelVersion.trained_at,
        sa.or_(_erasure.c.since.is_(None), ModelVersion.cutoff >= _erasure.c.since),
    )


def owed(conn: sa.Connection) -> int:
    """How many erased people the champion still learnt from."""
    query = sa.select(sa.func.count()).select_from(_erasure).join(ModelVersion, _knew())
    return int(conn.execute(query.where(ModelVersion.state == "champion")).scalar() or 0)


def to_remove(conn: sa.Connection) -> list[str]:
    """Versions that do not serve and hold vectors of a person who was erased; those removed before among them,
    since a killed job may have left their files."""
    knew = sa.exists().where(_knew())
    query = sa.select(ModelVersion.version).where(ModelVersion.state != "champion", knew)
    return list(conn.execute(query.order_by(ModelVersion.serial)).scalars())


def mark_removed(conn: sa.Connection, versions: Sequence[str], at: datetime) -> None:
    """The files of ``versions`` go: nothing may serve, replay or compare with them."""
    fresh = sa.update(ModelVersion).where(
        ModelVersion.version.in_(versions), ModelVersion.removed_at.is_(None)
    )
    conn.execute(fresh.values(removed_at=at))
