"""Grouping questions by meaning: pure, on vectors."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
PRIOR: Final = 50  # questions that count against the mean of a few
SMALLEST: Final = 3  # questions: two are chance


def clusters(vectors: Floats, close: float | None = None, smallest: int = SMALLEST) -> list[list[int]]:
    """Groups of rows that ask the same, each with its most typical row first, the largest group first.

    Questions of one desk have much in common, so their mean is taken out; average linkage then merges what stays
    nearer than `close` (by default the distance below which one pair in fifty lies, so that it follows the embedder).
    """
    from sklearn.cluster import AgglomerativeClustering

    if len(vectors) < smallest:
        return []
    # Of a few questions one group may be most of the mean: it is taken out in full only where there are many.
    centred = vectors - vectors.mean(axis=0) * (len(vectors) / (len(vectors) + PRIOR))
    length = np.linalg.norm(centred, axis=1, keepdims=True)
    centred = np.asarray(centred / np.where(length > 0, length, 1), dtype=np.float32)
    distances = np.clip(1 - centred @ centred.T, 0, 2)
    threshold = _threshold(distances) if close is None else close
    model = AgglomerativeClustering(
        n_clusters=None, metric="precomputed", linkage="average", distance_threshold=threshold
    )
    labels = model.fit_predict(distances)
    groups: dict[int, list[int]] = {}
    for row, label in enumerate(labels):
        groups.setdefault(int(label), []).append(row)
    found = [_typical_first(rows, distances) for rows in groups.values() if len(rows) >= smallest]
    return sorted(found, key=lambda rows: (-len(rows), rows))


def _threshold(distances: Floats) -> float:
    apart = distances[np.triu_indices(len(distances), 1)]
    return float(np.clip(np.quantile(apart, 0.02), 0.15, 0.55))


def _typical_first(rows: Sequence[int], distances: Floats) -> list[int]:
    inside = distances[np.ix_(rows, rows)].mean(axis=1)
    return [rows[at] for at in np.argsort(inside, kind="stable")]
