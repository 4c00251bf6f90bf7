"""Changes to many tickets at once."""

from typing import Literal
from uuid import UUID

from msgspec import UNSET, Struct, UnsetType

from services.core.contract.vocabulary import Input


class BatchChanges(Input):
    """What to set on many tickets at once; what is absent stays."""

    status: str | UnsetType = UNSET
    priority: str | UnsetType = UNSET
    category: str | UnsetType | None = UNSET
    team: str | UnsetType | None = UNSET
    assignee: str | UnsetType | None = UNSET
    type: str | UnsetType = UNSET
    add_tags: list[str] = []
    remove_tags: list[str] = []


class NewBatch(Input):
    """Body of ``POST /batches``. Few tickets are changed at once, many by a job; ``GET`` tells how far it is."""

    numbers: list[int]
    changes: BatchChanges


class BatchItem(Struct, kw_only=True):
    """One ticket of a batch. ``reason`` is an error's code where it was ``skipped`` or, on undoing, ``kept``."""

    number: int
    state: Literal["waiting", "done", "skipped", "undone", "kept"]
    reason: str = ""


class Batch(Struct, kw_only=True):
    """An act on many tickets; ``done`` of ``total`` have been dealt with."""

    id: UUID
    kind: str
    state: Literal["running", "done", "undoing", "undone"]
    total: int
    done: int
    changed: int
    skipped: int
    kept: int
    """On undoing: tickets that somebody has changed since, which stay as they are."""
    items: list[BatchItem]
