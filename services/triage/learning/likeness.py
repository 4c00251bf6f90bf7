"""Which training texts say the same thing twice.

A held-out score is only honest if the model has not read the same sentence with another date. Texts of one
label that are near duplicates, and texts of one writer, are held out together. Without this the stated chance
was 0.10 to 0.12 off on LibreOffice's help queries, where each article brings several alike.
"""

from collections.abc import Sequence

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

ALIKE = 0.5
"""Mean of the word, the character (a quarter each) and the dense cosine (half) from which two texts are one."""
MOST = 48  # held out beside a text: more makes the estimate pessimistic, and slow
_AT_ONCE = 2_000


def beside(
    words: sp.csr_matrix,
    dense: NDArray[np.float32],
    labels: Sequence[tuple[str, ...]],
    groups: Sequence[str],
) -> list[NDArray[np.int64]]:
    """For each text the sorted rows that are held out with it, itself among them.

    `words` and `dense` may hold more rows than `labels`: the names of the labels, which are never held out.
    """
    alone = [np.array([i]) for i in range(len(labels))]
    for rows in _same(labels):
        for start in range(0, len(rows), _AT_ONCE):  # a label of 10,000 texts is compared in parts
            part = rows[start : start + _AT_ONCE]
            table = 0.25 * (words[part] @ words[part].T).toarray() + 0.5 * (dense[part] @ dense[part].T)
            np.fill_diagonal(table, 2.0)
            for i, row in enumerate(part):
                near = np.flatnonzero(table[i] >= ALIKE)
                if len(near) > MOST:
                    near = near[np.argsort(-table[i, near], kind="stable")[:MOST]]
                alone[row] = part[near]
    for rows in _same([(g,) if g else () for g in groups]):
        if len(rows) <= 4 * MOST:  # a mailbox that forwards everything is not one writer
            for row in rows:
                alone[row] = np.union1d(alone[row], rows)
    return [np.sort(rows) for rows in alone]


def _same(keys: Sequence[tuple[str, ...]]) -> list[NDArray[np.int64]]:
    found: dict[tuple[str, ...], list[int]] = {}
    for i, key in enumerate(keys):
        if key:
            found.setdefault(key, []).append(i)
    return [np.array(rows) for rows in found.values() if len(rows) > 1]
