"""Who did it: actors as authors of entries, and as setters of fields."""

from typing import Any

from services.common.http import Actor
from services.core.contract import Author, SetBy

MODEL = "model"


def author_of(actor: Actor) -> Author:
    """The actor as the author of an entry; a service that acts on nobody's behalf is the system."""
    if actor.is_service or actor.kind == "anonymous":
        return Author(kind="system", id=None, name=actor.name)
    return Author(kind=actor.kind, id=actor.id, name=actor.name)


def model_author(version: str) -> Author:
    """A model as an author, by its version."""
    return Author(kind="model", id=version or None, name=version)


RULE = Author(kind="rule", id=None, name="")


def setter_of(actor: Actor) -> SetBy:
    """People and the clients that act for them are persons; what a service does by itself is a rule."""
    return "rule" if actor.is_service else "person"


def author_columns(author: Author) -> dict[str, Any]:
    """The author as columns of ``message`` and ``audit``."""
    return {"author_kind": author.kind, "author_id": author.id, "author_name": author.name[:200]}
