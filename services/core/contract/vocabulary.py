"""The words that everybody uses: channels, states, roles, permanent keys."""

from typing import Annotated, Literal, get_args

from msgspec import Meta, Struct

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
CHANNELS: tuple[Channel, ...] = get_args(Channel)
STATUSES: tuple[StatusCategory, ...] = get_args(StatusCategory)
PRIORITIES = ("low", "normal", "high", "critical")
TYPES: tuple[TicketType, ...] = get_args(TicketType)
WORKING_LABELS: tuple[WorkingLabel, ...] = get_args(WorkingLabel)
SETTERS: tuple[SetBy, ...] = get_args(SetBy)
ROLES: tuple[Role, ...] = get_args(Role)
SCOPES = (
    "tickets:read",
    "tickets:write",
    "triage:read",
    "triage:write",
    "kb:read",
    "kb:write",
    "admin",
)
Translated = dict[str, str]
"""Language to text: ``{"en": "Cards", "es": "Tarjetas"}``."""
Key = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9_.\-]{0,79}$", max_length=80)]
"""A permanent lower-case name: letters, digits, ``_``, ``-`` and ``.``, at most 80."""


class Input(Struct, forbid_unknown_fields=True, kw_only=True):
    """Base of request bodies: a field that is not listed is refused, so nothing can be mass-assigned."""
