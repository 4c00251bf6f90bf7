"""With few examples a label: how near a text is to the label's name and to the mean of its texts.

The head has little to go by with one to fourteen examples. A fifth of the cosine to the name and a fifth of that to the
mean of the label's texts, the name among them, add half a point to two points; with more examples they add nothing.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .rows import Rows

Floats = NDArray[np.float32]
SHARE = 0.2
UNTIL = 15  # examples a label on average


def fit_prototypes(points: Floats, rows: Rows, labels: tuple[str, ...]) -> Floats:
    """(labels × width): what a text's point is multiplied with. No row where there are examples enough."""
    if rows.real >= UNTIL * len(labels):
        return np.zeros((0, points.shape[1]), np.float32)
    belongs = _belongs(rows, labels)
    return SHARE * (_unit(belongs @ points) + _unit(belongs[:, rows.real :] @ points[rows.real :]))


def held_out_prototypes(
    points: Floats,
    rows: Rows,
    labels: tuple[str, ...],
    prototypes: Floats,
    together: Sequence[NDArray[np.int64]],
) -> Floats:
    """The same products for each example, where neither it nor what is held out with it is in the means."""
    if not len(prototypes):
        return np.zeros((rows.real, len(labels)), np.float32)
    found = points[: rows.real] @ prototypes.T
    belongs = _belongs(rows, labels)
    sums = belongs @ points
    whole = _unit(sums)
    for i, group in enumerate(together):
        touched = np.flatnonzero(belongs[:, group].any(axis=1))
        rest = _unit(sums[touched] - belongs[np.ix_(touched, group)] @ points[group])
        found[i, touched] += SHARE * ((rest - whole[touched]) @ points[i])
    return found


def _belongs(rows: Rows, labels: tuple[str, ...]) -> Floats:
    place = {label: i for i, label in enumerate(labels)}
    table = np.zeros((len(labels), len(rows.labels)), np.float32)
    for i, found in enumerate(rows.labels):
        table[[place[label] for label in found], i] = 1.0
    return table


def _unit(rows: Floats) -> Floats:
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.maximum(length, 1e-6), dtype=np.float32) * (length > 1e-6)
