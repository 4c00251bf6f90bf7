"""Tickets, their messages, their timeline and their audit."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from msgspec import UNSET, Struct, UnsetType

from services.core.contract.people import ContactRef, OrganizationRef, StaffRef
from services.core.contract.products import ProductRef
from services.core.contract.satisfaction import Rating
from services.core.contract.sharing import RemoteSession
from services.core.contract.vocabulary import (
    Input,
    SetBy,
    StatusCategory,
    Translated,
    TriageState,
    WorkingLabel,
)


class Attachment(Struct, kw_only=True):
    id: UUID
    name: str
    size: int
    type: str


class Ticket(Struct, kw_only=True, omit_defaults=False):
    """A ticket as its reader may see it: what a customer must not see is absent, not empty."""

    id: UUID
    number: int
    subject: str
    description: str
    """The customer's own first words; immutable."""
    status: str
    status_category: StatusCategory
    working_label: WorkingLabel
    type: str
    language: str
    """Two letters; ``und`` when it could not be told."""
    channel: str
    requester: ContactRef
    organization: OrganizationRef | None
    assignee: StaffRef | None
    fields: dict[str, Any]
    version: int
    created_at: datetime
    updated_at: datetime
    closed_at: datetime | None
    allowed_statuses: list[str]
    """Where this reader may move it from here."""
    category: str | UnsetType | None = UNSET
    category_name: Translated | UnsetType = UNSET
    priority: str | UnsetType = UNSET
    tags: list[str] | UnsetType = UNSET
    team: str | UnsetType | None = UNSET
    team_name: Translated | UnsetType = UNSET
    sla: dict[str, Any] | UnsetType = UNSET
    set_by: dict[str, SetBy] | UnsetType = UNSET
    """Who set each field last; a field that nobody touched is absent."""
    resolution: str | UnsetType = UNSET
    reopens: int | UnsetType = UNSET
    triage: TriageState | UnsetType = UNSET
    external_id: str | UnsetType | None = UNSET
    suggestion_session: str | UnsetType | None = UNSET
    shared_with: list[StaffRef] | UnsetType = UNSET
    followers: list[StaffRef] | UnsetType = UNSET
    """Staff who are told of what happens to it."""
    form: str | UnsetType | None = UNSET
    """Key of the form that it came by; null for none."""
    merged_into: int | UnsetType = UNSET
    """Number of the ticket that this one was merged into; its conversation goes on there."""
    rating: Rating | UnsetType | None = UNSET
    """What the customer said of it; null while they have not."""
    product: ProductRef | UnsetType | None = UNSET
    remote_sessions: list[RemoteSession] | UnsetType = UNSET
    """Its customer sees those that go on."""
    teams: list[str] | UnsetType = UNSET
    """Teams that work along, besides the one that answers for it."""
    may_rate: bool | UnsetType = UNSET
    """The reader is the customer and may give or change a rating now."""


class TicketRow(Struct, kw_only=True):
    """A ticket in a list."""

    id: UUID
    number: int
    subject: str
    excerpt: str
    status: str
    status_category: StatusCategory
    working_label: WorkingLabel
    language: str
    channel: str
    requester: ContactRef
    assignee: StaffRef | None
    version: int
    created_at: datetime
    updated_at: datetime
    priority: str | UnsetType = UNSET
    category: str | UnsetType | None = UNSET
    tags: list[str] | UnsetType = UNSET
    team: str | UnsetType | None = UNSET
    set_by: dict[str, SetBy] | UnsetType = UNSET
    triage: TriageState | UnsetType = UNSET
    breach_at: datetime | UnsetType | None = UNSET
    """When the next of its clocks is up; null while none runs."""


class TicketPage(Struct, kw_only=True):
    items: list[TicketRow]
    next_cursor: str | None = None


class Requester(Input):
    email: str
    name: str = ""


