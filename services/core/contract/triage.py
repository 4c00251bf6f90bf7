"""What triage reads of tickets and proposes for them."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from msgspec import Struct

from services.core.contract.forms import CustomField
from services.core.contract.macros import Macro
from services.core.contract.people import Staff, Team
from services.core.contract.products import Product
from services.core.contract.taxonomy import Category, Priority, Status, Tag
from services.core.contract.vocabulary import Input, SetBy


class TaxonomySnapshot(Struct, kw_only=True):
    """All that triage keeps a copy of. ``version`` grows with every change of any of it."""

    version: int
    categories: list[Category]
    tags: list[Tag]
    priorities: list[Priority]
    teams: list[Team]
    staff: list[Staff]
    macros: list[Macro]
    statuses: list[Status] = []
    fields: list[CustomField] = []
    products: list[Product] = []


class TextEntry(Struct, kw_only=True):
    author: Literal["contact", "staff"]
    at: datetime
    text: str


class TicketText(Struct, kw_only=True):
    """A ticket's words and where it stands, for prediction. Notes are never part of it."""

    id: UUID
    number: int
    version: int
    subject: str
    body: str
    thread: list[TextEntry]
    language: str
    channel: str
    tier: str
    contact_ref: str
    status: str
    status_category: str
    created_at: datetime
    set_by: dict[str, SetBy]
    category: str | None
    priority: str
    tags: list[str]
    team: str | None
    assignee: UUID | None


class TrainingExample(Struct, kw_only=True):
    """A closed ticket with its final labels. ``resolution`` is the staff reply that solved it, or empty."""

    id: UUID
    number: int
    closed_at: datetime
    subject: str
    body: str
    language: str
    channel: str
    tier: str
    category: str | None
    priority: str
    tags: list[str]
    team: str | None
    assignee: UUID | None
    set_by: dict[str, SetBy]
    labelled_at: dict[str, datetime]
    """When each field got its value; absent for fields that nobody set."""
    resolution: str
    contact_ref: str
    version: int


class TrainingExamples(Struct, kw_only=True):
    """``next_after`` goes into ``after`` for the next page; null at the end."""

    items: list[TrainingExample]
    next_after: str | None = None


class ProposedField(Input):
    """``value`` is a key (category, priority, team), a list of keys (tags), a language or a staff id.

    ``apply`` says that triage is above the promise for this field.
    """

    value: Any
    probability: float
    apply: bool = False


class Proposal(Input):
    """What triage would set, having read ``version`` of the ticket.

    Fields: category, priority, tags, team, language, assignee.
    """

    decision: UUID
    version: int
    fields: dict[str, ProposedField]
    model: str = ""
    abstained: bool = False


class ProposalOutcome(Struct, kw_only=True):
    """``skipped`` maps a field to the reason why it was left alone.

    ``suggested`` (below the promise), ``person`` (a person set it), ``changed`` (since the version that was
    read), ``unknown_field``, ``unknown_value``, ``same``, ``closed`` or ``editing`` (somebody has it under the hand).
    """

    applied: dict[str, Any]
    skipped: dict[str, str]
    version: int
