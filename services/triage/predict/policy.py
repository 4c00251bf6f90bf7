"""From what the models say to what the desk may do with it. Pure.

Three rules: a label outside the active taxonomy does not exist; what the model has not seen the like of goes
to a person; a field is offered for application only at or above the threshold of a certified promise.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from services.triage.learning.types import Prediction as Said

PLACES = 4  # decimals of a stored probability: the same bytes on every machine, and nobody reads more
KEPT = 5  # ranked labels kept in a decision


@dataclass(frozen=True, slots=True)
class Offer:
    """One field of the proposal."""

    value: str | list[str]
    probability: float
    apply: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is stored and proposed for one ticket."""

    predictions: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    confidence: dict[str, float] = field(default_factory=dict)
    chosen: dict[str, str | list[str]] = field(default_factory=dict)
    abstained: list[str] = field(default_factory=list)
    offers: dict[str, Offer] = field(default_factory=dict)

    @property
    def human(self) -> bool:
        """Whether the ticket goes to human triage: the model does not know what it is about."""
        return "category" in self.abstained


def judge(
    said: Mapping[str, Said],
    active: Mapping[str, frozenset[str]],
    thresholds: Mapping[str, float],
    tasks: tuple[str, ...],
) -> Verdict:
    """The verdict on ``said``; a task that nothing was said about is abstained from.

    ``thresholds`` holds certified and switched-on promises only.
    """
    verdict = Verdict()
    for task in tasks:
        prediction = said.get(task)
        if prediction is None:
            verdict.abstained.append(task)
            verdict.predictions[task] = []
            continue
        if task == "tags":
            _tags(verdict, prediction, active[task], thresholds.get(task))
        else:
            _single(verdict, task, prediction, active[task], thresholds.get(task))
    return verdict


def _single(
    verdict: Verdict, task: str, said: Said, allowed: frozenset[str], threshold: float | None
) -> None:
    ranked = [r for r in said.ranked if r.label in allowed]
    # A first choice that was retired means that the model is older than the taxonomy: its sureness is void.
    gone = not ranked or said.ranked[0].label != ranked[0].label
    abstained = said.abstained or gone
    verdict.predictions[task] = [
        {"label": r.label, "probability": round(r.probability, PLACES)} for r in ranked[:KEPT]
    ]
    if abstained:
        verdict.abstained.append(task)
    if not ranked:
        return
    confidence = round(0.0 if gone else said.confidence, PLACES)
    verdict.confidence[task] = confidence
    verdict.chosen[task] = ranked[0].label
    sure = threshold is not None and not abstained and confidence >= threshold
    verdict.offers[task] = Offer(ranked[0].label, confidence, sure)


def _tags(verdict: Verdict, said: Said, allowed: frozenset[str], threshold: float | None) -> None:
    chance = {r.label: round(r.probability, PLACES) for r in said.ranked if r.label in allowed}
    verdict.predictions["tags"] = [
        {"label": r.label, "probability": chance[r.label]} for r in said.ranked if r.label in chance
    ][:KEPT]
    if said.abstained:
        verdict.abstained.append("tags")
    chosen = [label for label in said.chosen if label in chance]
    verdict.chosen["tags"] = chosen
    verdict.confidence["tags"] = min((chance[label] for label in chosen), default=0.0)
    sure = [label for label in chosen if threshold is not None and chance[label] >= threshold]
    if sure and not said.abstained:
        verdict.offers["tags"] = Offer(sure, min(chance[label] for label in sure), True)
    elif chosen:
        verdict.offers["tags"] = Offer(chosen, verdict.confidence["tags"], False)
