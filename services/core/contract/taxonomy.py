"""Categories, tags, priorities, statuses, and the life of a ticket."""

from uuid import UUID

from msgspec import UNSET, Struct, UnsetType

from services.core.contract.vocabulary import Input, Key, StatusCategory, Translated


class Category(Struct, kw_only=True):
    """A node of the tree. ``path`` holds the keys from the root to this node."""

    id: UUID
    key: str
    parent: str | None
    path: list[str]
    name: Translated
    definition: Translated
    team: str | None
    active: bool
    leaf: bool
    version: int


class NewCategory(Input):
    key: Key
    name: Translated
    parent: str | None = None
    definition: Translated = {}
    team: str | None = None


class CategoryChanges(Input):
    version: int
    name: Translated | UnsetType = UNSET
    definition: Translated | UnsetType = UNSET
    parent: str | UnsetType | None = UNSET
    team: str | UnsetType | None = UNSET
    active: bool | UnsetType = UNSET


class Tag(Struct, kw_only=True):
    id: UUID
    key: str
    name: Translated
    active: bool
    tickets: int = 0


class NewTag(Input):
    key: Key
    name: Translated = {}


class Priority(Struct, kw_only=True):
    """``rank`` orders: 1 is low, 4 is critical."""

    key: str
    rank: int
    name: Translated
    definition: Translated
    version: int


class PriorityChanges(Input):
    version: int
    name: Translated | UnsetType = UNSET
    definition: Translated | UnsetType = UNSET


class Status(Struct, kw_only=True):
    """A status and the category that reports, clocks and views know it by. What follows ``next`` is staff's."""

    key: str
    category: str
    name: Translated
    next: list[str]
    """Statuses that a person may move a ticket to from here."""
    active: bool = True
    position: int = 0
    message: Translated | UnsetType = UNSET
    """What the customer is told when a ticket gets here; variables as in macros."""
    tells: bool | UnsetType = UNSET
    needs_resolution: bool | UnsetType = UNSET
    """A ticket gets here only with a word on what solved it."""
    version: int | UnsetType = UNSET


class NewStatus(Input):
    """``next`` and ``reached_from`` are those of the category's own status where they are left out."""

    key: Key
    category: StatusCategory
    name: Translated
    next: list[str] | None = None
    reached_from: list[str] | None = None
    position: int | None = None
    message: Translated = {}
    tells: bool = False
    needs_resolution: bool = False


class StatusChanges(Input):
    version: int
    name: Translated | UnsetType = UNSET
    next: list[str] | UnsetType = UNSET
    position: int | UnsetType = UNSET
    active: bool | UnsetType = UNSET
    message: Translated | UnsetType = UNSET
    tells: bool | UnsetType = UNSET
    needs_resolution: bool | UnsetType = UNSET


class Lifecycle(Input):
    """A ticket's life by time. 0 hours switch a step off.

    ``acknowledge``: channels whose new tickets get an acknowledgement. A ticket that waits for its customer is
    nudged after ``nudge_hours`` and closed ``close_hours`` later; ``ask_hours`` after its end the customer is
    asked whether it is solved, and ``rate_hours`` after it for a rating. ``answer`` are the categories whose new
    tickets an article may answer before a person does.
    """

    acknowledge: list[str] = []
    answer: list[str] = []
    nudge_hours: int = 0
    close_hours: int = 0
    ask_hours: int = 0
    rate_hours: int = 0
