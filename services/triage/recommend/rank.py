"""How good a source is for a ticket. Pure.

A category that fits says more about a macro than its wording does; a passage of an article is worth what its
meaning is near to; another customer's solved ticket comes last, because it was written for somebody else. All
are lifted or lowered by what agents did with drafts that they led.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

SHOWN = 0.15  # a draft whose best source is worth less is not offered
FEWEST = 4  # macros from which the scale can be told


@dataclass(frozen=True, slots=True)
class Scale:
    """Where cosines of an encoder begin to mean something, and how far they go from there.

    The default is that of e5, whose unrelated texts have a cosine of about 0.78.
    """

    floor: float = 0.78
    span: float = 0.15

    def __call__(self, cosine: float) -> float:
        """A cosine from 0 (unrelated) to 1 (the same)."""
        return min(1.0, max(0.0, (cosine - self.floor) / self.span))


def scale_of(cosines: Sequence[float]) -> Scale:
    """The scale of the encoder in use, from the question's cosines to all macros.

    Most of them are about something else, so their median is what "unrelated" looks like. Two thirds of the
    way from there to equality counts as the same.
    """
    if len(cosines) < FEWEST:
        return Scale()
    floor = median(cosines)
    return Scale(floor, max(0.05, (1.0 - floor) * 2 / 3))


def macro_score(near: float, category: str | None, chances: Mapping[str, float]) -> float:
    """A macro by its wording and by the chance that the ticket is of its category."""
    chance = chances.get(category, 0.0) if category else 0.0
    return 0.4 * near + 0.6 * chance


def article_score(near: float) -> float:
    """A passage by its meaning."""
    return 0.8 * near


def ticket_score(near: float, category: str | None, chances: Mapping[str, float]) -> float:
    """A solved ticket by the likeness of its question, and whether it was of the same category."""
    same = chances.get(category, 0.0) if category else 0.0
    return 0.45 * near + 0.2 * same


def worth(outcome: str, changed: float | None, reopened: bool) -> float:
    """What one draft was worth: all where it was sent as it stood, less the more of it was changed, nothing where it
    was refused or where the ticket came back."""
    if outcome == "refused" or reopened:
        return 0.0
    return 1.0 - (0.5 if changed is None and outcome == "edited" else changed or 0.0)


def usefulness(good: float, drafts: int) -> float:
    """What ``drafts`` of a source, worth ``good`` together, make of it: 1 where nothing is known, 0.6 to 1.4 with
    experience. The mean of a Beta(2, 2) prior, so that one refusal ends nothing."""
    return 0.6 + 0.8 * (good + 2.0) / (drafts + 4.0)
