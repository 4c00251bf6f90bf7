"""What core says on the wire: requests, answers and events. Others import this and ``client``, nothing else.

Keys are permanent: a category, team, tag, status or priority is referred to by its ``key`` everywhere on the
wire (ticket fields, predictions, training labels). A key never changes and is never reused, names may change
at will. Where a request names one of them, its id is accepted as well.
"""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType, field

from services.common.http.actor import Actor

# ---------------------------------------------------------------- vocabulary

CHANNELS = (
    "email",
    "portal",
    "form",
    "chat",
    "api",
    "phone",
    "sms",
    "whatsapp",
    "telegram",
    "social",
    "alert",
    "forum",
)
STATUSES = ("open", "pending", "in_progress", "delayed", "solved", "closed", "cancelled")
PRIORITIES = ("low", "normal", "high", "critical")
TYPES = ("question", "incident", "problem", "task")
WORKING_LABELS = ("new", "awaiting_reply", "not_awaiting_reply", "closed")
SETTERS = ("person", "rule", "model")
ROLES = ("customer", "light", "agent", "lead", "admin")
SCOPES = (
    "tickets:read",
    "tickets:write",
    "triage:read",
    "triage:write",
    "kb:read",
    "kb:write",
    "admin",
)

Channel = Literal[
    "email",
    "portal",
    "form",
    "chat",
    "api",
    "phone",
    "sms",
    "whatsapp",
    "telegram",
    "social",
    "alert",
    "forum",
]
TicketType = Literal["question", "incident", "problem", "task"]
WorkingLabel = Literal["new", "awaiting_reply", "not_awaiting_reply", "closed"]
SetBy = Literal["person", "rule", "model"]
StatusCategory = Literal["open", "pending", "in_progress", "delayed", "solved", "closed", "cancelled"]
TriageState = Literal["waiting", "decided", "abstained"]
Role = Literal["customer", "light", "agent", "lead", "admin"]
Translated = dict[str, str]
"""Language to text: ``{"en": "Cards", "es": "Tarjetas"}``."""

Key = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9_.\-]{0,79}$", max_length=80)]
"""A permanent lower-case name: letters, digits, ``_``, ``-`` and ``.``, at most 80."""


class Input(Struct, forbid_unknown_fields=True, kw_only=True):
    """Base of request bodies: a field that is not listed is refused, so nothing can be mass-assigned."""


# ---------------------------------------------------------------- people


class ContactRef(Struct, kw_only=True):
    """A customer as a ticket shows them."""

    id: UUID
    name: str
    email: str | None = None
    tier: str | UnsetType = UNSET
    """``standard``, ``premium`` or ``vip``; staff only."""


class StaffRef(Struct, kw_only=True):
    id: UUID
    name: str
    email: str | UnsetType = UNSET


class OrganizationRef(Struct, kw_only=True):
    id: UUID
    name: str


class Identity(Struct, kw_only=True):
    """One way in which a contact reaches the desk."""

    kind: Literal["email", "phone", "whatsapp", "telegram", "portal", "social", "external"]
    value: str
    verified: bool = False


class Funnel(Struct, kw_only=True):
    """Where the customer stands in the sales funnel, by whose word and since when."""

    stage: str
    source: str
    at: datetime


class MergedContact(Struct, kw_only=True):
    """A contact that went into another, ``at`` when; ``tickets`` went along."""

    id: UUID
    name: str
    at: datetime
    tickets: int


class NewContactMerge(Input):
    """Body of ``PUT /api/v1/contacts/{contact_id}/merge``: the contact that goes on."""

    into: UUID


class Contact(Struct, kw_only=True):
    id: UUID
    name: str
    email: str | None
    identities: list[Identity]
    organization: OrganizationRef | None
    tier: str
    locale: str
    notes: str
    funnel: Funnel | None
    open_tickets: int
    tickets: int
    version: int
    created_at: datetime
    fields: dict[str, Any] = {}
    """What the desk keeps of its own about a contact, by key of the field."""
    merged_into: UUID | UnsetType = UNSET
    """The contact that this one turned out to be, where they go on."""
    merged: list[MergedContact] = []
    """Contacts that turned out to be this one; only where one contact is asked for."""


class ContactPage(Struct, kw_only=True):
    items: list[Contact]
    next_cursor: str | None = None


class ContactChanges(Input):
    version: int
    name: str | UnsetType = UNSET
    tier: Literal["standard", "premium", "vip"] | UnsetType = UNSET
    locale: str | UnsetType = UNSET
    notes: str | UnsetType = UNSET
    organization: str | UnsetType | None = UNSET
    """Name of the organisation, made when it does not exist; null takes the contact out."""
    add_identities: list[Identity] | UnsetType = UNSET
    fields: dict[str, Any] | UnsetType = UNSET
    """Merged key by key; a null value removes the key."""


class FunnelStage(Input):
    """``stage`` is the CRM's own word; empty takes it away."""

    email: str
    stage: str


class FunnelUpdate(Input):
    """What a CRM's adapter brings: stages by e-mail address, and whose they are."""

    stages: Annotated[list[FunnelStage], Meta(max_length=1000)]
    source: str = ""


class FunnelKept(Struct, kw_only=True):
    changed: int
    unknown: list[str]
    """Addresses that nobody here has."""


class Product(Struct, kw_only=True):
    """What the desk's house offers."""

    key: str
    name: Translated
    active: bool
    version: int


