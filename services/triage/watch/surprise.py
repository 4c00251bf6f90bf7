"""How surprising a number or a difference is. Pure; every function gives a chance under "nothing has changed"."""

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

INCIDENT = 1e-5
"""A run of tickets is an incident below this chance. With twenty groups that are looked at each minute over a
sliding hour this cries wolf less than once in a month of ordinary traffic (tests/unit/triage/test_surprise.py)."""
DRIFT = 0.01
"""A weekly look at drift alarms below this chance: on unchanged traffic about one look in a hundred, once in two
years."""
DRAWS = 999


def run_of_tickets(now: int, hours: float, before: int, hours_before: float) -> float:
    """Chance of ``now`` or more tickets in ``hours``, where ``before`` came in ``hours_before``.

    The rate is not known but itself estimated from the past: a Poisson count under a gamma rate (Jeffreys
    prior), which is negative binomial (Gelman et al., Bayesian Data Analysis, section 2.6).
    """
    if now <= 0:
        return 1.0
    from scipy.stats import nbinom

    shape, share = before + 0.5, hours_before / (hours_before + hours)
    return float(nbinom.sf(now - 1, shape, share))


def mix_changed(before: Mapping[str, int], now: Mapping[str, int]) -> float:
    """Chance of so different a mix of labels: chi-squared over labels, rare ones taken together."""
    total = Counter(before) + Counter(now)
    first, second = sum(before.values()), sum(now.values())
    if not first or not second:
        return 1.0
    least = 5.0 * (first + second) / min(first, second)  # five expected in the smaller sample
    often = [label for label in sorted(total) if total[label] >= least]
    rows = [[counts.get(label, 0) for label in often] for counts in (before, now)]
    rest = [first - sum(rows[0]), second - sum(rows[1])]
    table = np.array([[*rows[0], rest[0]], [*rows[1], rest[1]]])
    table = table[:, table.sum(axis=0) > 0]
    if table.shape[1] < 2:
        return 1.0
    from scipy.stats import chi2_contingency

    return float(chi2_contingency(table, correction=False).pvalue)


def meaning_changed(before: NDArray[np.float32], now: NDArray[np.float32], seed: int = 0) -> float:
    """Chance of so far apart two sets of texts: a permutation test on the distance of their mean vectors, which is
    the maximum mean discrepancy under a linear kernel (Gretton et al. 2012). Exact at any sample size."""
    count = len(before)
    both = np.concatenate([before, now]).astype(np.float64)
    both -= both.mean(axis=0)
    gram = both @ both.T
    chance = np.random.default_rng(seed)
    sign = np.concatenate([np.full(count, 1.0 / count), np.full(len(now), -1.0 / len(now))])
    seen = float(sign @ gram @ sign)
    draws = np.stack([chance.permutation(sign) for _ in range(DRAWS)])
    apart = np.einsum("ij,ij->i", draws @ gram, draws)
    return float((1 + (apart >= seen - 1e-12).sum()) / (DRAWS + 1))


def fewer_right(before: Sequence[bool], now: Sequence[bool]) -> float:
    """Chance of so much smaller a share of right decisions now (Fisher's exact test, one-sided)."""
    if not before or not now:
        return 1.0
    from scipy.stats import fisher_exact

    table = [[sum(now), len(now) - sum(now)], [sum(before), len(before) - sum(before)]]
    return float(fisher_exact(table, alternative="less").pvalue)
