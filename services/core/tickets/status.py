"""The pure rules of a ticket's life: where it may go, what actions do to it, whose turn it is."""

from collections.abc import Mapping, Sequence
from datetime import datetime

DONE = frozenset({"solved", "closed", "cancelled"})
"""Status categories in which nobody works on the ticket."""

DEFAULT_NEXT: dict[str, tuple[str, ...]] = {
    "open": ("pending", "in_progress", "delayed", "solved", "closed", "cancelled"),
    "pending": ("open", "in_progress", "delayed", "solved", "closed", "cancelled"),
    "in_progress": ("open", "pending", "delayed", "solved", "closed", "cancelled"),
    "delayed": ("open", "pending", "in_progress", "solved", "closed", "cancelled"),
    "solved": ("open", "closed"),
    "closed": ("open",),
    "cancelled": ("open",),
}
"""What is done can only be opened again: work starts from ``open``, so that a reopening is always counted."""

CUSTOMER_MAY = {
    "open": ("solved",),
    "pending": ("solved",),
    "in_progress": ("solved",),
    "delayed": ("solved",),
    "solved": ("open",),
    "closed": ("open",),
    "cancelled": (),
}
"""A customer may say that it is solved, and that it is not."""

_WAKES_ON_CUSTOMER = frozenset({"pending", *DONE})
_WAITS_AFTER_STAFF = frozenset({"open", "in_progress", "delayed"})


def may_move(next_of: Mapping[str, Sequence[str]], old: str, new: str) -> bool:
    """Whether a person may set status ``new`` on a ticket in ``old``; staying is always allowed."""
    return old == new or new in next_of.get(old, ())


def after_customer_reply(category: str) -> str | None:
    """The status that a customer's reply leads to, or None to stay: what waits or is done opens again."""
    return "open" if category in _WAKES_ON_CUSTOMER else None


def after_staff_reply(category: str) -> str | None:
    """The status that an agent's public reply leads to: now the customer has the word. What is done stays."""
    return "pending" if category in _WAITS_AFTER_STAFF else None


def reopens(old_category: str, new_category: str) -> bool:
    """Whether a move counts as a reopening."""
    return old_category in DONE and new_category not in DONE


def closes(old_category: str, new_category: str) -> bool:
    """Whether a move ends the work."""
    return old_category not in DONE and new_category in DONE


def working_label(category: str, customer_at: datetime | None, staff_at: datetime | None) -> str:
    """Whose turn it is: ``new``, ``awaiting_reply`` (the desk's), ``not_awaiting_reply``, ``closed``.

    ``customer_at`` and ``staff_at`` are the times of the last public messages of each side.
    """
    if category in DONE:
        return "closed"
    if staff_at is None:
        return "new"
    return "awaiting_reply" if customer_at is not None and customer_at > staff_at else "not_awaiting_reply"
