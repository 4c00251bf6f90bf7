"""Fusing what meaning, titles and words found into one order.

Scores of different kinds cannot be added as they are, and ranks throw away how far apart they lie. Each list
is therefore standardised by its own mean and spread, and added with a weight that depends on whether query and
page share a language: across languages words find little but names, and what they find must not drown meaning.
Measured by `triaje kb evaluate` on the LibreOffice pages.
"""

import heapq
import math
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
DEPTH = 100  # entries by which a list is standardised; shorter lists of words are filled up with zeros
HIGHEST = 6.0  # standard deviations: beyond it, being rarer says nothing more about being right


@dataclass(frozen=True)
class Channel(Generic[K]):
    """One list of scores. `complete` says that what is not in it would score nought, not merely less."""

    scores: Mapping[K, float] = field(default_factory=dict)
    complete: bool = False

    def standardised(self) -> tuple[dict[K, float], float]:
        """Scores in standard deviations from the list's mean, and the value of whatever is not in it."""
        if not self.scores:
            return {}, 0.0
        values = heapq.nlargest(DEPTH, self.scores.values())
        lowest = 0.0 if self.complete and len(values) < DEPTH else values[-1]
        count = DEPTH if self.complete else len(values)
        mean = sum(values) / count
        missing = (count - len(values)) * mean * mean  # of those that score nought
        spread = math.sqrt((sum((value - mean) ** 2 for value in values) + missing) / count)
        if spread <= 1e-9:
            return dict.fromkeys(self.scores, 0.0), 0.0
        floor = (lowest - mean) / spread
        # Comparisons in place of `max` and `min`: five lists of hundreds of scores a search.
        return {
            key: HIGHEST if (z := (score - mean) / spread) > HIGHEST else max(floor, z)
            for key, score in self.scores.items()
        }, floor


def fuse(
    channels: Mapping[str, Channel[K]],
    weight: Callable[[str, bool], float],
    at_home: Callable[[K], bool] = lambda key: True,
) -> dict[K, float]:
    """The weighted sum of the standardised lists for every key that any of them has.

    `weight` says how much a list counts for keys that are `at_home` (in the query's language), and for others.
    """
    home = {key: at_home(key) for key in {key for channel in channels.values() for key in channel.scores}}
    total = dict.fromkeys(home, 0.0)
    floors = {True: 0.0, False: 0.0}
    for name, channel in channels.items():
        scaled, floor = channel.standardised()
        counts = {here: weight(name, here) for here in (True, False)}
        for here, count in counts.items():
            floors[here] += count * floor
        for key, score in scaled.items():
            total[key] += counts[home[key]] * (score - floor)
    return {key: value + floors[home[key]] for key, value in total.items()}
