"""Does this text belong to what the desk has seen? Learnt from in-scope texts alone.

Three signs, each standardised over held-out training texts: the best head score, how near the nearest training texts
of that label are, and how little the head says for all other labels together: a stranger is a little like many.
Their soft minimum, `-log(sum(exp(-sign)))`, in which the most worried sign speaks loudest, is placed among the same
of the training texts: `familiarity` 0.03 says that three in a hundred of the desk's own tickets looked stranger. Their
sum found two in a hundred strangers fewer at the same cost (labels held out of the training rows of BANKING77 and
CLINC150); nearness to texts of any label, without the third sign, six fewer than that.

Turning away costs only where the answer would have been right. So the cut is the quantile of the held-out texts that
were answered rightly: a desk on which many are wrong turns more of them away, one that is mostly right fewer.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
_PLACES = 401


@dataclass(frozen=True, slots=True)
class Scope:
    """Standardisation of the signs, the quantiles of what they come to, the cut, and how many neighbours count."""

    mean: tuple[float, ...]
    spread: tuple[float, ...]
    quantiles: Doubles
    cut: float
    neighbours: int

    def familiarity(self, signs: Doubles) -> Doubles:
        """Share of training texts that looked stranger; `signs` is (texts × signs)."""
        if len(self.quantiles) == 0:
            return np.zeros(len(signs))
        total = self._total(signs)
        return np.interp(
            total, self.quantiles, np.linspace(0.0, 1.0, len(self.quantiles)), left=0.0, right=1.0
        )

    def strange(self, familiarity: Doubles) -> NDArray[np.bool_]:
        return np.asarray(familiarity < self.cut)

    def _total(self, signs: Doubles) -> Doubles:
        return _soft_minimum((signs - np.array(self.mean)) / np.array(self.spread))


EMPTY = Scope((0.0, 0.0), (1.0, 1.0), np.zeros(0), 0.0, 1)


def fit_scope(signs: Doubles, right: NDArray[np.bool_], false_abstention: float, neighbours: int) -> Scope:
    """`signs` of held-out in-scope texts, and which of them were answered rightly: about `false_abstention` of the
    like of those will be called strange."""
    if len(signs) < 20:  # a quantile of fewer says nothing: nobody is turned away, nothing is set either
        return EMPTY
    mean, spread = signs.mean(axis=0), np.maximum(signs.std(axis=0), 1e-6)
    total = _soft_minimum((signs - mean) / spread)
    cut = (
        float((total < np.quantile(total[right], false_abstention)).mean())
        if right.any()
        else false_abstention
    )
    return Scope(
        tuple(float(v) for v in mean),
        tuple(float(v) for v in spread),
        np.quantile(total, np.linspace(0.0, 1.0, _PLACES)),
        cut,
        neighbours,
    )


def _soft_minimum(standard: Doubles) -> Doubles:
    """Of each row; below the least of it by up to the logarithm of the count."""
    return np.asarray(-np.logaddexp.reduce(-standard, axis=1))


def neighbours_for(count: int, labels: int) -> int:
    """Five nearest once labels have that many texts on average, one on a tiny desk."""
    return int(np.clip(count // max(2 * labels, 1), 1, 5))


def signs_of(scores: Floats, near: Doubles, single: bool) -> Doubles:
    """The signs, a row a text. Where a text may have many labels, or the columns are no labels, the third says
    nothing and is left out."""
    best = scores.max(axis=1)
    if not single:
        return np.column_stack([best, near]).astype(np.float64)
    others = np.maximum(scores, 0.0).sum(axis=1) - np.maximum(best, 0.0)
    return np.column_stack([best, near, -others]).astype(np.float64)


LEFT_OUT = -2.0  # a cosine that is none


def nearness(cosine: Floats, neighbours: int) -> Doubles:
    """Mean cosine to the nearest carriers, a row a text; zero where every carrier is left out."""
    k = min(neighbours, cosine.shape[1])
    if k == 0:
        return np.zeros(len(cosine))
    near = np.partition(cosine, cosine.shape[1] - k, axis=1)[:, -k:].astype(np.float64)
    counts = near > LEFT_OUT
    return np.asarray(np.where(counts, near, 0.0).sum(axis=1) / np.maximum(counts.sum(axis=1), 1))
