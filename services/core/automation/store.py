"""Rules as admins write them: checked, kept in order, remembered."""

import time
from typing import Any
from uuid import UUID

import msgspec
import sqlalchemy as sa

from services.common.errors import Conflict, FieldError, Invalid, NotFound
from services.common.ids import parse_uuid, uuid7
from services.common.text import single_line
from services.core.automation.actions import ACTIONS, SETTABLE, WHOM
from services.core.automation.conditions import FIELDS, MAX_WORDS, OPERATORS, OWN
from services.core.contract import Rule, RuleCondition, RuleInput
from services.core.models import rule
from services.core.taxonomy.lookups import FRESH_SECONDS, Taxonomy

EVENTS = (
    "created", "customer_replied", "agent_replied", "noted", "updated", "closed", "reopened", "sla_warning",
    "sla_breached",
)  # fmt: skip
SINCE = ("created", "updated", "customer", "staff")
MOST = 20
"""Conditions or actions of one rule."""


class RuleNotFound(NotFound):
    code, title = "core.rule_not_found", "There is no such rule"


class StaleRule(Conflict):
    code, title = "core.stale_rule", "Somebody changed this rule meanwhile"


class Rules:
    """The active rules, as ``Lookups`` keeps the taxonomy."""

    def __init__(self) -> None:
        self._known: list[Rule] = []
        self._until = 0.0

    def get(self, conn: sa.Connection) -> list[Rule]:
        """Active rules in order, read again when they may be old."""
        if time.monotonic() >= self._until:
            self._known = [one for one in every(conn) if one.active]
            self._until = time.monotonic() + FRESH_SECONDS
        return self._known

    def forget(self) -> None:
        """The next :meth:`get` reads."""
        self._until = 0.0


def every(conn: sa.Connection) -> list[Rule]:
    """All rules in order."""
    rows = conn.execute(sa.select(rule).order_by(rule.c.position, rule.c.id)).mappings()
    return [_view(dict(row)) for row in rows]


def one(conn: sa.Connection, rule_id: UUID) -> Rule:
    """One rule; raises :class:`RuleNotFound`."""
    row = conn.execute(sa.select(rule).where(rule.c.id == rule_id)).mappings().first()
    if row is None:
        raise RuleNotFound
    return _view(dict(row))


def _view(row: dict[str, Any]) -> Rule:
    conditions = row.pop("conditions")
    row = {str(name): value for name, value in row.items()}
    return msgspec.convert({**row, "all": conditions["all"], "any": conditions["any"]}, Rule)


def add(conn: sa.Connection, data: RuleInput, taxonomy: Taxonomy) -> Rule:
    """A new rule."""
    rule_id = uuid7()
    values = {**_values(data, taxonomy), "runs": 0, "last_run_at": None, "version": 1}
    conn.execute(rule.insert(), {"id": rule_id, **values})
    return one(conn, rule_id)


def change(conn: sa.Connection, rule_id: UUID, data: RuleInput, taxonomy: Taxonomy) -> Rule:
    """Replace a rule; raises :class:`StaleRule` where the writer had read an older one."""
    values = _values(data, taxonomy)
    mine = rule.c.id == rule_id, rule.c.version == data.version
    if conn.execute(rule.update().where(*mine).values(version=data.version + 1, **values)).rowcount == 0:
        one(conn, rule_id)
        raise StaleRule
    return one(conn, rule_id)


def drop(conn: sa.Connection, rule_id: UUID) -> None:
    """Remove a rule; its lines in histories stay."""
    if conn.execute(rule.delete().where(rule.c.id == rule_id)).rowcount == 0:
        raise RuleNotFound


def _values(data: RuleInput, taxonomy: Taxonomy) -> dict[str, Any]:
    problems = check(data, taxonomy)
    if problems:
        raise Invalid(errors=problems)
    return {
        "kind": data.kind,
        "name": single_line(data.name, 200),
        "position": data.position,
        "active": data.active,
        "events": data.events,
        "since": data.since,
        "hours": data.hours,
        "conditions": {"all": data.all, "any": data.any},
        "actions": data.actions,
    }


def check(data: RuleInput, taxonomy: Taxonomy) -> list[FieldError]:
    """Everything that is wrong with a rule."""
    found: list[FieldError] = []
    if not single_line(data.name):
        found.append(FieldError("name", "A rule needs a name."))
    if data.kind == "trigger" and (not data.events or set(data.events) - set(EVENTS)):
        found.append(FieldError("events", "Say what sets it off."))
    if data.kind == "timed" and (data.since not in SINCE or not 1 <= data.hours <= 24 * 365):
        found.append(FieldError("hours", "Say after how many hours, from 1 to a year."))
    if len(data.all) + len(data.any) > MOST or not 1 <= len(data.actions) <= MOST:
        found.append(
            FieldError("actions", f"A rule has up to {MOST} conditions, and from 1 to {MOST} actions.")
        )
    for condition in [*data.all, *data.any]:
        found += _condition_problems(condition, taxonomy)
    for action in data.actions:
        found += _action_problems(action, taxonomy)
    return found


def _condition_problems(condition: RuleCondition, taxonomy: Taxonomy) -> list[FieldError]:
    own = taxonomy.fields.get(condition.field.removeprefix(OWN)) if condition.field.startswith(OWN) else None
    known = condition.field in FIELDS or (own is not None and own.target == "ticket")
    if not known or condition.op not in OPERATORS:
        return [FieldError("conditions", f"{condition.field[:40]!r} {condition.op[:20]!r} cannot be asked.")]
    if condition.op not in {"empty", "not_empty"} and not any(value.strip() for value in condition.value):
        return [FieldError("conditions", f"{condition.field}: say which.")]
    if len(condition.value) > MAX_WORDS or any(len(value) > 200 for value in condition.value):
        return [FieldError("conditions", f"At most {MAX_WORDS} words of 200 letters.")]
    return []


def _action_problems(action: dict[str, Any], taxonomy: Taxonomy) -> list[FieldError]:
    do, value = action.get("do"), action.get("value")
    wrong = ""
    if do not in ACTIONS:
        wrong = f"There is no action {str(do)[:40]!r}."
    elif do == "set":
        known: dict[str, Any] = {
            "status": taxonomy.statuses, "priority": taxonomy.priorities, "category": taxonomy.categories,
            "team": taxonomy.teams,
        }  # fmt: skip
        field = action.get("field")
        if field not in SETTABLE or (field in known and value not in known[field]):
            wrong = f"{str(field)[:40]} cannot become {str(value)[:80]!r}."
    elif do == "add_tags" and not (
        isinstance(value, list) and value and all(isinstance(v, str) for v in value)
    ):
        wrong = "Say which tags."
    elif do == "notify" and value not in WHOM and parse_uuid(str(value)) is None:
        wrong = "Say whom to tell."
    elif do in {"reply", "note"}:
        text = action.get("text")
        if not isinstance(text, dict) or not any(isinstance(t, str) and t.strip() for t in text.values()):
            wrong = "Say what to write."
    return [FieldError("actions", wrong)] if wrong else []
