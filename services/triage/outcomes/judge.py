"""Reading a verdict from what a field holds after a person touched it. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

Verdict = Literal["accepted", "edited", "refused"]
UNSEEN = frozenset({"person", "changed"})
"""Reasons of core for leaving a field alone that mean: the person chose without our suggestion."""


def verdict(predicted: str | Sequence[str], value: str | Sequence[str] | None) -> tuple[Verdict, bool]:
    """What the person did, and whether the prediction was right.

    Tags are right where every predicted one was kept; a person may add more.
    """
    if isinstance(predicted, str):
        if not value:
            return "refused", False
        return ("accepted", True) if value == predicted else ("edited", False)
    wanted = {value} if isinstance(value, str) else set(value or ())
    said = set(predicted)
    if said == wanted:
        return "accepted", True
    if said and not said & wanted:
        return ("edited" if wanted else "refused"), False
    return "edited", said <= wanted


def reviewed(
    chosen: Mapping[str, Any],
    skipped: Mapping[str, str],
    set_by: Mapping[str, str],
    current: Mapping[str, Any],
) -> dict[str, Any]:
    """The tasks of a decision that a person has spoken on since, with what each field holds now."""
    return {
        task: current[task]
        for task in chosen
        if set_by.get(task) == "person" and skipped.get(task) not in UNSEEN
    }
