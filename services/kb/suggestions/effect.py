"""What suggestions save: tickets a hundred sessions, control share against the rest, with an interval.

The unit is the visitor, whom the arm was drawn for: sessions of one visitor resemble each other, and counting them as
independent makes an interval that is too narrow. The rate of an arm is a ratio of sums over visitors, tickets over
sessions; its variance is the jackknife's, which leaves out one visitor at a time (Cochran, *Sampling Techniques*,
1977, ch. 6; Efron and Stein, *Annals of Statistics*, 1981): unlike the usual linearisation it is not too small where
few visitors have many of the sessions. Before the interval is made, two visitors are added to each arm, one with a
ticket and one without (Agresti and Caffo, *The American Statistician*, 2000), so that arms with few visitors, or with
none who opened a ticket, get an honest interval too. Quantiles are of Student's t with the degrees of freedom of Welch
and Satterthwaite.
"""

import math
from collections import Counter
from collections.abc import Iterable
from typing import Final, NamedTuple

CONFIDENCE: Final = 0.95
FEWEST: Final = 50  # visitors of either arm below which no reader should lean on the figure


class Arm:
    """Visitors of one arm, those with as many sessions and as many of them with a ticket counted together."""

    def __init__(self, visitors: Iterable[tuple[int, int]] = ()) -> None:
        self.counts = Counter(visitors)

    def add(self, sessions: int, tickets: int, visitors: int = 1) -> None:
        """Take in visitors with so many sessions, and so many of them with a ticket."""
        self.counts[sessions, tickets] += visitors

    @property
    def visitors(self) -> int:
        return self.counts.total()

    @property
    def sessions(self) -> int:
        return sum(s * n for (s, _), n in self.counts.items())

    @property
    def tickets(self) -> int:
        return sum(t * n for (_, t), n in self.counts.items())

    @property
    def rate(self) -> float:
        """Tickets a session; 0 where there are no sessions."""
        return self.tickets / self.sessions if self.sessions else 0.0

    def variance(self) -> float:
        """The jackknife's variance of the rate. Needs two visitors."""
        n, sessions, tickets = self.visitors, self.sessions, self.tickets
        left = [((tickets - t) / (sessions - s), count) for (s, t), count in self.counts.items()]
        mean = sum(rate * count for rate, count in left) / n
        return (n - 1) / n * sum(count * (rate - mean) ** 2 for rate, count in left)


class Effect(NamedTuple):
    """Tickets avoided per 100 sessions with its interval; None where an arm has no sessions.

    `enough` is false where either arm is too small to lean on.
    """

    per_100: float | None
    low: float | None
    high: float | None
    enough: bool


def effect(control: Arm, shown: Arm) -> Effect:
    """How many tickets a hundred sessions the suggestions avoided."""
    if not control.sessions or not shown.sessions:
        return Effect(None, None, None, enough=False)
    fuller = [Arm([*arm.counts.elements(), (1, 1), (1, 0)]) for arm in (control, shown)]
    variances = [arm.variance() for arm in fuller]
    middle = fuller[0].rate - fuller[1].rate
    reach = _quantile(variances, [arm.visitors for arm in fuller]) * math.sqrt(sum(variances))
    enough = min(control.visitors, shown.visitors) >= FEWEST
    estimate = control.rate - shown.rate
    low, high = min(middle - reach, estimate), max(middle + reach, estimate)
    return Effect(100 * estimate, 100 * max(-1.0, low), 100 * min(1.0, high), enough)


def _quantile(variances: list[float], visitors: list[int]) -> float:
    from scipy.special import stdtrit

    parts = sum(v**2 / (n - 1) for v, n in zip(variances, visitors, strict=True))
    degrees = sum(variances) ** 2 / parts if parts else float(min(visitors) - 1)
    return float(stdtrit(degrees, 0.5 + CONFIDENCE / 2))


def imbalance(control: int, shown: int, share: float) -> float | None:
    """The probability of a split at least as uneven as this one by chance (two-sided, normal approximation).

    Below a thousandth, something other than the draw decides who is counted: no effect should be read off then.
    """
    total = control + shown
    if not total or not 0 < share < 1:
        return None
    distance = abs(control - share * total) / math.sqrt(total * share * (1 - share))
    return math.erfc(distance / math.sqrt(2))