class NewProduct(Input):
    key: Key
    name: Translated


class ProductChanges(Input):
    version: int
    name: Translated | UnsetType = UNSET
    active: bool | UnsetType = UNSET


class Item(Struct, kw_only=True):
    """A product that somebody has. ``shared``: it is their organisation's. ``plan``: a plan or a warranty."""

    id: UUID
    product: str
    product_name: Translated
    name: str
    serial: str
    plan: str
    since: date | None
    until: date | None
    notes: str
    shared: bool
    active: bool
    version: int


class NewItem(Input):
    product: str
    name: str = ""
    serial: str = ""
    plan: str = ""
    since: date | None = None
    until: date | None = None
    notes: str = ""
    shared: bool = False


class ItemChanges(Input):
    version: int
    product: str | UnsetType = UNSET
    name: str | UnsetType = UNSET
    serial: str | UnsetType = UNSET
    plan: str | UnsetType = UNSET
    since: date | UnsetType | None = UNSET
    until: date | UnsetType | None = UNSET
    notes: str | UnsetType = UNSET
    active: bool | UnsetType = UNSET


class TicketProduct(Input):
    """What a ticket is about: one of the customer's items, or a product, or nothing."""

    product: str | None = None
    item: UUID | None = None


class ProductRef(Struct, kw_only=True):
    key: str
    name: Translated
    item: Item | None = None


class RemoteSession(Struct, kw_only=True):
    """A link under which an agent looks at the customer's screen; ``by`` is who attached it."""

    id: UUID
    url: str
    label: str
    by: str
    at: datetime
    ended_at: datetime | None


class NewRemoteSession(Input):
    url: str
    label: str = ""


class Staff(Struct, kw_only=True):
    id: UUID
    name: str
    email: str
    roles: list[str]
    teams: list[str]
    """Keys of teams."""
    skills: list[str]
    """Keys of categories and tags that this person is good at."""
    languages: list[str]
    capacity: int
    load: int
    """Tickets assigned now that are not solved, closed or cancelled."""
    active: bool
    locale: str
    version: int


class NewStaff(Input):
    email: str
    name: str
    roles: list[Literal["light", "agent", "lead", "admin"]]
    password: str | None = None
    teams: list[str] = []
    skills: list[str] = []
    languages: list[str] = []
    capacity: int = 20
    locale: Literal["en", "es"] = "en"


class StaffChanges(Input):
    version: int
    name: str | UnsetType = UNSET
    roles: list[Literal["light", "agent", "lead", "admin"]] | UnsetType = UNSET
    teams: list[str] | UnsetType = UNSET
    skills: list[str] | UnsetType = UNSET
    languages: list[str] | UnsetType = UNSET
    capacity: int | UnsetType = UNSET
    active: bool | UnsetType = UNSET


class Team(Struct, kw_only=True):
    id: UUID
    key: str
    name: Translated
    description: Translated
    members: list[StaffRef]
    active: bool
    version: int


class NewTeam(Input):
    key: Key
    name: Translated
    description: Translated = {}
    members: list[UUID] = []


class TeamChanges(Input):
    version: int
    name: Translated | UnsetType = UNSET
    description: Translated | UnsetType = UNSET
    members: list[UUID] | UnsetType = UNSET
    active: bool | UnsetType = UNSET


class Person(Struct, kw_only=True):
    """Who an actor is, for themselves. ``kind`` as in the kernel's ``Actor``."""

    id: str
    kind: Literal["staff", "contact", "token", "service", "anonymous"]
    name: str
    email: str | None
    roles: list[str]
    scopes: list[str]
    locale: str
    teams: list[str] = []


class PersonChanges(Input):
    name: str | UnsetType = UNSET
    locale: Literal["en", "es"] | UnsetType = UNSET
    password: str | UnsetType = UNSET
    current_password: str | UnsetType = UNSET


# ---------------------------------------------------------------- taxonomy


class Category(Struct, kw_only=True):
    """A node of the tree. ``path`` holds the keys from the root to this node."""

    id: UUID
    key: str
    parent: str | None
    path: list[str]
    name: Translated
    definition: Translated
    team: str | None
    active: bool
    leaf: bool
    version: int


class NewCategory(Input):
    key: Key
    name: Translated
    parent: str | None = None
    definition: Translated = {}
    team: str | None = None


class CategoryChanges(Input):
    version: int
    name: Translated | UnsetType = UNSET
    definition: Translated | UnsetType = UNSET
    parent: str | UnsetType | None = UNSET
    team: str | UnsetType | None = UNSET
    active: bool | UnsetType = UNSET


class Tag(Struct, kw_only=True):
    id: UUID
    key: str
    name: Translated
    active: bool
    tickets: int = 0


class NewTag(Input):
    key: Key
    name: Translated = {}


class Priority(Struct, kw_only=True):
    """``rank`` orders: 1 is low, 4 is critical."""

    key: str
    rank: int
    name: Translated
    definition: Translated
    version: int


class PriorityChanges(Input):
    version: int
    name: Translated | UnsetType = UNSET
    definition: Translated | UnsetType = UNSET


class Status(Struct, kw_only=True):
    """A status and the category that reports, clocks and views know it by. What follows ``next`` is staff's."""

    key: str
    category: str
    name: Translated
    next: list[str]
    """Statuses that a person may move a ticket to from here."""
    active: bool = True
    position: int = 0
    message: Translated | UnsetType = UNSET
    """What the customer is told when a ticket gets here; variables as in macros."""
    tells: bool | UnsetType = UNSET
    needs_resolution: bool | UnsetType = UNSET
    """A ticket gets here only with a word on what solved it."""
    version: int | UnsetType = UNSET


