"""Calendars, opening hours, and the promises of time."""

from datetime import datetime
from typing import Any

from msgspec import Struct, field

from services.core.contract.vocabulary import Input, Translated


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
