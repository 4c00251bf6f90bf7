"""The tree of sections."""

from uuid import UUID

from msgspec import UNSET, Struct, UnsetType


class Section(Struct, kw_only=True):
    """A node of the section tree; `articles` counts what the asking person may read, children included."""

    id: UUID
    key: str
    parent: UUID | None
    position: int
    name: dict[str, str]
    description: dict[str, str] = {}
    articles: int = 0
    children: list["Section"] = []


class SectionInput(Struct, kw_only=True, forbid_unknown_fields=True):
    key: str
    name: dict[str, str]
    description: dict[str, str] = {}
    parent: UUID | None = None
    position: int = 0


class SectionPatch(Struct, kw_only=True, forbid_unknown_fields=True):
    name: dict[str, str] | UnsetType = UNSET
    description: dict[str, str] | UnsetType = UNSET
    parent: UUID | UnsetType | None = UNSET
    position: int | UnsetType = UNSET


class SectionMove(Struct, kw_only=True, forbid_unknown_fields=True):
    """Where a section goes: below `parent` (none is the top), at `place` among those that are there."""

    parent: UUID | None = None
    place: int = 0
