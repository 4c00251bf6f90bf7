"""The learning curve: what a model on the first part of the examples would get right of the later ones."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from services.triage.examples.convert import from_bytes, labels_for
from services.triage.learning.task import fit_task
from services.triage.learning.text import prepare
from services.triage.learning.tongues import Tongues
from services.triage.predict.brain import known
from services.triage.taxonomy.copy import Taxonomy
from services.triage.train.fit import Array, lessons
from services.triage.train.measure import judgeable

PARTS = (0.125, 0.25, 0.5)
FEWEST = 20  # examples below which a point would be noise
MOST = 8_000  # examples of the largest point: a fit's cost grows with their cube


def learning_curve(
    earlier: Sequence[Any],
    later: Sequence[Any],
    taxonomy: Taxonomy,
    reviewed: dict[Any, set[str]],
    embed: Callable[[Sequence[str]], Array],
    tongues: Tongues | None,
    cancelled: Callable[[], bool],
) -> list[list[float]]:
    """``[examples, share right]`` of the category at growing parts of history, oldest first; the whole is not
    among them, because it is the model itself."""
    rows = judgeable("category", later, taxonomy, reviewed)
    if not rows:
        return []
    texts = [prepare(row.subject, row.body) for row in rows]
    vectors = np.stack([from_bytes(row.vector) for row in rows])
    languages = [known(row.language) for row in rows]
    truth = [labels_for("category", row.labels, taxonomy.active["category"])[0] for row in rows]
    points = []
    for part in PARTS:
        examples, seen = lessons("category", earlier[: int(len(earlier) * part)], taxonomy, reviewed)
        if not FEWEST <= len(examples) <= MOST:
            continue
        names = taxonomy.label_texts("category")
        model = fit_task(
            "category", examples, seen, label_names=names, embed=embed, tongues=tongues, cancelled=cancelled
        )
        said = model.predict(texts, vectors, languages)
        right = sum(p.label == label for p, label in zip(said, truth, strict=True))
        points.append([float(len(examples)), round(right / len(rows), 4)])
    return points
