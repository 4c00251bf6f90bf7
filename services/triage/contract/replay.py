"""Decisions taken once more: one of them, or a whole period under other circumstances."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from services.triage.contract.decisions import Prediction


class LogCheck(Struct, frozen=True, kw_only=True):
    """The decision log, read whole. ``head`` is the chain up to the last of ``entries``: written down somewhere
    else, it shows later that nothing before it was changed. Of ``erased`` entries the digest alone is left."""

    entries: int
    head: str
    erased: int = 0
    waiting: int = 0
    problems: list[str] = []
    problem_count: int = 0


class Replay(Struct, frozen=True, kw_only=True):
    """A stored decision computed again. ``identical`` compares every byte of what the model said."""

    decision: UUID
    model: str
    identical: bool
    stored: dict[str, list[Prediction]]
    again: dict[str, list[Prediction]]
    problem: str = ""


class PeriodRequest(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A period to replay under another model (the champion where none is named), under a promise for the category,
    or as if categories had been merged into others."""

    model: str = ""
    since: datetime
    precision: float = 0.95
    merge: dict[str, str] = {}


class PeriodReplay(Struct, frozen=True, kw_only=True):
    """A period under another model, with no side effects. ``changed`` counts decisions whose first label moved."""

    model: str
    since: datetime
    decisions: int
    changed: dict[str, int]
    workload: dict[str, dict[str, int]]
    """``{team: {"before": n, "after": m}}``."""
    examples: list[dict[str, str]]
    skipped: int = 0
    total: int = 0
    """Decisions of the period; of many an even sample was asked again."""
    alone: dict[str, int] = {}
    """``{"before": n, "after": m}``: tickets whose category was, or would be, set without a person."""
    precision: float = 0.95
    certified: bool = False
    curve: list[list[float]] = []
    """Points of ``[promise, tickets that it would act on alone]``."""
