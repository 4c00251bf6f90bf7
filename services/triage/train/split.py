"""What is learnt from and what is judged on. Pure.

Time decides: the newest closed tickets are held out, and a model is only ever judged on tickets that were
closed after the last one it learnt from. The version that was judged is the version that serves; it is not
fitted again on everything, because then its certificate would speak of another model.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.triage.learning.promise import LEAST_REVIEWS

SHARE = 0.2  # of the examples are held out …
ENOUGH = LEAST_REVIEWS + 30  # … or so many as a certificate wants, with a few to spare for unusable ones
MOST = 0.25  # but never more than this
FEWEST = 40  # below so many examples nothing is held out: every one is needed


@dataclass(frozen=True)
class Split:
    """``earlier`` is learnt from, ``later`` judges; both in the order of closing."""

    earlier: list[Any]
    later: list[Any]
    cutoff: datetime | None


def split(rows: Sequence[Any]) -> Split:
    """Cut rows that are in the order of closing; equal closing times stay on one side."""
    count = len(rows)
    if count < FEWEST:
        return Split(list(rows), [], rows[-1].closed_at if rows else None)
    held = min(int(count * MOST), max(int(count * SHARE), ENOUGH))
    border = count - max(1, held)
    while border > 0 and rows[border - 1].closed_at == rows[border].closed_at:
        border -= 1
    if border < FEWEST // 2:  # an import that closed everything at one moment has no later period
        return Split(list(rows), [], rows[-1].closed_at)
    return Split(list(rows[:border]), list(rows[border:]), rows[border - 1].closed_at)


def snapshot_hash(rows: Sequence[Any], fingerprint: str) -> str:
    """Identifies the data of a training: which tickets, at which version, with which labels and texts."""
    digest = hashlib.sha256(fingerprint.encode())
    for row in rows:
        document = [str(row.ticket), row.version, row.text_hash, row.labels, row.set_by]
        digest.update(json.dumps(document, sort_keys=True).encode())
    return digest.hexdigest()
