"""What an author typed and has not saved: theirs alone, one for each article."""

from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa

from services.common.errors import TooLarge
from services.common.http import Actor
from services.common.text import strip_control
from services.kb.contract import ArticleDraft, DraftInput
from services.kb.models import article_draft

LARGEST: Final = 1_000_000  # characters of all fields together: two languages of the longest article
FIELDS: Final = 60
KEPT: Final = timedelta(days=90)


def _here(actor: Actor, article: str) -> sa.ColumnElement[bool]:
    return sa.and_(article_draft.c.author_id == actor.id, article_draft.c.article == article)


def find(conn: sa.Connection, actor: Actor, article: str) -> ArticleDraft | None:
    """The actor's own draft of an article, if there is one."""
    row = conn.execute(sa.select(article_draft).where(_here(actor, article))).first()
    return None if row is None else ArticleDraft(base_version=row.base_version, fields=row.fields, at=row.at)


def keep(conn: sa.Connection, actor: Actor, article: str, given: DraftInput, now: datetime) -> ArticleDraft:
    """Keep what was typed in the place of what was kept before."""
    if len(given.fields) > FIELDS or sum(map(len, given.fields.values())) > LARGEST:
        raise TooLarge("The draft is longer than an article can be.")
    fields = {strip_control(key)[:60]: strip_control(text) for key, text in given.fields.items()}
    conn.execute(article_draft.delete().where(_here(actor, article)))
    conn.execute(article_draft.insert().values(
        author_id=actor.id, article=article, base_version=given.base_version, fields=fields, at=now,
    ))  # fmt: skip
    return ArticleDraft(base_version=given.base_version, fields=fields, at=now)


def drop(conn: sa.Connection, actor: Actor, article: str) -> None:
    """Forget it: it was saved, or is not wanted."""
    conn.execute(article_draft.delete().where(_here(actor, article)))


def forget(conn: sa.Connection, before: datetime) -> None:
    """Drop what nobody came back to."""
    conn.execute(article_draft.delete().where(article_draft.c.at < before))