class NewStatus(Input):
    """``next`` and ``reached_from`` are those of the category's own status where they are left out."""

    key: Key
    category: StatusCategory
    name: Translated
    next: list[str] | None = None
    reached_from: list[str] | None = None
    position: int | None = None
    message: Translated = {}
    tells: bool = False
    needs_resolution: bool = False


class StatusChanges(Input):
    version: int
    name: Translated | UnsetType = UNSET
    next: list[str] | UnsetType = UNSET
    position: int | UnsetType = UNSET
    active: bool | UnsetType = UNSET
    message: Translated | UnsetType = UNSET
    tells: bool | UnsetType = UNSET
    needs_resolution: bool | UnsetType = UNSET


class Macro(Struct, kw_only=True):
    """A saved reply with actions. ``scope`` is global, team or personal; ``variables``: the names in braces.

    ``hotkey`` is the digit to which the reader has bound it, ``yours`` says whether they may change it.
    """

    id: UUID
    key: str
    title: Translated
    body: Translated
    category: str | None
    scope: str
    team: str | None
    actions: dict[str, Any]
    variables: list[str]
    used: int
    active: bool
    version: int
    hotkey: int | None = None
    yours: bool = False


class NewMacro(Input):
    title: Translated
    body: Translated
    key: Key | None = None
    category: str | None = None
    scope: Literal["global", "team", "personal"] = "global"
    team: str | None = None
    actions: dict[str, Any] = {}


class MacroChanges(Input):
    version: int
    title: Translated | UnsetType = UNSET
    body: Translated | UnsetType = UNSET
    category: str | UnsetType | None = UNSET
    actions: dict[str, Any] | UnsetType = UNSET
    active: bool | UnsetType = UNSET


class RenderedMacro(Struct, kw_only=True):
    """A macro filled for one ticket: no braces are left in ``text``."""

    id: UUID
    language: str
    text: str
    actions: dict[str, Any]


class MacroDraft(Input):
    """Text of a macro that is being written, to be tried on a ticket."""

    body: Translated
    ticket: int


class MacroPreview(Struct, kw_only=True):
    """What customers would read, by language; ``unknown`` are variables that nothing fills."""

    texts: Translated
    unknown: list[str]


class MacroKey(Input):
    """The digit, with Alt, to which the reader binds a macro; null takes it away."""

    key: Annotated[int, Meta(ge=1, le=9)] | None


class Figures(Struct, kw_only=True):
    """What one person did in a period; ``docs/metrics.md`` says how each is counted."""

    solved: int = 0
    reopened: int = 0
    replies: int = 0
    first_responses: int = 0
    first_response_minutes: float | None = None
    rated: int = 0
    satisfied: int = 0


class MyNumbers(Struct, kw_only=True):
    """One's own figures, and those of as long a time before ``since``."""

    since: datetime
    now: Figures
    before: Figures


class PersonNumbers(Struct, kw_only=True):
    id: UUID
    name: str
    figures: Figures


class StaffNumbers(Struct, kw_only=True):
    """Figures of colleagues by name; who did nothing in the period is left out."""

    since: datetime
    items: list[PersonNumbers]


class MacroEffect(Struct, kw_only=True):
    """What became of the tickets in which a macro was used in a period, or of all (``macro`` is null).

    ``ended`` of the ``tickets`` came to an end at least once, ``reopened`` of those were opened again;
    ``minutes`` is the median from opening to end of those that are over; ``rated`` were rated by their customers,
    ``satisfied`` of those with 4 or 5.
    """

    macro: UUID | None
    uses: int
    tickets: int
    ended: int
    reopened: int
    minutes: float | None
    rated: int = 0
    satisfied: int = 0


class MacroEffects(Struct, kw_only=True):
    """Macros that were used since ``since``, most used first, and beside them all tickets opened since then."""

    since: datetime
    items: list[MacroEffect]
    everything: MacroEffect


# ---------------------------------------------------------------- tickets


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
    rating: "Rating | UnsetType | None" = UNSET
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


class NewShare(Input):
    staff: str
    """Id or e-mail address of the staff member the ticket is shared with."""


class Draft(Struct, kw_only=True):
    """A person's own unsent text on a ticket."""

    kind: Literal["reply", "note"]
    body: str
    recommendation: str | None = None
    updated_at: datetime | None = None


class DraftChanges(Input):
    kind: Literal["reply", "note"]
    body: str
    recommendation: str | None = None


class Here(Input):
    """Body of ``PUT /tickets/{number}/presence``."""

    state: Literal["looking", "writing", "gone"]


class Presence(Struct, kw_only=True):
    """Who else has a ticket open. ``changed``: what the asker said is news for them."""

    looking: list[StaffRef]
    writing: list[StaffRef]
    changed: bool = False


class NewFollower(Input):
    staff: str = "me"
    """Id or e-mail address; oneself unless said."""


# ---------------------------------------------------------------- tickets together

LINK_KINDS = (
    "duplicate_of",
    "duplicated_by",
    "child_of",
    "parent_of",
    "incident_of",
    "problem_of",
    "related",
)
LinkKind = Literal[
    "duplicate_of", "duplicated_by", "child_of", "parent_of", "incident_of", "problem_of", "related"
]


