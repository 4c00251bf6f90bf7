"""Rows of the registry, read and written inside units of work."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from services.common.events import record
from services.common.ids import uuid7
from services.triage.models import ModelVersion, Promotion, table
from services.triage.registry.errors import ModelUnknown, NothingBefore

Row = Any
_model = table(ModelVersion)
_promotion = table(Promotion)


@dataclass(frozen=True)
class Candidate:
    """A version that may serve, with what loading it needs."""

    version: str
    sha256: str
    fingerprint: str


def all_models(conn: sa.Connection) -> list[Row]:
    """Every version, newest first."""
    return list(conn.execute(sa.select(table(ModelVersion)).order_by(_model.c.serial.desc())))


def one_model(conn: sa.Connection, version: str) -> Row:
    """One version; raises ``ModelUnknown``."""
    row = conn.execute(sa.select(_model).where(_model.c.version == version)).first()
    if row is None:
        raise ModelUnknown
    return row


def champion(conn: sa.Connection) -> str:
    """The version of the champion; empty where there is none."""
    return conn.execute(sa.select(_model.c.version).where(_model.c.state == "champion")).scalar() or ""


def candidates(conn: sa.Connection) -> list[Candidate]:
    """The champion, then earlier champions from the latest back: the order in which to try to serve."""
    rows = conn.execute(
        sa.select(_model.c.version, _model.c.sha256, _model.c.fingerprint)
        .where(_model.c.promoted_at.is_not(None), _model.c.removed_at.is_(None))
        .order_by((_model.c.state == "champion").desc(), _model.c.promoted_at.desc(), _model.c.serial.desc())
        .limit(10)
    )
    return [Candidate(*row) for row in rows]


def next_serial(conn: sa.Connection) -> int:
    """The number of the next version."""
    return int(conn.execute(sa.select(sa.func.max(_model.c.serial))).scalar() or 0) + 1


def promote(
    conn: sa.Connection, version: str, *, by: str, at: datetime, reason: str, undo: bool = False
) -> tuple[str, str]:
    """Make ``version`` the champion. Returns the new and the previous champion; no row where it already is."""
    one_model(conn, version)
    previous = champion(conn)
    if previous == version:
        return version, previous
    conn.execute(_model.update().where(_model.c.state == "champion").values(state="archived"))
    conn.execute(
        _model.update()
        .where(_model.c.version == version)
        .values(state="champion", promoted_at=at, promoted_by=by)
    )
    conn.execute(
        _promotion.insert().values(
            id=uuid7(), at=at, model=version, previous=previous, by=by, reason=reason, undone=undo
        )
    )
    record(conn, "triage.model.promoted.v1", {"model": version, "previous": previous, "by": by})
    return version, previous


def undoable(conn: sa.Connection) -> Row:
    """The newest promotion that was not itself undone; raises ``NothingBefore``."""
    newest = conn.execute(
        sa.select(_promotion)
        .where(_promotion.c.undone.is_(False), _promotion.c.previous != "")
        .order_by(_promotion.c.id.desc())
        .limit(1)
    ).first()
    if newest is None:
        raise NothingBefore
    return newest


def rollback(conn: sa.Connection, *, by: str, at: datetime) -> tuple[str, str]:
    """Undo the newest promotion that was not itself undone; raises ``NothingBefore``."""
    newest = undoable(conn)
    conn.execute(_promotion.update().where(_promotion.c.id == newest.id).values(undone=True))
    return promote(conn, newest.previous, by=by, at=at, reason="rollback", undo=True)
