"""Who may read, write and moderate. Whoever may not read is told that there is no community."""

from typing import Literal

import sqlalchemy as sa

from services.common.errors import Conflict, Forbidden, Invalid, NotFound, TooMany, Unauthorized
from services.common.http import Actor
from services.kb.articles.policy import writes
from services.kb.models import answer, question

Mode = Literal["off", "customers", "public"]


class NoCommunity(NotFound):
    code, title = "kb.no_community", "There is no such page"


class PostNotFound(NotFound):
    code, title = "kb.post_not_found", "There is no such post"


class InvalidPost(Invalid):
    code, title = "kb.invalid_post", "The post is not complete"


class PostClosed(Conflict):
    code, title = "kb.post_closed", "This question takes no answers"


class PostLimit(TooMany):
    code, title = "kb.too_many_posts", "Too many posts in a short time"


def reads(actor: Actor, mode: str) -> bool:
    """Whether the community is there for this reader; a service asks on a visitor's behalf."""
    if mode == "off":
        return False
    if actor.kind in ("anonymous", "service"):
        return mode == "public"
    return actor.can("kb:read")


def must_read(actor: Actor, mode: str) -> None:
    """Raises :class:`NoCommunity`."""
    if not reads(actor, mode):
        raise NoCommunity


def moderates(actor: Actor) -> bool:
    """People of the desk who write articles, and no client or service."""
    return actor.kind == "staff" and writes(actor)


def must_moderate(actor: Actor, mode: str) -> None:
    """Raises for everybody else."""
    if actor.kind == "anonymous":
        raise Unauthorized
    if not moderates(actor):
        raise Forbidden("Agents look after the community.")
    must_read(actor, mode)


def must_post(actor: Actor, mode: str) -> None:
    """Customers and staff who are signed in write; nobody else."""
    if actor.kind == "anonymous":
        raise Unauthorized
    if actor.kind not in ("contact", "staff"):
        raise Forbidden("People write here, and no clients.")
    must_read(actor, mode)


def shown_question(actor: Actor) -> sa.ColumnElement[bool]:
    """Questions that the actor may read: those shown, their own that wait, and all for moderators."""
    return _shown(question, actor)


def shown_answer(actor: Actor) -> sa.ColumnElement[bool]:
    return _shown(answer, actor)


def _shown(table: sa.Table, actor: Actor) -> sa.ColumnElement[bool]:
    if moderates(actor):
        return sa.true()
    own = sa.and_(table.c.state == "held", table.c.author_id == actor.id, sa.literal(actor.id) != "")
    return sa.or_(table.c.state == "shown", own)
