"""Macros and what they do to tickets."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

from services.core.contract.vocabulary import Input, Key, Translated


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