class NewTicket(Input):
    """Body of ``POST /api/v1/tickets``. A customer may leave ``requester`` out: it is them."""

    subject: str
    body: str
    requester: Requester | None = None
    channel: str | None = None
    external_id: str | None = None
    tags: list[str] = []
    fields: dict[str, Any] = {}
    form: str | None = None
    """Key of the form that was filled in: what it asks for is held against it."""
    attachments: list[UUID] = []
    suggestion_session: str | None = None
    priority: str | None = None
    category: str | None = None
    team: str | None = None
    type: str | None = None
    language: str | None = None


class TicketChanges(Input):
    """Body of ``PATCH /api/v1/tickets/{number}``: what is absent stays, null empties."""

    version: int
    subject: str | UnsetType = UNSET
    status: str | UnsetType = UNSET
    priority: str | UnsetType = UNSET
    category: str | UnsetType | None = UNSET
    tags: list[str] | UnsetType = UNSET
    type: str | UnsetType = UNSET
    language: str | UnsetType = UNSET
    assignee: str | UnsetType | None = UNSET
    """Id or e-mail address of a staff member."""
    team: str | UnsetType | None = UNSET
    fields: dict[str, Any] | UnsetType = UNSET
    """Merged key by key; a null value removes the key."""
    resolution: str | UnsetType = UNSET
    reason: str = ""
    """Why, as the timeline will say it: for handing over to another person or team."""
    macro: str = ""
    """Id or key of a macro that says nothing and did this, for its count."""


class Closure(Input):
    """Body of ``PUT /api/v1/tickets/{number}/closure``; ``DELETE`` reopens."""

    resolution: str = ""
    version: int | None = None


class NewMessage(Input):
    kind: Literal["reply", "note"]
    body: str
    attachments: list[UUID] = []
    macro: str | None = None
    """Id or key of the macro that the text came from, for its count; several are separated by commas."""
    recommendation: str | None = None
    """Id of the recommendation that the text came from; kept on the entry."""
    status: str | None = None
    """Status to set with an agent's reply instead of ``pending``."""
    version: int | None = None
    """When given, a reply to a ticket that moved on meanwhile gets 409."""


class Author(Struct, kw_only=True):
    """``kind``: ``contact``, ``staff``, ``token`` (an API client), ``rule``, ``model`` or ``system``."""

    kind: str
    id: str | None
    name: str


class Change(Struct, kw_only=True):
    field: str
    old: Any
    new: Any
    set_by: SetBy


class Delivery(Struct, kw_only=True):
    """How an outgoing message fares: ``none``, ``queued``, ``sent``, ``failed``, ``bounced``.

    ``kept`` is mail of a desk without a mail server: it lies in the local outbox.
    """

    state: str
    detail: str = ""


class TimelineEntry(Struct, kw_only=True):
    """A message that somebody wrote (``reply``, ``note``) or an event that the system wrote."""

    id: UUID
    entry: Literal["message", "event"]
    kind: str
    """``reply`` or ``note`` for messages; ``created``, ``changed``, ``closed``, ``reopened``… for events."""
    author: Author
    at: datetime
    channel: str = ""
    body_text: str = ""
    """Plain text as it came, quoted history folded away."""
    body_html: str = ""
    """Sanitised; safe to embed."""
    quoted_text: str = ""
    changes: list[Change] = []
    attachments: list[Attachment] = []
    delivery: Delivery | None = None
    recommendation: str | None = None
    automatic: bool = False
    """True for auto-submitted mail."""
    number: int | None = None
    """The ticket that the entry was written on, where that was merged into this one."""


class TimelinePage(Struct, kw_only=True):
    items: list[TimelineEntry]
    next_cursor: str | None = None


class MessagePosted(Struct, kw_only=True):
    """The new entry and where the ticket stands now."""

    entry: TimelineEntry
    ticket: Ticket


class AuditEntry(Struct, kw_only=True):
    """One change, read-only: who, when, what, old, new."""

    id: UUID
    at: datetime
    subject: str
    """Kind of thing changed: ``ticket``, ``contact``, ``staff``, ``category``, …"""
    subject_id: str
    number: int | None
    action: str
    author: Author
    changes: list[Change]
    request_id: str


class AuditPage(Struct, kw_only=True):
    items: list[AuditEntry]
    next_cursor: str | None = None
