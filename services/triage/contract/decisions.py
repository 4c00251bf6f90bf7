"""What triage says of a ticket and why."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from msgspec import Struct

from services.triage.contract.vocabulary import Task, Verdict


class Prediction(Struct, frozen=True, omit_defaults=True):
    """One ranked label. ``probability`` is calibrated and rounded to four places."""

    label: str
    probability: float
    name: dict[str, str] | None = None


class Word(Struct, frozen=True):
    """A word of the ticket and how far it moved the decision; negative speaks against it."""

    text: str
    weight: float


class SimilarTicket(Struct, frozen=True, omit_defaults=True):
    """A solved ticket near this one; ``score`` is the cosine, ``resolution`` the masked reply that solved it."""

    ticket: UUID
    number: int
    subject: str
    label: str
    score: float
    resolution: str = ""


class SolvedTickets(Struct, frozen=True):
    """Solved tickets near a text, nearest first, of those that the asker may read."""

    items: list[SimilarTicket]


class LikenessRequest(Struct, kw_only=True, forbid_unknown_fields=True):
    """Body of ``POST /internal/likeness``: a ticket beside others that were decided on."""

    ticket: UUID
    others: list[UUID]


class Likeness(Struct, frozen=True):
    """The cosine of each of the others to the ticket; those whose text was never read are left out."""

    scores: dict[UUID, float]


class Evidence(Struct, frozen=True):
    """Why the first category was chosen. ``why`` holds one plain sentence per interface language."""

    words: list[Word] = []
    similar: list[SimilarTicket] = []
    why: dict[str, str] = {}


class Outcome(Struct, frozen=True):
    """What a person did with one task of a decision; ``value`` is what the field holds afterwards."""

    task: str
    outcome: Verdict
    value: str | list[str] | None
    actor: str
    at: datetime


class Candidate(Struct, frozen=True):
    """Somebody who may have a ticket. ``solved`` is the share of the nearest solved tickets that were theirs."""

    staff: UUID
    name: str
    score: float
    load: int
    capacity: int
    solved: float
    skills: list[str] = []


class Routing(Struct, frozen=True):
    """Whom triage would give a ticket to, best first, and how many may not have it: ``team``, ``skill``,
    ``language``, ``away`` or ``full``. ``why`` says it in one sentence per interface language."""

    staff: UUID | None
    ranked: list[Candidate]
    refused: dict[str, int]
    why: dict[str, str] = {}


class Decision(Struct, frozen=True):
    """The stored record of one triage of one ticket.

    ``applied`` maps each field that core set to its value. ``abstained`` lists the tasks on which the model
    said "I don't know"; their ranked labels are still here, for a person to choose from. ``human_triage`` is
    true where the category is among them. ``state`` is ``proposed`` until core has answered the proposal.
    """

    id: UUID
    ticket: UUID
    number: int
    model: str
    at: datetime
    language: str
    predictions: dict[str, list[Prediction]]
    applied: dict[str, str | list[str]]
    skipped: dict[str, str]
    abstained: list[str]
    human_triage: bool
    evidence: Evidence
    latency_ms: float
    outcomes: list[Outcome]
    state: Literal["proposed", "answered", "superseded"]
    input_hash: str
    ticket_version: int
    routing: Routing | None = None


class DecisionList(Struct, frozen=True):
    """Decisions of one ticket, newest first."""

    items: list[Decision]
    next_cursor: str | None = None


class PredictRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """Text to classify without a ticket."""

    subject: str = ""
    body: str = ""
    language: str | None = None
    channel: str = "api"


class Preview(Struct, frozen=True):
    """Predictions for a text, stored nowhere."""

    model: str
    language: str
    predictions: dict[str, list[Prediction]]
    abstained: list[str]
    human_triage: bool
    evidence: Evidence
    latency_ms: float


class OutcomeRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """A person's verdict on one task of a decision, or on the assignee that it advised: ``value`` is then a person."""

    task: Task | Literal["assignee"]
    outcome: Verdict
    value: str | list[str] | None = None
