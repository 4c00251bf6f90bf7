"""What is unusual: runs of similar tickets, and drift."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from msgspec import Struct


class Incident(Struct, frozen=True, kw_only=True):
    """An unusual run of similar tickets, under the title of the problem that they may share.

    ``tickets`` are numbers; ``usual`` is how many of the kind come in such an hour, ``p`` the chance of so many
    on an ordinary day. A run of tickets that the model does not know has no ``label``.
    """

    id: UUID
    at: datetime
    last_at: datetime
    state: Literal["open", "over", "dismissed"]
    title: str
    label: str = ""
    name: dict[str, str] | None = None
    tickets: list[int] = []
    usual: float = 0.0
    p: float = 0.0
    closed_by: str = ""
    problem: int | None = None
    """The number of the ticket that was made of it."""


class IncidentProblem(Struct, frozen=True, forbid_unknown_fields=True):
    """The ticket that was made of an incident."""

    number: int


class IncidentList(Struct, frozen=True):
    """Incidents, newest first."""

    items: list[Incident]


class Signal(Struct, frozen=True, kw_only=True):
    """One look at drift. ``p`` is the chance of such a difference where nothing has changed; ``detail`` has the
    shares of right decisions, or the ``parts`` that were compared, and how many tickets lie behind it."""

    id: UUID
    at: datetime
    kind: Literal["input", "accuracy"]
    model: str
    p: float
    alarm: bool
    detail: dict[str, Any] = {}


class DriftList(Struct, frozen=True):
    """Looks at drift, newest first. On unchanged traffic a share of ``false_alarms`` of the looks alarms."""

    items: list[Signal]
    false_alarms: float
