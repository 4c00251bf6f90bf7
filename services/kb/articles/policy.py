"""Who may read and write what. Every query of articles takes its conditions from here."""

import sqlalchemy as sa

from services.common.http import Actor, require
from services.kb.contract import Visibility
from services.kb.models import article

PUBLIC: tuple[Visibility, ...] = ("public",)
SIGNED_IN: tuple[Visibility, ...] = ("public", "customers")
EVERYTHING: tuple[Visibility, ...] = ("public", "customers", "staff")


def audience(actor: Actor) -> tuple[Visibility, ...]:
    """The visibilities that the actor may read.

    A service that calls on nobody's behalf reads as a visitor: the portal asks so for whoever has not signed
    in, and a forgotten token must show less, not more.
    """
    if actor.kind in ("anonymous", "service") or not actor.can("kb:read"):
        return PUBLIC
    return EVERYTHING if actor.is_staff else SIGNED_IN


def writes(actor: Actor) -> bool:
    """Whether the actor sees drafts and archived articles: people who write, and their API tokens."""
    return actor.is_staff and not actor.is_service and actor.can("kb:write")


def must_write(actor: Actor) -> None:
    """Raise unless the actor may write articles. A customer never may, whatever their token says."""
    require(actor, "kb:write")
    if not actor.is_staff:
        require(actor, "internal")


def readable(actor: Actor) -> sa.ColumnElement[bool]:
    """The condition on `article` that leaves what the actor may read; part of every query."""
    if writes(actor):
        return sa.true()
    return published_for(audience(actor))


def published_for(visibilities: tuple[Visibility, ...]) -> sa.ColumnElement[bool]:
    """Published articles of these visibilities: what readers find, whoever they are."""
    return sa.and_(article.c.state == "published", article.c.visibility.in_(visibilities))
