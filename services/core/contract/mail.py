"""Mail that waits in quarantine, and mail that goes out."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct


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
