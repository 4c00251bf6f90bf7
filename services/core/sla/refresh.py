"""Bringing tickets' clocks up to date: stored on the ticket for lists, an alarm for what comes next, once each."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import sqlalchemy as sa

from services.common.events import record
from services.core import contract as c
from services.core.audit import note
from services.core.automation.actions import run_actions
from services.core.contract import Author, Change, SlaPolicy
from services.core.follow.happening import Happening
from services.core.follow.timers import set_timers
from services.core.models import ticket
from services.core.sla.clocks import Clock, Promise, at_share, clocks
from services.core.sla.facts import Facts, read_facts
from services.core.tickets import repository
from services.core.tickets.status import DONE

if TYPE_CHECKING:
    from services.core.desk import Core

TIMER = "sla"
REMEMBERED = 40
"""Warnings and breaches that a ticket remembers having told."""


def after_happenings(conn: sa.Connection, core: "Core", found: list[Happening], now: datetime) -> None:
    """The clocks of every ticket of a slice; what was written with its history is not told about."""
    quiet = {one.ticket for one in found if one.seeded}
    refresh(conn, core, list(dict.fromkeys(one.ticket for one in found)), now, quiet)


def alarm(conn: sa.Connection, core: "Core", ticket_id: UUID, kind: str, now: datetime) -> None:
    """A clock reached a warning or its end."""
    refresh(conn, core, [ticket_id], now)


def refresh(
    conn: sa.Connection, core: "Core", ids: Sequence[UUID], now: datetime, quiet: set[UUID] | None = None
) -> None:
    """Work the clocks out anew, store them, set the next alarm, and tell what is new."""
    policies = core.promises.get(conn)
    timers: list[tuple[UUID, str, datetime | None]] = []
    for facts in read_facts(conn, ids, core.lookups.get(conn)):
        row = facts.row
        policy = policies.choose(row.channel, row.tier, row.priority)
        if policy is None:
            if row.sla is not None:
                _store(conn, facts, None, None)
                timers.append((facts.id, TIMER, None))
            continue
        promise = policies.promise(policy, row.priority)
        running = clocks(row.created_at, facts.moments, promise, now)
        news, told = _news(running, promise, policy, (row.sla or {}).get("told", []), now)
        breach = min((clock.due for clock in running if clock.due is not None), default=None)
        if row.status_category in DONE:
            breach = None
        _store(conn, facts, _state(policy, running, told), breach)
        timers.append((facts.id, TIMER, _next(running, promise, policy, told, now)))
        if facts.id not in (quiet or set()):
            for clock, what in news:
                _tell(conn, core, facts, policy, clock, what, now)
    set_timers(conn, timers)


def _store(conn: sa.Connection, facts: Facts, state: dict[str, Any] | None, breach: datetime | None) -> None:
    if state != facts.row.sla or breach != facts.row.breach_at:
        conn.execute(ticket.update().where(ticket.c.id == facts.id).values(sla=state, breach_at=breach))


def _state(policy: SlaPolicy, running: Sequence[Clock], told: list[str]) -> dict[str, Any]:
    """The clocks as the ticket shows them; times as text, lengths in seconds."""
    return {
        "policy": policy.key,
        "name": policy.name,
        "calendar": policy.calendar,
        "told": told[-REMEMBERED:],
        "clocks": [
            {
                "metric": clock.metric,
                "state": clock.state,
                "target": int(clock.target.total_seconds()),
                "used": int(clock.used.total_seconds()),
                "started": clock.started.isoformat(),
                "due": clock.due.isoformat() if clock.due else None,
                "ended": clock.ended.isoformat() if clock.ended else None,
                "broken": clock.broken,
            }
            for clock in running
        ],
    }


def _mark(clock: Clock, what: str) -> str:
    """A warning or breach of one run of a clock; a change of target does not make it new."""
    return f"{clock.metric}:{clock.started.isoformat()}:{what}"


def _news(
    running: Sequence[Clock], promise: Promise, policy: SlaPolicy, told: list[str], now: datetime
) -> tuple[list[tuple[Clock, str]], list[str]]:
    """What has come up since it was last told, and everything told with it. A breach makes its warnings moot."""
    news: list[tuple[Clock, str]] = []
    told = list(told)
    for clock in running:
        reached = [share for share in sorted(policy.warn) if clock.used >= clock.target * share]
        marks = [_mark(clock, f"{share:g}") for share in reached]
        if clock.broken:
            breach = _mark(clock, "breach")
            if breach not in told:
                news.append((clock, "breach"))
            marks.append(breach)
        elif clock.state == "running" and marks and marks[-1] not in told:
            news.append((clock, "warning"))
        told += [mark for mark in marks if mark not in told]
    return news, told


def _next(
    running: Sequence[Clock], promise: Promise, policy: SlaPolicy, told: list[str], now: datetime
) -> datetime | None:
    times: list[datetime] = []
    for clock in running:
        if clock.due is None:
            continue
        if _mark(clock, "breach") not in told:
            times.append(clock.due)
        for share in policy.warn:
            if _mark(clock, f"{share:g}") not in told:
                at = at_share(clock, promise, share, now)
                times += [at] if at is not None else []
    return min(times, default=None)


def _tell(
    conn: sa.Connection, core: "Core", facts: Facts, policy: SlaPolicy, clock: Clock, what: str, now: datetime
) -> None:
    """Write it into the history, tell those whom the policy names, and carry out its workflow on a breach."""
    row = repository.by_id(conn, facts.id, core.actor)
    author = Author(kind="rule", id=policy.key, name=policy.name.get("en", policy.key))
    action = "sla_breached" if what == "breach" else "sla_warning"
    change = Change(field="sla", old=None, new=clock.metric, set_by="rule")
    note(
        conn, at=now, subject="ticket", subject_id=row["id"], action=action, author=author, changes=[change],
        ticket_id=row["id"], number=row["number"],
    )  # fmt: skip
    data = {
        "ticket": str(row["id"]), "number": row["number"], "version": row["version"], "metric": clock.metric,
    }  # fmt: skip
    record(conn, c.TICKET_BREACHED if what == "breach" else c.TICKET_WARNED, data)
    steps: list[dict[str, Any]] = [{"do": "notify", "value": "assignee_or_team"}]
    if what == "breach":
        steps = [*steps, *policy.on_breach] if policy.on_breach else steps
    run_actions(
        conn, core, row, steps, author=author, at=now, chain=[policy.key], detail=clock.metric,
        kind="breach" if what == "breach" else "warning", cause=_mark(clock, what),
    )  # fmt: skip
