"""Fitting every task of a challenger. Runs in a worker thread: no loop, no database."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.triage.examples.convert import from_bytes, lesson
from services.triage.learning.tongues import Tongues
from services.triage.learning.types import Example as Lesson
from services.triage.learning.types import Kind
from services.triage.taxonomy.copy import Taxonomy

Array = NDArray[np.float32]
KINDS: dict[str, Kind] = {"category": "single", "priority": "ordinal", "tags": "multi", "team": "single"}
COST = {"category": 0.6, "priority": 0.15, "tags": 0.15, "team": 0.1}
"""Shares of the fitting time, for the progress bar."""


def tasks_of(taxonomy: Taxonomy) -> tuple[str, ...]:
    """The tasks that need a model: no team model where categories say who owns them, none without choice."""
    names = ["category", "priority", "tags"]
    if not taxonomy.routed_by_category:
        names.append("team")
    least = {"tags": 1}
    return tuple(task for task in names if len(taxonomy.active[task]) >= least.get(task, 2))


def lessons(
    task: str, rows: Sequence[Any], taxonomy: Taxonomy, reviewed: dict[Any, set[str]]
) -> tuple[list[Lesson], Array]:
    """What rows teach one task, with their vectors."""
    found, vectors = [], []
    for row in rows:
        if row.vector is None:
            continue
        made = lesson(task, row, taxonomy.active[task], task in reviewed.get(row.ticket, ()))
        if made is not None:
            found.append(made)
            vectors.append(from_bytes(row.vector))
    return found, np.stack(vectors) if vectors else np.zeros((0, 0), np.float32)


def _scaled(
    progress: Callable[[float, str], None], task: str, done: float, share: float, part: float, note: str
) -> None:
    progress(done + share * part, f"{task}: {note}")


def fit_all(
    rows: Sequence[Any],
    taxonomy: Taxonomy,
    reviewed: dict[Any, set[str]],
    embed: Callable[[Sequence[str]], Array],
    tongues: Tongues | None,
    progress: Callable[[float, str], None],
    cancelled: Callable[[], bool],
) -> dict[str, Any]:
    """A model for each task, in a fixed order. Raises ``FitCancelled``."""
    from services.triage.learning.task import fit_task
    from services.triage.learning.types import FitOptions

    wanted = tasks_of(taxonomy)
    whole = sum(COST[task] for task in wanted) or 1.0
    models: dict[str, Any] = {}
    done = 0.0
    for task in wanted:
        examples, vectors = lessons(task, rows, taxonomy, reviewed)
        share = COST[task] / whole
        if not examples and task in ("priority", "tags"):  # their names say nothing about a ticket
            done += share
            continue
        names = taxonomy.label_texts(task)
        options = FitOptions(order=taxonomy.order if task == "priority" else ())
        models[task] = fit_task(
            task,
            examples,
            vectors if examples else np.zeros((0, embed(["."]).shape[1]), np.float32),
            label_names=names,
            embed=embed,
            kind=KINDS[task],
            options=options,
            tongues=tongues,
            progress=partial(_scaled, progress, task, done, share),
            cancelled=cancelled,
        )
        done += share
    return models