class NewMerge(Input):
    """Body of ``PUT /tickets/{number}/merge``: this ticket goes into ``into``; ``DELETE`` undoes it."""

    into: int


class NewSplit(Input):
    """Body of ``POST /tickets/{number}/splits``: a message becomes a ticket of its own."""

    message: UUID
    subject: str = ""


class NewLink(Input):
    """``kind`` is read from the ticket of the address: ``incident_of`` makes it an incident of ``to``."""

    to: int
    kind: LinkKind


class NewProblem(Input):
    """A problem with the tickets that are its incidents. ``external_id`` names what it was made of: said again, it
    answers with the same problem, to which incidents that are new are linked."""

    subject: str
    body: str
    incidents: list[int]
    category: str | None = None
    external_id: str | None = None


class Link(Struct, kw_only=True):
    """Another ticket, and what it is to this one."""

    kind: LinkKind
    number: int
    subject: str
    status: str
    status_category: StatusCategory


class DuplicateHint(Struct, kw_only=True):
    """An open ticket of the same customer that says the same; ``score`` is between 0 and 1."""

    number: int
    subject: str
    score: float
    at: datetime


class Relations(Struct, kw_only=True):
    """What hangs together with a ticket: links, tickets merged into it, likely duplicates."""

    links: list[Link]
    merged: list[Link]
    duplicates: list[DuplicateHint]


class BatchChanges(Input):
    """What to set on many tickets at once; what is absent stays."""

    status: str | UnsetType = UNSET
    priority: str | UnsetType = UNSET
    category: str | UnsetType | None = UNSET
    team: str | UnsetType | None = UNSET
    assignee: str | UnsetType | None = UNSET
    type: str | UnsetType = UNSET
    add_tags: list[str] = []
    remove_tags: list[str] = []


class NewBatch(Input):
    """Body of ``POST /batches``. Few tickets are changed at once, many by a job; ``GET`` tells how far it is."""

    numbers: list[int]
    changes: BatchChanges


class NewIncidentReply(Input):
    """Body of ``POST /tickets/{number}/incident-replies``: one answer to each incident of a problem.

    ``body`` is by language and may hold variables; each customer gets theirs, else the first. ``macro`` gives
    the texts instead. ``status`` is set with the reply, ``pending`` unless said.
    """

    body: Translated = {}
    macro: str | None = None
    status: str | None = None


class BatchItem(Struct, kw_only=True):
    """One ticket of a batch. ``reason`` is an error's code where it was ``skipped`` or, on undoing, ``kept``."""

    number: int
    state: Literal["waiting", "done", "skipped", "undone", "kept"]
    reason: str = ""


class Batch(Struct, kw_only=True):
    """An act on many tickets; ``done`` of ``total`` have been dealt with."""

    id: UUID
    kind: str
    state: Literal["running", "done", "undoing", "undone"]
    total: int
    done: int
    changed: int
    skipped: int
    kept: int
    """On undoing: tickets that somebody has changed since, which stay as they are."""
    items: list[BatchItem]


class View(Struct, kw_only=True):
    """A saved filter with its live count. Built-in ones have no owner and cannot be changed."""

    id: str
    key: str
    name: Translated
    filters: dict[str, str]
    sort: str
    scope: str
    """``system``, ``shared`` or ``personal``."""
    count: int
    """Tickets in it now; counting stops at 1,000."""
    version: int = 1


class NewView(Input):
    name: Translated
    filters: dict[str, str]
    sort: str = "-updated"
    scope: Literal["shared", "personal"] = "personal"


class ViewChanges(Input):
    version: int
    name: Translated | UnsetType = UNSET
    filters: dict[str, str] | UnsetType = UNSET
    sort: str | UnsetType = UNSET


class MailQuarantined(Struct, kw_only=True):
    """Answer (202) to mail that could not become a ticket; otherwise the answer is 201 with the ticket."""

    quarantine: UUID
    reason: str
    detail: str = ""


class Quarantined(Struct, kw_only=True):
    """Mail that could not become a ticket; its source is kept byte for byte."""

    id: UUID
    reason: str
    sender: str
    subject: str
    size: int
    received_at: datetime
    resolved_at: datetime | None


class QuarantinePage(Struct, kw_only=True):
    items: list[Quarantined]
    next_cursor: str | None = None


class OutgoingMail(Struct, kw_only=True):
    """A mail on its way out. ``kind``: ``reply``, ``notice`` (a rule's, to the customer), ``notification`` (to staff).

    ``state``: ``queued``, ``sent``, ``kept`` (no mail server is set), ``failed`` (given up) or ``bounced``.
    """

    id: UUID
    kind: str
    number: int | None
    recipient: str
    subject: str
    state: str
    attempts: int
    detail: str
    text: str
    created_at: datetime
    next_at: datetime | None
    ended_at: datetime | None


class OutgoingPage(Struct, kw_only=True):
    """``server`` says whether a mail server is set."""

    items: list[OutgoingMail]
    next_cursor: str | None = None
    server: bool = True


class DeskCalendar(Struct, kw_only=True):
    """Opening hours. ``week`` has seven lists of ``[from, to]`` in minutes since midnight, Monday first.

    ``country`` (and ``region``) name whose public holidays are off, ``extra`` further dates.
    """

    key: str
    name: Translated
    zone: str
    week: list[list[list[int]]]
    country: str
    region: str
    extra: list[str]
    version: int


