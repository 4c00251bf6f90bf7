"""A promise of precision that holds with a stated chance, or an honest "not yet".

Fixed-sequence Learn-then-Test (Angelopoulos, Bates, Candès, Jordan, Lei 2021, "Learn then Test: calibrating
predictive algorithms to achieve risk control") with exact binomial tail probabilities as in the
distribution-free bounds of Bates et al. 2021. Thresholds are tried from the strictest down. Each hypothesis
"precision above this threshold is below what was asked" is rejected while the binomial chance of seeing so few
errors under it is at most `delta`; the walk stops at the first that cannot be rejected, so testing many costs
nothing. The grid of coverages is fixed before the labels are seen. The reviewed decisions must be a fair
sample of live traffic: those that only a doubtful prediction made a person look at are not.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

LEAST_REVIEWS = 300
"""Below this the walk rarely gets far enough to be worth an admin's trust (measured in tests/quality)."""
GRID = 80
"""Steps of the walk: twice as many stop 0.3 points of coverage later than 40, four times as many no later."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """Decisions with probability >= `threshold` are right at least `precision` of the time.

    That statement is false with chance at most `delta` over the draw of the reviewed decisions. `bound` is
    the exact one-sided lower bound on the precision above the threshold; `observed` what was counted.
    """

    threshold: float
    precision: float
    delta: float
    coverage: float
    observed: float
    bound: float
    n: int


@dataclass(frozen=True, slots=True)
class Shortfall:
    """No certificate: why, and an estimate of how many more reviewed decisions could give one.

    `more` is None where more reviews alone will not help: even the surest decisions are not precise enough.
    """

    reason: str
    n: int
    more: int | None


def certify(
    probabilities: Sequence[float] | NDArray[np.float64],
    correct: Sequence[bool] | NDArray[np.bool_],
    precision: float = 0.95,
    delta: float = 0.05,
    least: int = LEAST_REVIEWS,
) -> Certificate | Shortfall:
    """Find the lowest threshold whose precision is proved on reviewed decisions, or say what is missing."""
    if not 0.0 < precision < 1.0 or not 0.0 < delta < 1.0:
        raise ValueError("precision and delta lie between 0 and 1")
    stated = np.asarray(probabilities, dtype=np.float64)
    right = np.asarray(correct, dtype=bool)
    if stated.shape != right.shape:
        raise ValueError("one verdict a probability")
    n = len(stated)
    if n < least:
        return Shortfall(f"{n} reviewed decisions of the {least} that are needed", n, least - n)
    order = np.argsort(-stated, kind="stable")
    stated, right = stated[order], right[order]
    best: tuple[int, int] | None = None
    for count in _grid(stated, precision, delta):
        wrong = int(count - right[:count].sum())
        if _tail(wrong, count, 1.0 - precision) > delta:
            break
        best = (count, wrong)
    if best is None:
        return _shortfall(stated, right, precision, delta)
    count, wrong = best
    return Certificate(
        threshold=float(stated[count - 1]),
        precision=precision,
        delta=delta,
        coverage=count / n,
        observed=1.0 - wrong / count,
        bound=1.0 - _upper(wrong, count, delta),
        n=n,
    )


def _grid(stated: np.ndarray, precision: float, delta: float) -> list[int]:
    """Numbers of accepted decisions to test, smallest first; ties in the probability are taken whole.

    The first is the fewest that could be certified with a small number of errors among them, so that one bad
    draw at the top does not end the walk.
    """
    n = len(stated)
    first = n
    for allowed in (2, 1, 0):
        need = _needed(precision, delta, allowed)
        if need <= n:
            first = need
            break
    else:
        return []
    counts = np.unique(np.linspace(first, n, GRID).astype(int))
    whole = {int(np.searchsorted(-stated, -stated[c - 1], side="right")) for c in counts}
    return sorted(whole)


def _needed(precision: float, delta: float, wrong: int) -> int:
    """Fewest decisions that prove the precision with `wrong` errors among them."""
    count = wrong + 1
    while _tail(wrong, count, 1.0 - precision) > delta:
        count += 1
    return count


def _tail(wrong: int, count: int, rate: float) -> float:
    """Chance of at most `wrong` errors in `count` at an error rate of exactly `rate`."""
    from scipy.stats import binom

    return float(binom.cdf(wrong, count, rate))


def _upper(wrong: int, count: int, delta: float) -> float:
    """Exact (Clopper–Pearson) upper bound on the error rate."""
    from scipy.stats import beta

    return 1.0 if wrong >= count else float(beta.ppf(1.0 - delta, wrong + 1, count - wrong))


def _shortfall(stated: np.ndarray, right: np.ndarray, precision: float, delta: float) -> Shortfall:
    n = len(stated)
    top = max(n // 2, 1)
    rate = (int((~right[:top]).sum()) + 0.5) / (top + 1.0)
    if rate >= 1.0 - precision:
        return Shortfall("even the surest half of the decisions is less precise than was asked", n, None)
    count = n
    while _tail(round(rate * count / 2), max(count // 2, 1), 1.0 - precision) > delta and count < 1_000_000:
        count = int(count * 1.1) + 1
    return Shortfall("the reviewed decisions do not prove it yet", n, max(count - n, 1))
