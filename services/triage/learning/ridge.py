"""The head: kernel ridge regression on lexical and dense likeness, with exact leave-one-out scores.

The kernel of two texts is `words + characters + dense * exp(gamma * (cosine - 1))`: two linear lexical kernels
and a Gaussian one on the sphere. A linear head on the same features stays 1 point behind on BANKING77, and the
closed form gives every training text's score by a model that has not seen it (or its group) for one inverse,
where five folds would cost five fits. Beyond `EXACT` texts a stratified sample carries the kernel (subset of
regressors, Rasmussen & Williams 2006, section 8.3), and the leave-one-out scores come from the leverages.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.linalg import lapack, solve_triangular

Floats = NDArray[np.float32]
EXACT = 16_000
CARRIERS = 3_000
_ROWS = 4_096


@dataclass(frozen=True, slots=True)
class Kernel:
    """Weights of the three likenesses, and the penalty (`noise`) beside them."""

    lexical: float = 1.0
    dense: float = 8.0
    gamma: float = 2.0
    noise: float = 0.3

    def warm(self, cosine: Floats) -> Floats:
        out = np.asarray(cosine, dtype=np.float32)
        out -= 1.0
        out *= self.gamma
        np.exp(out, out=out)
        out *= self.dense
        return out


@dataclass(slots=True)
class Solution:
    """`carriers` index the texts that stay in the model, `alpha` their weights a target, `held_out` every
    text's scores by a model without it."""

    carriers: NDArray[np.int64]
    alpha: Floats
    held_out: Floats


Step = Callable[[float], None]


def solve(
    words: sp.csr_matrix,
    dense: Floats,
    targets: Floats,
    penalty: Floats,
    kernel: Kernel,
    beside: Sequence[NDArray[np.int64]],
    step: Step,
    sample: NDArray[np.int64] | None = None,
) -> Solution:
    """Fit `targets` (texts × columns, centred by the caller). `penalty` multiplies the noise a text: 1 over its
    trust. `beside` lists for each text the rows that are held out with it, itself among them (sorted; texts
    beyond its end are held out alone). `sample` names the carriers where the exact solution would not fit in
    memory; there each text is held out alone."""
    if sample is None:
        return _exact(words, dense, targets, penalty, kernel, beside, step)
    return _sampled(words, dense, targets, penalty, kernel, sample, step)


def gram(a: sp.csr_matrix, b: sp.csr_matrix, x: Floats, y: Floats, kernel: Kernel) -> Floats:
    """Kernel between two sets of texts."""
    table = kernel.warm(x @ y.T)
    if kernel.lexical:
        flipped = b.T.tocsr()
        for start in range(0, a.shape[0], _ROWS):
            rows = (a[start : start + _ROWS] @ flipped).tocoo()
            table[rows.row + start, rows.col] += np.float32(kernel.lexical) * rows.data
    return table


def _exact(
    words: sp.csr_matrix,
    dense: Floats,
    targets: Floats,
    penalty: Floats,
    kernel: Kernel,
    beside: Sequence[NDArray[np.int64]],
    step: Step,
) -> Solution:
    count = len(dense)
    table = gram(words, words, dense, dense, kernel).T  # symmetric: the transpose is LAPACK's order, no copy
    step(0.2)
    table[np.diag_indices(count)] += np.float32(kernel.noise) * penalty
    factor, failed = lapack.spotrf(table, lower=1, overwrite_a=1)
    if failed:
        raise FloatingPointError("the kernel matrix is not positive definite")
    step(0.5)
    alpha, _ = lapack.spotrs(factor, np.asfortranarray(targets, dtype=np.float32), lower=1)
    inverse, _ = lapack.spotri(factor, lower=1, overwrite_c=1)
    step(0.95)
    held_out = targets - alpha / np.diag(inverse)[:, None]
    for row, rows in enumerate(beside):
        if len(rows) > 1:
            block = np.tril(inverse[np.ix_(rows, rows)]).astype(np.float64)
            block += np.tril(block, -1).T
            here = int(np.searchsorted(rows, row))
            # Only this text's line of the block's solution is wanted.
            line = np.linalg.solve(block, np.eye(len(rows))[here])
            held_out[row] = targets[row] - line @ alpha[rows]
    return Solution(np.arange(count), np.ascontiguousarray(alpha), held_out.astype(np.float32))


def _sampled(
    words: sp.csr_matrix,
    dense: Floats,
    targets: Floats,
    penalty: Floats,
    kernel: Kernel,
    sample: NDArray[np.int64],
    step: Step,
) -> Solution:
    size, count = len(sample), len(dense)
    few, near = words[sample], dense[sample]
    own = np.asfortranarray(gram(few, few, near, near, kernel))
    own[np.diag_indices(size)] += np.float32(1e-3)
    lower, failed = lapack.spotrf(own, lower=1, overwrite_a=1)
    if failed:
        raise FloatingPointError("the kernel matrix is not positive definite")
    lower = np.tril(lower)
    step(0.1)
    scale = np.sqrt(1.0 / penalty).astype(np.float32)
    normal = np.zeros((size, size), np.float32)
    right = np.zeros((size, targets.shape[1]), np.float32)
    parts = []
    for start in range(0, count, _ROWS):
        rows = slice(start, min(start + _ROWS, count))
        seen = gram(words[rows], few, dense[rows], near, kernel)
        phi = (
            solve_triangular(lower, seen.T, lower=True, check_finite=False, overwrite_b=True).T
            * scale[rows, None]
        )
        normal += phi.T @ phi
        right += phi.T @ (targets[rows] * scale[rows, None])
        parts.append(phi.astype(np.float16))
        step(0.1 + 0.6 * rows.stop / count)
    normal[np.diag_indices(size)] += np.float32(kernel.noise)
    factor, failed = lapack.spotrf(np.asfortranarray(normal), lower=1, overwrite_a=1)
    if failed:
        raise FloatingPointError("the normal equations are not positive definite")
    weights, _ = lapack.spotrs(factor, np.asfortranarray(right), lower=1)
    factor = np.tril(factor)
    held_out = np.empty_like(targets, dtype=np.float32)
    start = 0
    for half in parts:
        phi = half.astype(np.float32)
        rows = slice(start, start + len(phi))
        start = rows.stop
        spread = solve_triangular(factor, phi.T, lower=True, check_finite=False)
        leverage = np.minimum(np.einsum("ij,ij->j", spread, spread), 0.98)[:, None]
        scaled = targets[rows] * scale[rows, None]
        held_out[rows] = (scaled - (scaled - phi @ weights) / (1.0 - leverage)) / scale[rows, None]
        step(0.7 + 0.3 * start / count)
    alpha = solve_triangular(lower, weights, lower=True, trans=1, check_finite=False)
    return Solution(np.asarray(sample), np.ascontiguousarray(alpha, dtype=np.float32), held_out)