class CalendarInput(Input):
    """``version`` is the one that was read, 0 for a new calendar."""

    name: Translated
    zone: str
    week: list[list[tuple[int, int]]]
    country: str = ""
    region: str = ""
    extra: list[str] = []
    version: int = 0


class SlaPolicy(Struct, kw_only=True):
    """A service level agreement. ``targets``: priority to metric to minutes of working time.

    Metrics are ``first_response``, ``next_response`` and ``resolution``. Empty ``channels`` or ``tiers`` mean
    any; clocks rest in the statuses of ``pauses``; ``warn`` are shares of the target; ``on_breach`` are actions
    as rules have them.
    """

    key: str
    name: Translated
    position: int
    active: bool
    channels: list[str]
    tiers: list[str]
    calendar: str
    targets: dict[str, dict[str, int]]
    pauses: list[str]
    warn: list[float]
    on_breach: list[dict[str, Any]]
    version: int


class SlaPolicyInput(Input):
    """``version`` is the one that was read, 0 for a new agreement."""

    name: Translated
    calendar: str
    targets: dict[str, dict[str, int]]
    position: int = 1
    active: bool = True
    channels: list[str] = []
    tiers: list[str] = []
    pauses: list[str] = field(default_factory=lambda: ["pending"])
    warn: list[float] = field(default_factory=lambda: [0.75])
    on_breach: list[dict[str, Any]] = []
    version: int = 0


class OpeningHours(Struct, kw_only=True):
    """Whether the desk works now; ``opens_at`` is when it does next, null while it is open."""

    open: bool
    opens_at: datetime | None
    zone: str


class Lifecycle(Input):
    """A ticket's life by time. 0 hours switch a step off.

    ``acknowledge``: channels whose new tickets get an acknowledgement. A ticket that waits for its customer is
    nudged after ``nudge_hours`` and closed ``close_hours`` later; ``ask_hours`` after its end the customer is
    asked whether it is solved, and ``rate_hours`` after it for a rating. ``answer`` are the categories whose new
    tickets an article may answer before a person does.
    """

    acknowledge: list[str] = []
    answer: list[str] = []
    nudge_hours: int = 0
    close_hours: int = 0
    ask_hours: int = 0
    rate_hours: int = 0


class Logo(Struct, kw_only=True):
    """Which picture: ``hash`` names it, and changes with it."""

    hash: str
    type: str
    width: int
    height: int


class Palette(Struct, kw_only=True):
    """Colours as ``#rrggbb`` that pages use, for light and for dark grounds."""

    accent: str
    accent_dark: str
    strong: str
    strong_dark: str
    wash: str
    wash_dark: str
    on: str
    on_dark: str


class Brand(Struct, kw_only=True):
    """How the desk looks. What is empty is as the operator set it, or as Triaje comes."""

    name: str
    accent: str
    accent_dark: str
    url: str
    logo: Logo | None
    palette: Palette | None
    version: int


class BrandColours(Input):
    """Two accents; an empty dark one is made of the other."""

    accent: str
    accent_dark: str = ""


class BrandInput(Input):
    """``url`` is the address by which customers know the desk; ``version`` the one that was read."""

    name: str = ""
    accent: str = ""
    accent_dark: str = ""
    url: str = ""
    version: int = 0


class Verdict(Struct, kw_only=True):
    """Whether a colour can be read: its contrast, and the nearest colour that passes."""

    colour: str
    ratio: float
    passes: bool
    nearest: str


class BrandCheck(Struct, kw_only=True):
    """Both verdicts, and what pages would make of the nearest colours that pass."""

    light: Verdict
    dark: Verdict
    palette: Palette


class RequestStatus(Struct, kw_only=True):
    """One request as who has the signed link to it sees it; ``over`` says that it is closed."""

    number: int
    subject: str
    status: str
    over: bool
    created_at: datetime
    expires_at: datetime
    items: list[TimelineEntry]


Severity = Literal["info", "caution", "danger"]
AudienceKind = Literal["everybody", "organization", "category", "tag", "problem"]


class CurrentAnnouncement(Struct, kw_only=True):
    """What a reader is told now; ``affects`` says that they may answer "this affects me"."""

    id: UUID
    title: Translated
    body: Translated
    severity: Severity
    starts_at: datetime
    ends_at: datetime | None
    happens_at: datetime | None
    affects: bool


class AnnouncementInput(Input):
    """What the desk tells customers, from ``starts_at`` until ``ends_at``; ``version`` 0 for a new one.

    ``audience_value`` is an organisation's name, the key of a category or tag, or a problem's number. ``mail``
    sends it once to whom it concerns, from ``starts_at`` on. ``happens_at`` is when something planned happens.
    """

    title: Translated
    body: Translated
    severity: Severity
    starts_at: datetime
    ends_at: datetime | None = None
    happens_at: datetime | None = None
    audience: AudienceKind = "everybody"
    audience_value: str = ""
    problem: int | None = None
    mail: bool = False
    version: int = 0


class Announcement(Struct, kw_only=True):
    """One as staff see it: ``mailed`` and ``affected`` count people, ``reach`` whom a mail would still go to."""

    id: UUID
    title: Translated
    body: Translated
    severity: Severity
    starts_at: datetime
    ends_at: datetime | None
    happens_at: datetime | None
    audience: AudienceKind
    audience_value: str
    problem: int | None
    mail: bool
    mailed: int
    affected: int
    version: int
    created_at: datetime
    updated_at: datetime
    reach: int = 0


