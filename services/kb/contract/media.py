"""Images and films in articles."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from msgspec import Struct


class Media(Struct, kw_only=True):
    """An image or a film. `path` is its address in an article's Markdown; who may read one of its articles has it."""

    id: UUID
    kind: Literal["image", "video"]
    type: str
    name: str
    alt: str
    size: int
    path: str
    created_at: datetime
    width: int | None = None
    height: int | None = None
    articles: int = 0
