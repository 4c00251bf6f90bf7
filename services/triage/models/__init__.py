"""The tables of triage: examples, models, decisions with what people made of them, promises, drafts."""

from services.triage.models.base import Base, table
from services.triage.models.copies import LabelScheme, Pull, Snapshot
from services.triage.models.decisions import Decision, DecisionInput, DecisionOutcome
from services.triage.models.examples import Example
from services.triage.models.ledger import Erasure, LogEntry
from services.triage.models.recommendations import Recommendation, RecommendationOutcome
from services.triage.models.registry import Certificate, ModelVersion, PromiseSetting, Promotion
from services.triage.models.upkeep import Advice, Choice, Incident, Signal

__all__ = [
    "Advice",
    "Base",
    "Certificate",
    "Choice",
    "Decision",
    "DecisionInput",
    "DecisionOutcome",
    "Erasure",
    "Example",
    "Incident",
    "LabelScheme",
    "LogEntry",
    "ModelVersion",
    "PromiseSetting",
    "Promotion",
    "Pull",
    "Recommendation",
    "RecommendationOutcome",
    "Signal",
    "Snapshot",
    "table",
]