class Affected(Input):
    """``visitor`` is a browser's pseudonym where nobody is signed in."""

    visitor: str = ""


class MailWish(Input):
    """Whether a customer gets announcements by mail."""

    wanted: bool


class FollowUp(Struct, kw_only=True):
    """What a signed link asks about; ``over`` says that the request is closed.

    ``answered``: an article answered it, and the customer has not said yet whether that helped.
    """

    number: int
    over: bool
    answered: bool = False


class FollowUpAnswer(Input):
    solved: bool
    comment: str = ""


class AnswerInput(Input):
    """An article's answer to a request: a stretch of it, word for word, and where it stands."""

    article: UUID
    lang: str
    slug: str
    title: str
    quote: str
    anchor: str = ""


class Answered(Struct, kw_only=True):
    """Whether the answer went out; else ``reason`` is ``category``, ``touched``, ``answered``, ``resting`` or
    ``notice``."""

    sent: bool
    reason: str


class AnswerFigures(Struct, kw_only=True):
    """What a category's automatic answers of ninety days were worth. Whom neither counts said nothing.

    ``resting``: too few helped; none is sent until older ones leave the period.
    """

    category: str
    sent: int
    helped: int
    not_helped: int
    resting: bool


class Rating(Struct, kw_only=True):
    """What the customer said of the solution: 1 (very bad) to 5 (very good)."""

    score: int
    comment: str
    at: datetime


class RatingInput(Input):
    score: Annotated[int, Meta(ge=1, le=5)]
    comment: str = ""


class RatingQuestion(Struct, kw_only=True):
    """What a signed link asks for. ``may_rate``: the request is solved, and the word can still be given or changed."""

    number: int
    may_rate: bool
    rating: Rating | None = None


class Satisfaction(Struct, kw_only=True):
    """What one customer said so far. ``csat`` is the share of 4 and 5; null without an answer."""

    answered: int
    csat: float | None
    average: float | None


class SolvedBefore(Struct, kw_only=True):
    """An earlier ticket with what solved it, and what the customer said of that."""

    number: int
    subject: str
    status: str
    channel: str
    closed_at: datetime | None
    resolution: str
    score: int | None


class LatelySaid(Struct, kw_only=True):
    """A message of any of a customer's tickets; ``ours``: the desk wrote it."""

    number: int
    at: datetime
    channel: str
    ours: bool
    author: str
    excerpt: str


class ContactOverview(Struct, kw_only=True):
    """The customer as they stand beside a ticket: newest first in every list."""

    contact: Contact
    satisfaction: Satisfaction
    items: list[Item]
    open: list[TicketRow]
    before: list[SolvedBefore]
    said: list[LatelySaid]


class SatisfactionGroup(Struct, kw_only=True):
    """Ratings that have one thing in common; ``key`` is empty where the ticket has none."""

    key: str
    answered: int
    csat: float


class RatedTicket(Struct, kw_only=True):
    """A rating with the ticket that it is about."""

    number: int
    subject: str
    customer: str
    rating: Rating


class SatisfactionReport(Struct, kw_only=True):
    """What customers said in a period. ``csat`` is the share of 4 and 5 among the answers, null without any.

    ``asked`` counts requests whose customer was asked in the period, ``scores`` answers by score; ``recent`` are
    the newest answers.
    """

    days: int
    asked: int
    answered: int
    csat: float | None
    average: float | None
    scores: dict[str, int]
    groups: list[SatisfactionGroup]
    recent: list[RatedTicket]


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


class Notification(Struct, kw_only=True):
    """Something that concerns a colleague. ``kind``: mention, assigned, replied, new_ticket, warning, breach, rule."""

    id: UUID
    number: int
    kind: str
    subject: str
    actor: str
    detail: str
    at: datetime
    read_at: datetime | None


class NotificationPage(Struct, kw_only=True):
    items: list[Notification]
    unread: int
    next_cursor: str | None = None


class MarkRead(Input):
    """Some, those of one ticket, or all where neither is given."""

    ids: list[UUID] | None = None
    number: int | None = None


class NotificationChoice(Struct, kw_only=True):
    """How a person wants to hear of one kind of thing."""

    kind: str
    page: bool
    mail: bool
    push: bool = False


class NewPushSubscription(Input):
    """A browser's subscription, as its push API gives it."""

    endpoint: Annotated[str, Meta(min_length=8, max_length=2000)]
    p256dh: Annotated[str, Meta(max_length=120)]
    auth: Annotated[str, Meta(max_length=40)]
    device: Annotated[str, Meta(max_length=200)] = ""


class PushSubscription(Struct, kw_only=True):
    """A browser that is told; ``mark`` is the SHA-256 of its endpoint, by which it knows itself."""

    id: UUID
    device: str
    service: str
    mark: str
    created_at: datetime


class PushState(Struct, kw_only=True):
    """The public key that a browser subscribes with, and the caller's browsers."""

    key: str
    subscriptions: list[PushSubscription]


class ApiToken(Struct, kw_only=True):
    """An API token without its secret; ``hint`` is its last four characters."""

    id: UUID
    name: str
    scopes: list[str]
    hint: str
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None


class NewApiToken(Input):
    name: str
    scopes: list[str]
    days: int | None = None


class IssuedApiToken(Struct, kw_only=True):
    """``secret`` is shown once, here."""

    secret: str
    token: ApiToken


