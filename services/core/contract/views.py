"""Saved views of the queue."""

from typing import Literal

from msgspec import UNSET, Struct, UnsetType

from services.core.contract.vocabulary import Input, Translated


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
