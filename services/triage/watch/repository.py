"""Rows of incidents and signals."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from services.common.events import record
from services.common.ids import uuid7
from services.triage.examples.convert import from_bytes
from services.triage.models import Decision, DecisionInput, DecisionOutcome, Incident, Signal, table
from services.triage.watch.incidents import FEWEST, HISTORY, WINDOW, Run, Seen

_incident = table(Incident)
_signal = table(Signal)
_came = sa.func.coalesce(table(Decision).c.opened_at, table(Decision).c.at)
"""When a ticket came: a backlog that is decided on in a minute is no run of tickets."""
Meaning = Callable[[NDArray[np.float32]], NDArray[np.float32]]
MOST = 20_000  # decisions of the past that are looked at
QUIET = timedelta(hours=3)  # without another ticket, and an incident is over


def recent(conn: sa.Connection, now: datetime) -> bool:
    """Whether enough was decided within the window for a run; reading four weeks is not worth it for less."""
    query = sa.select(Decision.at).order_by(Decision.id.desc()).limit(FEWEST)
    newest = list(conn.execute(query).scalars())
    return len(newest) == FEWEST and newest[-1] > now - WINDOW


def _decided_after(at: datetime) -> sa.ColumnElement[bool]:
    """Keys begin with their time: the table is read from there on, not whole. A ticket is decided on after it came."""
    moment = int(at.timestamp() * 1000) << 80
    return table(Decision).c.id >= UUID(int=moment)


def seen(conn: sa.Connection, now: datetime, meaning: Meaning) -> list[Seen]:
    """First decisions of the last four weeks; meanings of those only that the model did not know."""
    query = (
        sa.select(
            Decision.ticket, Decision.number, _came.label("at"), Decision.human, Decision.chosen,
            DecisionInput.contact_ref, DecisionInput.subject,
            sa.case((Decision.human.is_(True), DecisionInput.vector), else_=None).label("vector"),
        )
        .join(DecisionInput, DecisionInput.decision == Decision.id)
        .where(_decided_after(now - HISTORY), _came >= now - HISTORY, Decision.cause == "created")
        .order_by(Decision.id.desc())
        .limit(MOST)
    )  # fmt: skip
    return [
        Seen(
            row.ticket,
            row.number,
            row.at,
            row.contact_ref,
            "" if row.human else str(row.chosen.get("category") or ""),
            row.subject,
            meaning(from_bytes(row.vector)) if row.vector is not None else None,
        )
        for row in conn.execute(query)
    ]


def note(conn: sa.Connection, run: Run, title: str, now: datetime) -> bool:
    """Open an incident, or add to the one that is open; one that was dismissed stays so while it lasts.

    Returns whether it is new.
    """
    kind = run.subject.partition(":")[0]
    alike = sa.select(_incident).where(_incident.c.last_at > now - QUIET, _incident.c.state != "over")
    mine = {str(s.ticket) for s in run.tickets}
    for row in conn.execute(alike.order_by(_incident.c.id.desc())):
        known = {t["ticket"]: t for t in row.tickets}
        if row.subject == run.subject or (kind == "topic" and mine & set(known)):
            _extend(conn, row, run, known)
            return False
    made = uuid7()
    tickets = [_as_row(s) for s in run.tickets]
    conn.execute(
        _incident.insert().values(
            id=made, at=now, last_at=run.tickets[-1].at, subject=run.subject, state="open",
            label=run.label or None, title=title[:300], tickets=tickets, usual=run.usual, p=run.p, closed_by="",
        )
    )  # fmt: skip
    numbers = [s.number for s in run.tickets]
    data = {
        "incident": str(made),
        "title": title[:300],
        "tickets": numbers,
        "usual": run.usual,
        "label": run.label,
    }
    record(conn, "triage.incident.suspected.v1", data)
    return True


def _extend(conn: sa.Connection, row: Any, run: Run, known: dict[str, Any]) -> None:
    known |= {str(s.ticket): _as_row(s) for s in run.tickets}
    tickets = sorted(known.values(), key=lambda t: t["number"])
    conn.execute(
        _incident.update()
        .where(_incident.c.id == row.id)
        .values(tickets=tickets, last_at=max(row.last_at, run.tickets[-1].at), p=min(row.p, run.p))
    )


def _as_row(s: Seen) -> dict[str, Any]:
    return {"ticket": str(s.ticket), "number": s.number, "at": s.at.isoformat()}


def calm(conn: sa.Connection, now: datetime) -> int:
    """End incidents to which nothing was added for a while. Returns how many."""
    quiet = sa.update(_incident).where(_incident.c.state == "open", _incident.c.last_at <= now - QUIET)
    return conn.execute(quiet.values(state="over")).rowcount


def incidents(conn: sa.Connection, limit: int) -> list[Any]:
    """Incidents, newest first."""
    return list(conn.execute(sa.select(_incident).order_by(_incident.c.id.desc()).limit(limit)))


def dismiss(conn: sa.Connection, incident: UUID, by: str) -> bool:
    """A person says that it is none, or is dealt with. False where there is no such incident."""
    change = _incident.update().where(_incident.c.id == incident)
    return bool(conn.execute(change.values(state="dismissed", closed_by=by)).rowcount)


def keep_problem(conn: sa.Connection, incident: UUID, number: int) -> bool:
    """Note the ticket that was made of an incident. False where there is no such incident."""
    change = _incident.update().where(_incident.c.id == incident)
    return bool(conn.execute(change.values(problem=number)).rowcount)


def signals(conn: sa.Connection, limit: int) -> list[Any]:
    """Looks at drift, newest first."""
    return list(conn.execute(sa.select(_signal).order_by(_signal.c.id.desc()).limit(limit)))


def last_signal(conn: sa.Connection) -> datetime | None:
    """When drift was last looked at."""
    return conn.execute(sa.select(sa.func.max(_signal.c.at))).scalar()


def keep_signal(
    conn: sa.Connection, kind: str, model: str, p: float, alarm: bool, detail: dict[str, Any], at: datetime
) -> None:
    """Store one look; an alarm is also an event."""
    row = {"kind": kind, "model": model, "p": p, "alarm": alarm, "detail": detail, "at": at}
    conn.execute(_signal.insert().values(id=uuid7(), **row))
    if alarm:
        record(conn, "triage.drift.suspected.v1", {"kind": kind, "model": model, "p": p})


def period(conn: sa.Connection, since: datetime, until: datetime, limit: int) -> list[Any]:
    """Decisions of a period, newest first, with their vectors."""
    query = (
        sa.select(Decision.chosen, Decision.language, DecisionInput.vector, DecisionInput.fingerprint)
        .join(DecisionInput, DecisionInput.decision == Decision.id)
        .where(
            _decided_after(since),
            _came >= since,
            _came < until,
            Decision.cause == "created",
            Decision.model != "",
        )
        .order_by(Decision.id.desc())
        .limit(limit)
    )
    return list(conn.execute(query))


def reviewed(conn: sa.Connection, model: str, limit: int) -> list[tuple[datetime, bool]]:
    """Verdicts of people on a model's categories, newest first."""
    query = sa.select(Decision.at, DecisionOutcome.correct)
    query = query.join(Decision, Decision.id == DecisionOutcome.decision)
    query = query.where(DecisionOutcome.model == model, DecisionOutcome.task == "category")
    return [(row.at, row.correct) for row in conn.execute(query.order_by(Decision.id.desc()).limit(limit))]


def vectors_of(rows: Sequence[Any]) -> list[bytes]:
    """Vectors of the embedder of the newest row."""
    fingerprint = next((row.fingerprint for row in rows if row.vector is not None), "")
    return [row.vector for row in rows if row.vector is not None and row.fingerprint == fingerprint]