# ---------------------------------------------------------------- fields, forms and templates

FieldKind = Literal[
    "text",
    "long_text",
    "number",
    "amount",
    "date",
    "yes_no",
    "choice",
    "choices",
    "email",
    "url",
    "phone",
]
FIELD_KINDS = (
    "text", "long_text", "number", "amount", "date", "yes_no", "choice", "choices", "email", "url", "phone",
)  # fmt: skip
CONDITION_OPS = ("is", "is_not", "filled", "empty", "at_least", "at_most")


class FieldOption(Struct, kw_only=True, forbid_unknown_fields=True):
    """One value of a choice: ``key`` is what is stored, ``name`` what people read."""

    key: Key
    name: Translated


class CustomField(Struct, kw_only=True):
    """A field of this desk's own, on tickets or on contacts.

    Values are stored by ``key``, the same in every language: texts as text, a number as an integer, an amount as
    a decimal in text, a date as ``YYYY-MM-DD``, yes or no as a boolean, choices as a list of option keys.
    """

    key: str
    target: Literal["ticket", "contact"]
    kind: FieldKind
    name: Translated
    help: Translated
    options: list[FieldOption]
    visibility: Literal["customer", "staff"]
    """``staff``: customers neither see nor fill it."""
    required: bool
    """A form that shows it wants it; a ticket without it lacks something."""
    required_for: list[str]
    """Status categories that a ticket reaches only with it, where it applies."""
    minimum: str
    """Least number, amount or date, or fewest characters of a text; empty for none."""
    maximum: str
    pattern: str
    """Regular expression, without look-around and back-references, that a whole text matches; empty for none."""
    source: str
    """Contact field, ``name``, ``email`` or ``organization``: what a signed-in customer's answer begins with."""
    position: int
    active: bool
    version: int


class CustomFieldInput(Input):
    """Body of ``PUT /api/v1/fields/{key}``. ``version`` is the one that was read, 0 for a new field."""

    kind: FieldKind
    name: Translated
    target: Literal["ticket", "contact"] = "ticket"
    help: Translated = {}
    options: list[FieldOption] = []
    visibility: Literal["customer", "staff"] = "customer"
    required: bool = False
    required_for: list[str] = []
    minimum: str = ""
    maximum: str = ""
    pattern: str = ""
    source: str = ""
    position: int = 100
    active: bool = True
    version: int = 0


class FieldRetired(Struct, kw_only=True):
    """``deleted``, or switched off because tickets, contacts or forms have it; what they hold stays."""

    key: str
    deleted: bool


class FormCondition(Struct, kw_only=True, forbid_unknown_fields=True):
    """What an earlier answer has to be. ``value`` has the alternatives; ``filled`` and ``empty`` need none."""

    field: str
    op: Literal["is", "is_not", "filled", "empty", "at_least", "at_most"] = "is"
    value: list[str] = []


class FormItem(Struct, kw_only=True, forbid_unknown_fields=True):
    """A field in its place. It is asked where every one of ``when`` holds among the answers above it."""

    field: str
    required: bool = False
    when: list[FormCondition] = []


class RequestForm(Struct, kw_only=True):
    """What is asked for one kind of inquiry.

    ``category``, ``type`` and ``tags`` are preset on its tickets; a ticket that came without a form is held to the
    first form of its category. ``fields`` defines what ``items`` name, as far as the reader may see it;
    ``prefill`` is what is known of a customer who is signed in. What is the desk's own is absent for customers.
    """

    key: str
    name: Translated
    description: Translated
    items: list[FormItem]
    fields: list[CustomField]
    position: int
    prefill: dict[str, Any] = {}
    audience: Literal["customer", "staff"] | UnsetType = UNSET
    category: str | UnsetType | None = UNSET
    type: str | UnsetType | None = UNSET
    tags: list[str] | UnsetType = UNSET
    active: bool | UnsetType = UNSET
    version: int | UnsetType = UNSET


class RequestFormInput(Input):
    """Body of ``PUT /api/v1/forms/{key}``. ``version`` is the one that was read, 0 for a new form."""

    name: Translated
    description: Translated = {}
    items: list[FormItem] = []
    audience: Literal["customer", "staff"] = "customer"
    category: str | None = None
    type: str | None = None
    tags: list[str] = []
    position: int = 100
    active: bool = True
    version: int = 0


class FormAnswers(Input):
    """Answers by key of the field."""

    fields: dict[str, Any] = {}


class FormCheck(Struct, kw_only=True):
    """What a form asks after these answers, and what is wrong with them; field errors are named by field key."""

    shown: list[str]
    required: list[str]
    errors: list[dict[str, str]]


class TicketField(Struct, kw_only=True):
    """A field beside a ticket: its definition, its value, who set it."""

    field: CustomField
    value: Any = None
    required: bool = False
    missing: bool = False
    set_by: SetBy | UnsetType = UNSET


class TicketForm(Struct, kw_only=True):
    """The fields of a ticket as its reader may see them. ``form`` is the one that it is held to."""

    number: int
    version: int
    form: str | None
    form_name: Translated
    fields: list[TicketField]
    missing: list[str]
    """Keys of what is required and absent."""
    may_ask: list[str]
    """Those of them that the customer can be asked for."""
    asked_at: datetime | None


class NewQuestion(Input):
    """Body of ``POST /tickets/{number}/questions``: which fields to ask for, all that can be asked unless said."""

    fields: list[str] | None = None


