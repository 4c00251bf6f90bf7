"""A draft is shown to a colleague before readers see it: asked, returned with a word, or approved."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
import sqlalchemy as sa

from services.common.errors import FieldError
from services.common.http import Actor
from services.common.ids import uuid7
from services.common.text import single_line, strip_control
from services.kb.articles import repository
from services.kb.contract import Article, ReviewInput, ReviewNote
from services.kb.errors import ArticleNotFound, InReview, InvalidArticle, NotInReview, StaleArticle
from services.kb.models import article, article_review

LONGEST = 4000
KEPT = 100  # notes of an article that are shown


def step(conn: sa.Connection, actor: Actor, article_id: UUID, given: ReviewInput, now: datetime) -> Article:
    """Take a step of a review against the version that was read. Approving publishes nothing by itself.

    Raises :class:`StaleArticle`, :class:`NotInReview`, :class:`InReview` where it is another's to decide.
    """
    row = conn.execute(sa.select(article).where(article.c.id == article_id).with_for_update()).first()
    if row is None:
        raise ArticleNotFound
    if given.version != row.version:
        raise StaleArticle(current=msgspec.to_builtins(repository.load(conn, row)))
    reviewer: tuple[str | None, str | None] = (None, None)
    if given.kind == "asked":
        reviewer = _asked(row, given)
    else:
        if row.reviewer_id is None:
            raise NotInReview
        _must_decide(actor, row)
    note = strip_control(given.note).strip()[:LONGEST]
    if given.kind == "returned" and not note:
        raise InvalidArticle(errors=[FieldError("note", "says what is missing", "required")])
    values = {"reviewer_id": reviewer[0], "reviewer_name": reviewer[1], "version": row.version + 1}
    conn.execute(article.update().where(article.c.id == article_id).values(**values))
    conn.execute(article_review.insert().values(
        id=uuid7(), article_id=article_id, kind=given.kind, by_id=actor.id, by_name=actor.name or actor.kind,
        note=note, at=now,
    ))  # fmt: skip
    return repository.load(conn, conn.execute(sa.select(article).where(article.c.id == article_id)).one())


def notes(conn: sa.Connection, article_id: UUID) -> list[ReviewNote]:
    """What was said, the newest first."""
    query = sa.select(article_review).where(article_review.c.article_id == article_id)
    rows = conn.execute(query.order_by(article_review.c.at.desc(), article_review.c.id.desc()).limit(KEPT))
    return [ReviewNote(kind=row.kind, by=row.by_name, note=row.note, at=row.at) for row in rows]


def settled(actor: Actor, row: Any, state: str) -> dict[str, Any]:
    """What a change of state means for a review. Raises :class:`InReview` where it is not the actor's to end."""
    if row.reviewer_id is None:
        return {}
    if state == "published":
        _must_decide(actor, row)
    return {"reviewer_id": None, "reviewer_name": None}


def _asked(row: Any, given: ReviewInput) -> tuple[str, str]:
    errors = []
    if row.state != "draft":
        errors.append(FieldError("kind", "goes with drafts; this article is published or archived", "state"))
    reviewer, name = single_line(given.reviewer, 100), single_line(given.reviewer_name, 200)
    if not reviewer or not name:
        errors.append(FieldError("reviewer", "is empty", "required"))
    if errors:
        raise InvalidArticle(errors=errors)
    return reviewer, name


def _must_decide(actor: Actor, row: Any) -> None:
    if actor.id != row.reviewer_id and not actor.is_lead:
        raise InReview(f"{row.reviewer_name} was asked to look at it first.")
