"""Work behind a page: progress and cancelling."""

from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import Struct


class Job(Struct, kw_only=True):
    """A piece of background work of core; ``progress`` is ``{done, total, note}``."""

    id: UUID
    name: str
    queue: str
    state: str
    attempts: int
    max_attempts: int
    progress: dict[str, Any] | None
    result: dict[str, Any] | None
    error: str | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


class JobPage(Struct, kw_only=True):
    items: list[Job]
    next_cursor: str | None = None