class TicketTemplate(Struct, kw_only=True):
    """What a new ticket begins with."""

    key: str
    name: str
    subject: str
    body: str
    form: str | None
    fields: dict[str, Any]
    category: str | None
    priority: str | None
    team: str | None
    type: str | None
    tags: list[str]
    active: bool
    version: int


class TicketTemplateInput(Input):
    """Body of ``PUT /api/v1/ticket-templates/{key}``. ``version`` is the one that was read, 0 for a new one."""

    name: str
    subject: str = ""
    body: str = ""
    form: str | None = None
    fields: dict[str, Any] = {}
    category: str | None = None
    priority: str | None = None
    team: str | None = None
    type: str | None = None
    tags: list[str] = []
    active: bool = True
    version: int = 0


# ---------------------------------------------------------------- internal: identity


class Credentials(Input):
    """``address`` is the visitor's network address, for limits only."""

    email: str
    password: str
    totp: str | None = None
    address: str = ""


class OpenSession(Struct, kw_only=True):
    """``handle`` is the secret of the session (the portal keeps it), ``token`` a one-minute signed token."""

    handle: str
    token: str
    actor: Person
    expires_at: datetime


class SessionToken(Struct, kw_only=True):
    token: str
    actor: Person


class MagicLinkRequest(Input):
    """The answer never tells whether the address is known."""

    email: str
    locale: Literal["en", "es"] = "en"
    address: str = ""


class MagicLinkSent(Struct, kw_only=True):
    sent: bool = True


class MagicLinkRedeem(Input):
    token: str
    address: str = ""


class Introspect(Input):
    token: str


class Introspected(Struct, kw_only=True):
    active: bool
    actor: Actor | None = None


# ---------------------------------------------------------------- internal: what triage reads and proposes


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


# ---------------------------------------------------------------- jobs


class Job(Struct, kw_only=True):
    """A piece of background work of core; ``progress`` is ``{done, total, note}``."""

    id: UUID
    name: str
    queue: str
    state: str
    attempts: int
    max_attempts: int
    progress: dict[str, Any] | None
    result: dict[str, Any] | None
    error: str | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


class JobPage(Struct, kw_only=True):
    items: list[Job]
    next_cursor: str | None = None


# ---------------------------------------------------------------- events

TICKET_CREATED = "core.ticket.created.v1"
TICKET_UPDATED = "core.ticket.updated.v1"
TICKET_CLOSED = "core.ticket.closed.v1"
TICKET_REOPENED = "core.ticket.reopened.v1"
TICKET_WARNED = "core.ticket.warned.v1"
TICKET_BREACHED = "core.ticket.breached.v1"
TICKET_RATED = "core.ticket.rated.v1"
MESSAGE_RECEIVED = "core.message.received.v1"
MESSAGE_SENT = "core.message.sent.v1"
MESSAGE_DELIVERED = "core.message.delivered.v1"
TAXONOMY_CHANGED = "core.taxonomy.changed.v1"
MACRO_CHANGED = "core.macro.changed.v1"
STAFF_CHANGED = "core.staff.changed.v1"
STAFF_MENTIONED = "core.mention.made.v1"
TICKET_MERGED = "core.ticket.merged.v1"
ANSWER_WANTED = "core.answer.wanted.v1"
CONTACT_ERASED = "core.contact.erased.v1"
CONTACT_MERGED = "core.contact.merged.v1"


class TicketCreated(Struct, kw_only=True):
    """``core.ticket.created.v1``."""

    ticket: UUID
    number: int
    version: int
    channel: str
    language: str
    contact_ref: str
    suggestion_session: str | None = None


class MessageReceived(Struct, kw_only=True):
    """``core.message.received.v1`` (from the customer) and ``core.message.sent.v1`` (from staff)."""

    ticket: UUID
    number: int
    version: int
    message: UUID
    kind: str
    channel: str
    language: str
    contact_ref: str
    suggestion_session: str | None = None


class FieldChange(Struct, kw_only=True):
    field: str
    set_by: SetBy


class TicketUpdated(Struct, kw_only=True):
    """``core.ticket.updated.v1``, ``.closed.v1``, ``.reopened.v1``; values are read from core."""

    ticket: UUID
    number: int
    version: int
    changes: list[FieldChange] = field(default_factory=list)
    chain: list[str] = field(default_factory=list)
    """Ids of the rules that led to it, the first one first."""
    moved_to: str = ""
    """The status that it has since, where that moved."""
    moved_by: str = ""
    """Kind of author who moved it."""


class TicketRated(Struct, kw_only=True):
    """``core.ticket.rated.v1``: the customer gave a score from 1 to 5, or changed it."""

    ticket: UUID
    number: int
    version: int
    score: int


class Mentioned(Struct, kw_only=True):
    """``core.mention.made.v1``: a note names a colleague."""

    ticket: UUID
    number: int
    message: UUID
    staff: UUID


class TicketMerged(Struct, kw_only=True):
    """``core.ticket.merged.v1``: ``ticket`` went into ``into``, or came out again where ``undone``."""

    ticket: UUID
    number: int
    version: int
    into: UUID
    undone: bool = False


class TaxonomyChanged(Struct, kw_only=True):
    """``core.taxonomy.changed.v1``, ``core.macro.changed.v1``, ``core.staff.changed.v1``: the new version."""

    kind: str
    id: str
    version: int
