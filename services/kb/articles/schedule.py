"""Articles that appear and disappear by the clock."""

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from msgspec import UNSET

from services.common.errors import DeskError, FieldError
from services.common.http import Actor
from services.kb.contract import ArticlePatch
from services.kb.errors import InvalidArticle
from services.kb.models import article

CLOCK = Actor(
    id="schedule", kind="service", roles=("service",), scopes=("kb:read", "kb:write"), name="Schedule"
)
MOST = 100  # articles that one run takes; the next one comes within a minute


def times(patch: ArticlePatch, row: Any, now: datetime) -> dict[str, Any]:
    """The moments that a patch sets, in UTC. What is done by hand before its time needs no moment any more.

    Raises :class:`InvalidArticle` for a moment that has passed, or an end before its beginning.
    """
    found: dict[str, Any] = {}
    errors: list[FieldError] = []
    for field in ("publish_at", "archive_at"):
        moment = getattr(patch, field)
        if moment is UNSET:
            continue
        if moment is not None:
            moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
            if moment <= now and moment != getattr(row, field):
                errors.append(FieldError(field, "lies in the past", "past"))
        found[field] = moment
    state = row.state if patch.state is UNSET else patch.state
    if state != "draft":
        found["publish_at"] = None
    if state == "archived":
        found["archive_at"] = None
    begin, end = (found.get(field, getattr(row, field)) for field in ("publish_at", "archive_at"))
    if begin is not None and end is not None and end <= begin:
        errors.append(FieldError("archive_at", "lies before the article appears", "order"))
    if errors:
        raise InvalidArticle(errors=errors)
    return found


def run(conn: sa.Connection, now: datetime) -> int:
    """Publish and archive what is due; a draft that waits for a reviewer waits on. Returns how many changed."""
    from services.kb.articles.service import update

    due = sa.or_(
        sa.and_(article.c.publish_at <= now, article.c.state == "draft", article.c.reviewer_id.is_(None)),
        sa.and_(article.c.archive_at <= now, article.c.state == "published"),
    )
    changed = 0
    for row in conn.execute(sa.select(article).where(due).order_by(article.c.updated_at).limit(MOST)).all():
        state = "published" if row.state == "draft" else "archived"
        with conn.begin_nested() as one:
            try:
                update(conn, CLOCK, row.id, ArticlePatch(version=row.version, state=state), now)  # type: ignore[arg-type]
                changed += 1
            except DeskError:  # one that cannot be published leaves the others be
                one.rollback()
    return changed
