"""Examples of categories that were merged or split go along with them. Pure but for the embedder."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from services.triage.examples.convert import from_bytes
from services.triage.taxonomy.copy import Taxonomy
from services.triage.train.fit import Array


class Moved:
    """A row with another category; all else is the row's own."""

    def __init__(self, row: Any, category: str, set_by: str | None) -> None:
        self._row = row
        self.labels = {**row.labels, "category": category}
        self.set_by = dict(row.set_by) if set_by is None else {**row.set_by, "category": set_by}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._row, name)


def carried(
    rows: Sequence[Any],
    heirs: Mapping[str, Sequence[str]],
    taxonomy: Taxonomy,
    embed: Callable[[Sequence[str]], Array],
) -> list[Any]:
    """The rows under the categories of now. A merger keeps who set the label; after a split each example goes to the
    heir whose name and definition it is nearest to, and counts as set by a rule, not by a person."""
    active = taxonomy.active["category"]
    targets = {old: [h for h in to if h in active] for old, to in heirs.items() if old not in active}
    names = taxonomy.label_texts("category")
    means = {heir: embed(names[heir]).mean(axis=0) for to in targets.values() if len(to) > 1 for heir in to}
    found: list[Any] = []
    for row in rows:
        to = targets.get(str(row.labels.get("category") or ""), [])
        if not to:
            found.append(row)
        elif len(to) == 1:
            found.append(Moved(row, to[0], None))
        elif row.vector is None:
            continue
        else:
            vector = from_bytes(row.vector)
            nearest = max(sorted(to), key=lambda heir: float(np.dot(means[heir], vector)))
            found.append(Moved(row, nearest, "rule"))
    return found
