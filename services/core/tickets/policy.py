"""The pure policy over proposals: what a model may set on a ticket. It never overwrites a person."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from services.core.tickets.status import DONE

PROPOSABLE = frozenset({"category", "priority", "tags", "team", "language", "assignee"})


class Standing(Struct, frozen=True, kw_only=True):
    """What the policy looks at: the ticket's values and who set each, at which version."""

    status_category: str
    values: Mapping[str, Any]
    provenance: Mapping[str, Mapping[str, Any]]


def verdict(
    standing: Standing, field: str, value: Any, *, apply: bool, read_version: int, known: bool
) -> str:
    """``apply``, or the reason why the field is left alone.

    ``read_version`` is the version that the proposer had read, ``known`` whether ``value`` exists on this
    desk. A person's word is final, even if it came after the proposal was made; so is any change since.
    """
    if field not in PROPOSABLE:
        return "unknown_field"
    if standing.status_category in DONE:
        return "closed"
    last = standing.provenance.get(field)
    if last and last["by"] == "person":
        return "person"
    if last and last["version"] > read_version:
        return "changed"
    if not known:
        return "unknown_value"
    if not apply:
        return "suggested"
    if last and _same(standing.values.get(field), value):
        return "same"
    return "apply"


def _same(old: Any, new: Any) -> bool:
    if isinstance(old, list) and isinstance(new, list):
        return sorted(old) == sorted(new)
    return bool(old == new)
