"""What an article changed: a cluster's tickets before it was published and after, with an interval. Pure.

Counted against all other tickets of the same days, so that a desk that grows or shrinks does not pass for an effect:
the ratio is that of two odds. Its interval is the logit interval with a half added to each count (Gart, *Biometrika*,
1966), which stays honest where counts are small (Agresti, *Biometrics*, 1999).
"""

import math
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from services.kb.gaps.cluster import PRIOR

Floats = npt.NDArray[np.float32]
REACH: Final = 1.959964  # standard errors of a 95 % interval
FEWEST: Final = 3  # questions from which a cluster can be recognised
OUTSIDE: Final = 0.1  # of a cluster's own questions that its bar leaves out


class Change(NamedTuple):
    """The relative change of a cluster's volume: -0.4 is two fifths fewer. None where there was nothing to compare."""

    change: float | None
    low: float | None
    high: float | None


def change(before: int, before_of: int, after: int, after_of: int) -> Change:
    """Compare `before` tickets of `before_of` with `after` of `after_of`. Raises `ValueError` for impossible counts."""
    others = before_of - before, after_of - after
    if min(before, after, *others) < 0:
        raise ValueError("a part is never more than the whole, nor less than nothing")
    if not before_of or not after_of:
        return Change(None, None, None)
    counts = [count + 0.5 for count in (after, before, others[0], others[1])]
    middle = math.log(counts[0] / counts[1] * counts[2] / counts[3])
    reach = REACH * math.sqrt(sum(1 / count for count in counts))
    low, high = math.expm1(middle - reach), math.expm1(middle + reach)
    if not before or not others[1]:
        return Change(None, low, high)
    found = after / before * others[0] / others[1] - 1
    return Change(found, min(low, found), max(high, found))


def alike(asked: Floats, questions: Floats, own: dict[int, int]) -> npt.NDArray[np.bool_]:
    """Which rows of `asked` belong to the cluster of `questions`, shape (asked,).

    `own` leads from a row of `asked` to the row of `questions` that is the same ticket: for it the cluster is the
    other questions. Else the tickets that made the cluster, all from before, would have a better chance than any that
    come after. The bar is the likeness that nine in ten of the cluster's questions have with its others. Raises
    `ValueError` below three questions.
    """
    if len(questions) < FEWEST:
        raise ValueError(f"{FEWEST} questions make a cluster")
    mean = asked.mean(axis=0) * (len(asked) / (len(asked) + PRIOR)) if len(asked) else 0.0
    mine, theirs = _centred(questions, mean), _centred(asked, mean)
    likeness = mine @ mine.T
    near = theirs @ mine.T
    found = near.mean(axis=1) >= _bar(likeness)
    for row, question in own.items():
        others = np.arange(len(mine)) != question
        found[row] = near[row, others].mean() >= _bar(likeness[np.ix_(others, others)])
    return np.asarray(found)


def _bar(likeness: Floats) -> float:
    """The likeness to the others that nine in ten questions have; a square of likenesses, shape (n, n), n > 1."""
    n = len(likeness)
    among = (likeness.sum(axis=1) - likeness.diagonal()) / (n - 1)
    return float(np.quantile(among, OUTSIDE, method="lower")) - 1e-6


def _centred(vectors: Floats, mean: Floats | float) -> Floats:
    centred = vectors - mean
    length = np.linalg.norm(centred, axis=1, keepdims=True)
    return np.asarray(centred / np.where(length > 0, length, 1), dtype=np.float32)
