"""Keeping media and finding what an actor may see of them."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.common.errors import FieldError
from services.common.http import Actor
from services.common.ids import uuid7
from services.common.text import clean_filename, single_line
from services.kb.articles.policy import readable, writes
from services.kb.contract import Media
from services.kb.errors import MediaNotFound, MediaRefused
from services.kb.media.inspect import ENDINGS, Shape
from services.kb.models import article, media, media_use

MOST = 60  # in a list, the newest first


def path_of(media_id: UUID, type_: str) -> str:
    """The address of a file in an article's Markdown."""
    return f"/media/{media_id}.{ENDINGS[type_]}"


def alt_of(text: str) -> str:
    """What a file shows, in words. Raises :class:`MediaRefused`: who cannot see it has nothing else."""
    alt = single_line(text, 500)
    if not alt:
        raise MediaRefused(
            errors=[FieldError("alt", "says what can be seen, for those who cannot see it", "required")]
        )
    return alt


def same(conn: sa.Connection, actor: Actor, digest: str) -> Any:
    """A file with these bytes that the actor brought before, if there is one."""
    here = sa.and_(media.c.sha256 == digest, media.c.created_by == actor.id)
    return conn.execute(sa.select(media).where(here).limit(1)).first()


def keep(
    conn: sa.Connection, actor: Actor, name: str, alt: str, shape: Shape, size: int, digest: str, file: str,
    now: datetime,
) -> Media:  # fmt: skip
    """Note a file whose bytes are stored."""
    row = {
        "id": uuid7(), "kind": shape.kind, "type": shape.type, "name": clean_filename(name), "alt": alt, "size": size,
        "width": shape.width, "height": shape.height, "sha256": digest, "file": file, "created_by": actor.id,
        "created_at": now,
    }  # fmt: skip
    conn.execute(media.insert(), row)
    return view(conn.execute(sa.select(media).where(media.c.id == row["id"])).one())


def find(conn: sa.Connection, actor: Actor, media_id: UUID) -> Any:
    """The row of a file that the actor may have: authors all, readers those of an article that they may read."""
    query = sa.select(media).where(media.c.id == media_id)
    if not writes(actor):
        shown = sa.select(media_use.c.media_id).join(article, article.c.id == media_use.c.article_id)
        query = query.where(media.c.id.in_(shown.where(readable(actor))))
    row = conn.execute(query).first()
    if row is None:
        raise MediaNotFound
    return row


def listing(conn: sa.Connection) -> list[Media]:
    """The newest files, and how many articles show each."""
    uses = (
        sa.select(media_use.c.media_id, sa.func.count().label("n")).group_by(media_use.c.media_id).subquery()
    )
    query = sa.select(media, sa.func.coalesce(uses.c.n, 0).label("n")).outerjoin(
        uses, uses.c.media_id == media.c.id
    )
    rows = conn.execute(query.order_by(media.c.created_at.desc(), media.c.id.desc()).limit(MOST))
    return [view(row, row.n) for row in rows]


def view(row: Any, articles: int = 0) -> Media:
    """A file's row as it goes over the wire."""
    return Media(
        id=row.id, kind=row.kind, type=row.type, name=row.name, alt=row.alt, size=row.size,
        path=path_of(row.id, row.type), created_at=row.created_at, width=row.width, height=row.height,
        articles=articles,
    )  # fmt: skip
