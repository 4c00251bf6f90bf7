"""Running rules: when something happened, when time has passed, and on trial over past tickets."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from services.common.observability import get_logger
from services.core.audit import note
from services.core.automation.actions import run_actions, wanted_values
from services.core.automation.conditions import Condition, Facts, reasons
from services.core.contract import Author, Change, DryRun, DryRunMatch, Rule, RuleCondition, RuleInput
from services.core.follow.happening import Happening
from services.core.follow.timers import set_timers
from services.core.models import message, rule, rule_run, ticket
from services.core.sla.hours import is_open
from services.core.tickets import repository
from services.core.tickets.anatomy import Row
from services.core.tickets.errors import TicketNotFound

if TYPE_CHECKING:
    from services.core.desk import Core

log = get_logger(__name__)
DEEPEST = 5
"""Rules that may set off one another before somebody has to look."""
TIMER = "rule"
SINCE = {"created": "created_at", "updated": "updated_at", "customer": "customer_at", "staff": "staff_at"}
TRIED = 300
"""Past tickets that a dry run looks at, the newest first."""


def follow(conn: sa.Connection, core: "Core", happening: Happening, now: datetime) -> None:
    """Run the triggers of an event in order, and set the alarms of timed rules."""
    rules = core.rules.get(conn)
    if not rules or happening.seeded:
        return
    try:
        row = repository.by_id(conn, happening.ticket, core.actor)
    except TicketNotFound:
        return
    if len(happening.chain) >= DEEPEST:
        log.warning("rules.too_deep", number=happening.number, chain=happening.chain)
        return
    text = _text(conn, row, happening)
    chain = list(happening.chain)
    alarms = []
    for one in rules:
        if one.kind == "timed":
            if str(one.id) not in chain:  # what it did itself does not wind it up again
                alarms.append(_alarm_of(conn, one, row))
        elif happening.name in one.events and str(one.id) not in chain:
            why = reasons(*_conditions(one), facts_of(conn, core, row, text, now))
            if why is not None and _run(conn, core, one, row, why, str(happening.id), chain, now):
                row = repository.by_id(conn, row["id"], core.actor)  # the next rule sees what this one did
    set_timers(conn, alarms, new=happening.name == "created")


def _alarm_of(conn: sa.Connection, one: Rule, row: Row) -> tuple[UUID, str, datetime | None]:
    """When a timed rule is to look at a ticket; None where it has nothing to wait for."""
    base = row[SINCE[one.since]]
    at = base + timedelta(hours=one.hours) if base is not None else None
    if at is not None and _ran(conn, one, row["id"], base.isoformat()):
        at = None
    return row["id"], f"{TIMER}:{one.id}", at


def alarm(conn: sa.Connection, core: "Core", ticket_id: UUID, kind: str, now: datetime) -> None:
    """The time of a timed rule has come for a ticket."""
    wanted = kind.partition(":")[2]
    one = next((r for r in core.rules.get(conn) if str(r.id) == wanted and r.kind == "timed"), None)
    if one is None:
        return None
    row = repository.by_id(conn, ticket_id, core.actor, lock=True)
    base = row[SINCE[one.since]]
    if base is None or base + timedelta(hours=one.hours) > now:
        return set_timers(conn, [_alarm_of(conn, one, row)]) if base is not None else None
    why = reasons(*_conditions(one), facts_of(conn, core, row, row["description"], now))
    if why is not None:
        _run(conn, core, one, row, [f"{one.hours} h", *why], base.isoformat(), [], now)
    return None


def _ran(conn: sa.Connection, one: Rule, ticket_id: UUID, cause: str) -> bool:
    query = sa.select(rule_run.c.at).where(
        rule_run.c.rule_id == one.id, rule_run.c.ticket_id == ticket_id, rule_run.c.cause == cause
    )
    return conn.execute(query).first() is not None


def _run(
    conn: sa.Connection,
    core: "Core",
    one: Rule,
    row: Row,
    why: list[str],
    cause: str,
    chain: list[str],
    now: datetime,
) -> bool:
    """Carry out a rule once for its cause, with a line in the ticket's history."""
    dialect: Any = sqlite if conn.dialect.name == "sqlite" else postgresql
    values = {"rule_id": one.id, "ticket_id": row["id"], "cause": cause[:64], "at": now}
    if conn.execute(dialect.insert(rule_run).on_conflict_do_nothing().values(values)).rowcount == 0:
        return False
    author = Author(kind="rule", id=str(one.id), name=one.name)
    change = Change(field="rule", old=None, new={"name": one.name, "why": why}, set_by="rule")
    note(
        conn, at=now, subject="ticket", subject_id=row["id"], action="rule_ran", author=author, changes=[change],
        ticket_id=row["id"], number=row["number"],
    )  # fmt: skip
    run_actions(
        conn, core, row, one.actions, author=author, at=now, chain=[*chain, str(one.id)], detail=", ".join(why),
        cause=f"{one.id}:{cause}",
    )  # fmt: skip
    conn.execute(rule.update().where(rule.c.id == one.id).values(runs=rule.c.runs + 1, last_run_at=now))
    return True


