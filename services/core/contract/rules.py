"""Triggers and automations."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from msgspec import Struct

from services.core.contract.vocabulary import Input


class RuleCondition(Struct, kw_only=True):
    """One question of a rule; ``value`` has the alternatives.

    Fields: status, status_category, priority, category, team, assignee, channel, language, type, tier, tags,
    words (in subject and text), open (the desk works now: yes or no), and ``field.KEY`` for the desk's own fields of
    tickets, whose values are what is stored (yes and no, keys of options). Operators: is, is_not, at_least and at_most
    (of priority, numbers, amounts, days), empty, not_empty, contains (one of these words).
    """

    field: str
    op: str = "is"
    value: list[str] = []


class Rule(Struct, kw_only=True):
    """A trigger (at ``events``) or a timed rule (``hours`` after ``since``). All of ``all`` and one of ``any`` hold.

    Actions: ``{"do": "set", "field", "value"}``, ``add_tags``, ``raise_priority``, ``notify`` (assignee, team,
    leads, assignee_or_team or a person's id), ``reply`` and ``note`` with ``text`` by language, ``ask_missing``.
    """

    id: UUID
    kind: Literal["trigger", "timed"]
    name: str
    position: int
    active: bool
    events: list[str]
    since: str
    hours: int
    all: list[RuleCondition]
    any: list[RuleCondition]
    actions: list[dict[str, Any]]
    runs: int
    last_run_at: datetime | None
    version: int


class RuleInput(Input):
    """``version`` is the one that was read."""

    name: str
    actions: list[dict[str, Any]]
    kind: Literal["trigger", "timed"] = "trigger"
    events: list[str] = []
    since: str = "created"
    hours: int = 0
    all: list[RuleCondition] = []
    any: list[RuleCondition] = []
    position: int = 1
    active: bool = True
    version: int = 0


class DryRunMatch(Struct, kw_only=True):
    """A ticket on which a rule would act: ``why``, and what it ``would`` do."""

    number: int
    subject: str
    why: list[str]
    would: list[str]


class DryRun(Struct, kw_only=True):
    looked_at: int
    matched: int
    matches: list[DryRunMatch]
