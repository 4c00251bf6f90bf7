"""Which articles show which media, read from their Markdown when they are written."""

import re
from collections.abc import Iterable
from typing import Final
from uuid import UUID

import sqlalchemy as sa

from services.kb.models import media, media_use

PATH: Final = re.compile(
    r"/media/([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\.([a-z0-9]{3,4})\b"
)


def named_in(markdown: str) -> set[UUID]:
    """The media that a text names."""
    return {UUID(found) for found, _ in PATH.findall(markdown)}


def note_uses(conn: sa.Connection, article_id: UUID, texts: Iterable[str]) -> None:
    """Bring the uses of an article up to date with its texts."""
    named = set[UUID]().union(*(named_in(text) for text in texts))
    conn.execute(media_use.delete().where(media_use.c.article_id == article_id))
    if not named:
        return
    known = conn.execute(sa.select(media.c.id).where(media.c.id.in_(named))).scalars().all()
    if known:
        rows = [{"article_id": article_id, "media_id": one} for one in known]
        conn.execute(media_use.insert(), rows)
