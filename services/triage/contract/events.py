"""What triage tells the other services."""

from uuid import UUID

from msgspec import Struct


class DecisionMade(Struct, frozen=True):
    """Data of ``triage.decision.made.v1``."""

    ticket: UUID
    number: int
    decision: UUID
    model: str
    abstained: list[str]
    applied: list[str]


class ModelPromoted(Struct, frozen=True):
    """Data of ``triage.model.promoted.v1``."""

    model: str
    previous: str
    by: str


class IncidentSuspected(Struct, frozen=True):
    """Data of ``triage.incident.suspected.v1``; ``tickets`` are numbers."""

    incident: UUID
    title: str
    tickets: list[int]
    usual: float
    label: str = ""


class DriftSuspected(Struct, frozen=True):
    """Data of ``triage.drift.suspected.v1``."""

    kind: str
    model: str
    p: float


class TrainingFinished(Struct, frozen=True):
    """Data of ``triage.training.finished.v1``; ``model`` is empty for a dry run."""

    job: UUID
    model: str


EVENTS: dict[str, type[Struct]] = {
    "triage.decision.made.v1": DecisionMade,
    "triage.drift.suspected.v1": DriftSuspected,
    "triage.incident.suspected.v1": IncidentSuspected,
    "triage.model.promoted.v1": ModelPromoted,
    "triage.training.finished.v1": TrainingFinished,
}
