"""From core's closed tickets to rows, and from rows to what the learning engine reads. Pure."""

import hashlib
from datetime import UTC, datetime
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from services.core.contract import TicketText, TrainingExample
from services.triage.learning.text import prepare
from services.triage.learning.types import Example as Lesson

TRUST = {"person": 1.0, "rule": 0.5}
UNTOUCHED = 0.2
"""A priority that nobody set still says a little: somebody closed the ticket and left it as it was."""


def text_hash(subject: str, body: str) -> str:
    """Identifies the text that is embedded and learnt."""
    return hashlib.sha256(prepare(subject, body).encode()).hexdigest()


def row_of(example: TrainingExample, now: datetime) -> dict[str, Any]:
    """The row of a closed ticket, without its vector."""
    return {
        "ticket": example.id,
        "number": example.number,
        "version": example.version,
        "closed_at": example.closed_at,
        "subject": example.subject,
        "body": example.body,
        "language": example.language,
        "channel": example.channel,
        "tier": example.tier,
        "contact_ref": example.contact_ref,
        "labels": {
            "category": example.category,
            "priority": example.priority,
            "tags": sorted(example.tags),
            "team": example.team,
        },
        "set_by": dict(example.set_by),
        "labelled_at": msgspec.to_builtins(example.labelled_at),
        "resolution": example.resolution,
        "assignee": example.assignee,
        "text_hash": text_hash(example.subject, example.body),
        "stored_at": now,
    }


def example_of(text: TicketText, closed_at: datetime) -> TrainingExample:
    """A closed ticket that was read by itself; its last public staff reply is what solved it."""
    replies = [entry for entry in text.thread if entry.author == "staff" and entry.text.strip()]
    return TrainingExample(
        id=text.id,
        number=text.number,
        closed_at=closed_at.astimezone(UTC),
        subject=text.subject,
        body=text.body,
        language=text.language,
        channel=text.channel,
        tier=text.tier,
        category=text.category,
        priority=text.priority,
        tags=text.tags,
        team=text.team,
        assignee=text.assignee,
        set_by=text.set_by,
        labelled_at={},
        resolution=replies[-1].text if replies else "",
        contact_ref=text.contact_ref,
        version=text.version,
    )


def labels_for(task: str, labels: dict[str, Any], allowed: frozenset[str]) -> tuple[str, ...]:
    """The labels of one task that still exist."""
    found = labels.get(task)
    values = found if isinstance(found, list) else [found] if found else []
    return tuple(value for value in values if value in allowed)


def trust(task: str, set_by: dict[str, str], reviewed: bool) -> float:
    """How much a label may teach: what a model set and nobody looked at teaches nothing."""
    setter = set_by.get(task)
    if setter == "model":
        return 1.0 if reviewed else 0.0
    if setter is None:
        return UNTOUCHED if task == "priority" else (0.5 if task == "tags" else 0.0)
    return TRUST.get(setter, 0.0)


def lesson(task: str, row: Any, allowed: frozenset[str], reviewed: bool = False) -> Lesson | None:
    """What one row teaches a task; None where it teaches nothing."""
    labels = labels_for(task, row.labels, allowed)
    weight = trust(task, row.set_by, reviewed)
    if weight == 0.0 or (task != "tags" and not labels):
        return None
    text = prepare(row.subject, row.body)
    if not text:
        return None
    return Lesson(
        text, labels, "" if row.language == "und" else row.language, row.closed_at, weight, row.contact_ref
    )


def to_bytes(vector: NDArray[np.float32]) -> bytes:
    """A vector as it is stored."""
    return np.ascontiguousarray(vector, dtype="<f4").tobytes()


def from_bytes(data: bytes) -> NDArray[np.float32]:
    """A stored vector."""
    return np.frombuffer(data, dtype="<f4").astype(np.float32, copy=False)
