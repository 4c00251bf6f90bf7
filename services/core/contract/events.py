"""What core announces."""

from uuid import UUID

from msgspec import Struct, field

from services.core.contract.vocabulary import SetBy

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
