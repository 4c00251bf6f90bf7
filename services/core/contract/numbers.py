"""An agent's own numbers and the team's."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct


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
