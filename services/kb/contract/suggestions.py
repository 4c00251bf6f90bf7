"""Answers beside a form, and what became of their sessions."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from msgspec import Struct

from services.kb.contract.search import Segment

VOUCHER = "kb.voucher"  # purpose of the keyed hash by which a page vouches for a visitor's mark
EventKind = Literal["opened", "helpful", "solved", "ticket"]
SessionOutcome = Literal["solved", "ticket", "ticket_anyway", "left"]


class SuggestionInput(Struct, kw_only=True, forbid_unknown_fields=True):
    """What a customer has written so far.

    `visitor` is an opaque mark of the browser or person; the same visitor always falls in the same arm. `voucher`
    is a service's word that it gave out the mark (`voucher_of`); sessions without one stay out of reports.
    """

    subject: str = ""
    body: str = ""
    session: UUID | None = None
    visitor: str | None = None
    voucher: str | None = None
    lang: str | None = None
    limit: int = 5


class Suggestion(Struct, kw_only=True):
    article: UUID
    title: str
    passage: str
    score: float
    lang: str = "en"
    slug: str = ""
    highlight: list[Segment] = []


class Suggestions(Struct, kw_only=True):
    """`shown` is false in the control share, which sees nothing so that deflection can be measured."""

    session: UUID
    shown: bool
    items: list[Suggestion]
    degraded: bool = False


class SessionEventInput(Struct, kw_only=True, forbid_unknown_fields=True):
    kind: EventKind
    article: UUID | None = None
    ticket: str | None = None


class SessionView(Struct, kw_only=True):
    """A suggestion session as staff see it in reports."""

    id: UUID
    arm: Literal["shown", "control"]
    outcome: SessionOutcome | None
    started_at: datetime
    ended_at: datetime | None
    articles: list[UUID] = []
    ticket: str | None = None
