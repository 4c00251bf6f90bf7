"""Advice on an assignee, from core's present loads and what is already on its way to each person."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from services.common.clock import Clock
from services.common.db import Database
from services.common.errors import DeskError
from services.common.observability import get_logger
from services.core.client import CoreClient
from services.core.contract import Staff
from services.triage.contract import Rules
from services.triage.examples.repository import by_tickets
from services.triage.examples.solved import Solved
from services.triage.models import Advice, Decision, table
from services.triage.predict.policy import Verdict
from services.triage.route.policy import Choice, Colleague, Wanted, choose
from services.triage.taxonomy.copy import Taxonomy

log = get_logger(__name__)
FRESH = timedelta(seconds=5)  # how old a reading of loads may be; what was given since is added to it
MEMORY = timedelta(days=1)  # how far back it matters who was given a ticket last
NEAREST = 20  # solved tickets that say who is used to this
SHOWN = 5  # people that an advice names
_advice = table(Advice)


@dataclass(frozen=True)
class Desks:
    """Everyone's load as core had it at one moment."""

    at: datetime
    staff: list[Staff]


class Router:
    """Advises on assignees. Choosing is part of the unit that stores the decision, so that two tickets at one
    moment cannot fill the same last place."""

    def __init__(self, db: Database, clock: Clock, core: CoreClient, solved: Solved) -> None:
        self._db, self._clock, self._core, self._solved = db, clock, core, solved
        self._desks: Desks | None = None
        self._lock = asyncio.Lock()

    async def desks(self) -> Desks | None:
        """Who works here and how much each has; None where core does not say."""
        async with self._lock:
            now = self._clock.now()
            if self._desks is None or not timedelta(0) <= now - self._desks.at < FRESH:
                try:
                    self._desks = Desks(now, await self._core.staff())
                except DeskError as error:
                    log.info("route.no_staff", error=str(error))
                    return None
            return self._desks

    async def used_to_it(self, vector: NDArray[np.float32] | None, apart: UUID) -> dict[UUID, float]:
        """The share of the nearest solved tickets that each person solved."""
        if vector is None:
            return {}
        try:
            hits = await self._solved.search(vector, NEAREST)
        except DeskError:
            return {}
        keys = [hit.ticket for hit in hits if hit.ticket != apart]
        rows = await self._db.read(lambda conn: by_tickets(conn, keys))
        found: dict[UUID, float] = {}
        for row in rows.values():
            if row.assignee is not None:
                found[row.assignee] = found.get(row.assignee, 0.0) + 1.0 / max(1, len(keys))
        return found


def wanted(verdict: Verdict, taxonomy: Taxonomy, language: str, solved: dict[UUID, float]) -> Wanted:
    """What a verdict asks of a person."""
    category = str(verdict.chosen.get("category") or "")
    path = taxonomy.categories[category].path if category in taxonomy.categories else []
    tags = verdict.chosen.get("tags") or []
    labels = frozenset([*path, *([tags] if isinstance(tags, str) else tags)])
    team = str(verdict.chosen.get("team") or "")
    return Wanted(team, labels, "" if language == "und" else language, solved)


def advise(conn: sa.Connection, desks: Desks, asked: Wanted, rules: Rules) -> Choice:
    """Choose inside the unit that stores the advice; what was given since the loads were read counts."""
    if conn.dialect.name == "postgresql":  # SQLite has one writer; here two units could choose at once
        conn.execute(sa.text("SELECT pg_advisory_xact_lock(2025)"))
    recent = sa.select(_advice.c.staff, sa.func.count()).join(Decision, Decision.id == _advice.c.decision)
    recent = recent.where(sa.or_(_advice.c.at >= desks.at, Decision.state == "proposed"))
    coming = dict(
        tuple(row)
        for row in conn.execute(recent.where(_advice.c.staff.is_not(None)).group_by(_advice.c.staff))
    )
    last = sa.select(_advice.c.staff, sa.func.max(_advice.c.at)).where(
        _advice.c.staff.is_not(None), _advice.c.at >= desks.at - MEMORY
    )
    since = {key: int(at.timestamp() * 1e6) for key, at in conn.execute(last.group_by(_advice.c.staff))}
    away = {UUID(str(key)) for key in rules.away}
    people = [colleague(person, coming.get(person.id, 0), away) for person in desks.staff if person.active]
    return choose(people, asked, since, turns=rules.order == "turn")


def colleague(person: Staff, coming: int, away: set[UUID]) -> Colleague:
    """A person as routing sees them."""
    return Colleague(
        id=person.id,
        name=person.name,
        roles=tuple(person.roles),
        teams=frozenset(person.teams),
        skills=frozenset(person.skills),
        languages=frozenset(person.languages),
        capacity=max(0, person.capacity),
        load=person.load + coming,
        here=person.id not in away,
    )


def store(conn: sa.Connection, decision: UUID, choice: Choice, at: datetime) -> None:
    """Keep an advice with its reasons."""
    conn.execute(
        _advice.insert().values(
            decision=decision,
            staff=choice.first.id if choice.first else None,
            at=at,
            ranked=[as_row(ranked) for ranked in choice.ranked[:SHOWN]],
            refused=dict(choice.refused),
        )
    )


def as_row(ranked: Any) -> dict[str, Any]:
    """One person of an advice as it is stored."""
    return {
        "staff": str(ranked.id),
        "name": ranked.name,
        "score": ranked.score,
        "load": ranked.load,
        "capacity": ranked.capacity,
        "solved": ranked.solved,
        "skills": list(ranked.skills),
    }
