"""Notices and incidents in the portal."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from msgspec import Struct

from services.core.contract.vocabulary import Input, Translated

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
