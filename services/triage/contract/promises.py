"""What an admin asks of the model: rules for acting, precision, and whether it is kept."""

from typing import Literal
from uuid import UUID

from msgspec import UNSET, Struct, UnsetType


class Rules(Struct, frozen=True, kw_only=True):
    """What an admin chose. ``promote`` is ``click``, or ``better``: a challenger that is better beyond luck and
    worse in no slice serves by itself. ``every_days`` is 0 for never. ``assign`` says whether a ticket that the
    model is sure of is given to a person: not at all, as a suggestion, or at once."""

    promote: Literal["click", "better"] = "click"
    every_days: int = 7
    on_drift: bool = False
    assign: Literal["off", "suggest", "apply"] = "suggest"
    order: Literal["load", "turn"] = "load"
    """To the emptiest desk, with some regard for who solved the like, or to everybody in turn."""
    away: list[UUID] = []
    """People who are given nothing for now."""
    heirs: dict[str, list[str]] = {}
    """Retired categories and where their examples go: into one (a merger), or into the best fitting of several (a
    split)."""


class RulesChange(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What an admin may change of the rules."""

    promote: Literal["click", "better"] | UnsetType = UNSET
    every_days: int | UnsetType = UNSET
    on_drift: bool | UnsetType = UNSET
    assign: Literal["off", "suggest", "apply"] | UnsetType = UNSET
    order: Literal["load", "turn"] | UnsetType = UNSET
    away: list[UUID] | UnsetType = UNSET
    heirs: dict[str, list[str]] | UnsetType = UNSET


class Promise(Struct, frozen=True, kw_only=True):
    """The precision that an admin asks for before a task is set without a person.

    Only a ``certified`` promise that is switched on lets a prediction be applied. ``basis`` names what
    certified it: ``reviews`` (live decisions that people reviewed), ``holdout`` (closed tickets of the later
    period whose labels a person set, allowed for the first champion) or ``none``. ``reviews_needed`` is how
    many more reviews a certificate wants; ``observed`` is the precision seen since, beside the promise.

    ``live_…`` is the calibration on live traffic, over the ``live_n`` reviews of what it did not abstain from
    (strangers that it took for its own among them; 0 where they are too few to say): the mean chance that the model
    stated, the share that was right, the calibration error, and the error that a model which states the truth would
    measure on as many.
    """

    task: str
    precision: float
    enabled: bool
    certified: bool
    basis: Literal["reviews", "holdout", "none"]
    model: str = ""
    threshold: float | None = None
    coverage: float | None = None
    reviews: int = 0
    reviews_needed: int = 0
    observed: float | None = None
    observed_n: int = 0
    live_n: int = 0
    live_stated: float | None = None
    live_right: float | None = None
    live_gap: float | None = None
    live_noise: float | None = None


class PromiseList(Struct, frozen=True):
    """The promise of each task."""

    items: list[Promise]


class PromiseChange(Struct, frozen=True, forbid_unknown_fields=True):
    """What an admin may change of a promise."""

    precision: float | UnsetType = UNSET
    enabled: bool | UnsetType = UNSET
