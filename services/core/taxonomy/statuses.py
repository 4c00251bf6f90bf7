"""Keeping statuses: an admin adds, names, orders and switches them off, and says where a ticket goes from each."""

from typing import Any

import sqlalchemy as sa
from msgspec import UNSET

from services.common.errors import FieldError, Invalid
from services.common.http import Actor
from services.core.contract import NewStatus, Status, StatusChanges
from services.core.desk import Core
from services.core.models import status
from services.core.taxonomy.checks import given, named, texts, versioned_update
from services.core.taxonomy.errors import KeyTaken, NotKnown
from services.core.taxonomy.lookups import StatusEntry, Taxonomy
from services.core.taxonomy.service import changed
from services.core.tickets.status import DONE

MOST = 60
ALWAYS = frozenset({"open", "pending", "solved", "closed"})
"""The desk moves tickets there by itself, so they cannot be switched off."""


def statuses(taxonomy: Taxonomy, actor: Actor) -> list[Status]:
    """Statuses in their order; customers learn names, and staff what follows from each."""
    return [_view(one, actor.is_staff or actor.kind == "token") for one in taxonomy.statuses.values()]


def _view(entry: StatusEntry, inside: bool = True) -> Status:
    return Status(
        key=entry.key,
        category=entry.category,
        name=entry.name,
        next=entry.next,
        active=entry.active,
        position=entry.position,
        message=entry.message if inside else UNSET,
        tells=entry.tells if inside else UNSET,
        needs_resolution=entry.needs_resolution if inside else UNSET,
        version=entry.version if inside else UNSET,
    )


def add(conn: sa.Connection, core: Core, data: NewStatus, actor: Actor) -> Status:
    """A new status of a category; raises :class:`KeyTaken`."""
    known = core.lookups.reload(conn).statuses
    if data.key in known:
        raise KeyTaken
    if len(known) >= MOST:
        raise Invalid(errors=[FieldError("key", f"A desk has at most {MOST} statuses.")])
    like = known[data.category]
    beside = [] if like.category in DONE else [like.key]
    values: dict[str, Any] = {
        "key": data.key,
        "category": data.category,
        "name": named(data.name),
        "next": [*like.next, *beside] if data.next is None else data.next,
        "position": _after(known, like) if data.position is None else data.position,
        "message": texts(data.message, "message"),
        "tells": data.tells,
        "needs_resolution": data.needs_resolution,
    }
    _check_next(known, data.key, data.category, values["next"])
    _check_message(values["message"], data.tells)
    conn.execute(status.insert(), {"active": True, "version": 1, **values})
    sources = data.reached_from
    if sources is None:
        sources = [one.key for one in known.values() if like.key in one.next] + beside
    _lead_here(conn, known, data.key, sources)
    return _view(changed(conn, core, "status", data.key, actor, "created", values).statuses[data.key])


def change(conn: sa.Connection, core: Core, key: str, data: StatusChanges, actor: Actor) -> Status:
    """Rename, order, connect, switch off; say what its message is. Tickets keep a status that is switched off."""
    known = core.lookups.reload(conn).statuses
    entry = known.get(key)
    if entry is None:
        raise NotKnown
    values = given(
        name=data.name, next=data.next, position=data.position, active=data.active, message=data.message,
        tells=data.tells, needs_resolution=data.needs_resolution,
    )  # fmt: skip
    if "name" in values:
        values["name"] = named(values["name"])
    if "next" in values:
        _check_next(known, key, entry.category, values["next"])
    if "message" in values:
        values["message"] = texts(values["message"], "message")
    if values.get("active") is False and key in ALWAYS:
        wrong = "The desk moves tickets here by itself: it cannot be switched off."
        raise Invalid(errors=[FieldError("active", wrong, "needed")])
    _check_message(values.get("message", entry.message), values.get("tells", entry.tells))
    versioned_update(conn, status, status.c.key == key, data.version, values)
    return _view(changed(conn, core, "status", key, actor, "changed", values).statuses[key])


def _after(known: dict[str, StatusEntry], like: StatusEntry) -> int:
    """Behind the last one of its category."""
    return max(one.position for one in known.values() if one.category == like.category)


def _check_next(known: dict[str, StatusEntry], key: str, category: str, wanted: list[str]) -> None:
    wrong = [one for one in wanted if one != key and one not in known]
    if wrong:
        raise Invalid(errors=[FieldError("next", f"There is no status {wrong[0][:80]!r}.", "unknown")])
    if category not in DONE and not any(one != key for one in wanted):
        raise Invalid(errors=[FieldError("next", "A ticket would never get out of it again.", "empty")])


def _check_message(message: dict[str, str], tells: bool) -> None:
    if tells and not message:
        raise Invalid(errors=[FieldError("message", "Say what the customer is told.", "empty")])


def _lead_here(conn: sa.Connection, known: dict[str, StatusEntry], key: str, sources: list[str]) -> None:
    for one in dict.fromkeys(sources):
        if one not in known:
            raise Invalid(errors=[FieldError("reached_from", f"There is no status {one[:80]!r}.", "unknown")])
        conn.execute(
            status.update()
            .where(status.c.key == one)
            .values(next=[*known[one].next, key], version=status.c.version + 1)
        )