def _conditions(one: Rule | RuleInput) -> tuple[list[Condition], list[Condition]]:
    def made(items: Sequence[RuleCondition]) -> list[Condition]:
        return [Condition(field=i.field, op=i.op, value=tuple(i.value)) for i in items]

    return made(one.all), made(one.any)


def facts_of(conn: sa.Connection, core: "Core", row: Row, text: str, now: datetime) -> Facts:
    """A ticket as conditions see it."""
    main = core.promises.get(conn).main
    return Facts(
        values={
            "status": row["status"],
            "status_category": row["status_category"],
            "priority": row["priority"],
            "category": row["category"],
            "team": row["team"],
            "assignee": str(row["assignee_id"]) if row["assignee_id"] else None,
            "channel": row["channel"],
            "language": row["language"],
            "type": row["type"],
            "tier": row["requester_tier"],
        },
        tags=frozenset(row["tags"]),
        text=f"{row['subject']}\n{text}",
        open=main is None or is_open(main, now),
        ranks={key: entry.rank for key, entry in core.lookups.get(conn).priorities.items()},
        own=row["fields"] or {},
    )


def _text(conn: sa.Connection, row: Row, happening: Happening) -> str:
    """What was written: the event's message, else the customer's first words."""
    if happening.message is None:
        return str(row["description"])
    found = conn.execute(sa.select(message.c.body_text).where(message.c.id == happening.message)).scalar()
    return found or ""


def dry_run(conn: sa.Connection, core: "Core", data: RuleInput, now: datetime) -> DryRun:
    """On which of the newest tickets the rule would act, why, and what it would set. Nothing is written."""
    query = repository.statement(core.actor).order_by(ticket.c.id.desc()).limit(TRIED)
    rows = [dict(row) for row in conn.execute(query).mappings()]
    conditions, found = _conditions(data), []
    for row in rows:
        why = reasons(*conditions, facts_of(conn, core, row, row["description"], now))
        if why is not None:
            found.append((row, why))
    return DryRun(
        looked_at=len(rows),
        matched=len(found),
        matches=[
            DryRunMatch(
                number=row["number"],
                subject=row["subject"],
                why=why,
                would=_would(conn, core, row, data.actions),
            )
            for row, why in found[:50]
        ],
    )


def _would(conn: sa.Connection, core: "Core", row: Row, steps: Sequence[dict[str, Any]]) -> list[str]:
    settable = [step for step in steps if step.get("do") in {"set", "raise_priority"}]
    values = wanted_values(conn, core, row, settable)
    shown = [f"{field}: {value}" for field, value in values.items()]
    added = [tag for step in steps if step.get("do") == "add_tags" for tag in step.get("value", ())]
    shown += [f"tag: {tag}" for tag in added if tag not in row["tags"]]
    return shown + [str(step["do"]) for step in steps if step.get("do") in {"notify", "reply", "note"}]
