"""Keeping the taxonomy: every change is audited, counted and announced."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.common.errors import FieldError, Invalid
from services.common.events import record
from services.common.http import Actor
from services.common.ids import uuid7
from services.core import contract as c
from services.core.actors import author_of, setter_of
from services.core.audit import note
from services.core.contract import Category, Change, Priority, Tag
from services.core.desk import Core
from services.core.models import category, priority, tag, ticket_tag
from services.core.taxonomy.checks import given, named, texts, versioned_update
from services.core.taxonomy.errors import KeyTaken, NotKnown
from services.core.taxonomy.lookups import Taxonomy, bump


def categories(taxonomy: Taxonomy) -> list[Category]:
    """The tree, by path."""
    parents = taxonomy.parents()
    found = [
        Category(
            id=one.id,
            key=one.key,
            parent=one.parent,
            path=taxonomy.path(one.key),
            name=one.name,
            definition=one.definition,
            team=one.team,
            active=one.active,
            leaf=one.key not in parents,
            version=one.version,
        )
        for one in taxonomy.categories.values()
    ]
    return sorted(found, key=lambda one: one.path)


def priorities(taxonomy: Taxonomy) -> list[Priority]:
    """Priorities by rank, with what each means."""
    return [
        Priority(key=p.key, rank=p.rank, name=p.name, definition=p.definition, version=p.version)
        for p in taxonomy.priorities.values()
    ]


def tags(conn: sa.Connection) -> list[Tag]:
    """Tags with the number of tickets that carry each."""
    counts = (
        sa.select(ticket_tag.c.tag, sa.func.count().label("tickets")).group_by(ticket_tag.c.tag).subquery()
    )
    rows = conn.execute(
        sa.select(tag, sa.func.coalesce(counts.c.tickets, 0).label("tickets"))
        .outerjoin(counts, counts.c.tag == tag.c.key)
        .order_by(tag.c.key)
    )
    return [Tag(id=r.id, key=r.key, name=r.name, active=r.active, tickets=r.tickets) for r in rows]


def changed(
    conn: sa.Connection,
    core: Core,
    kind: str,
    id_: UUID | str,
    actor: Actor,
    action: str,
    values: dict[str, Any],
    event: str = c.TAXONOMY_CHANGED,
) -> Taxonomy:
    """Note, count and announce a change of the taxonomy. Returns its new state."""
    changes = [Change(field=f, old=None, new=_plain(v), set_by=setter_of(actor)) for f, v in values.items()]
    note(
        conn,
        at=core.now(),
        subject=kind,
        subject_id=id_,
        action=action,
        author=author_of(actor),
        changes=changes,
    )
    record(conn, event, {"kind": kind, "id": str(id_), "version": bump(conn)})
    return core.lookups.reload(conn)


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, UUID) else value


def add_category(conn: sa.Connection, core: Core, data: c.NewCategory, actor: Actor) -> Category:
    """A new node of the tree; raises :class:`KeyTaken`."""
    taxonomy = core.lookups.reload(conn)
    if data.key in taxonomy.categories:
        raise KeyTaken
    values = {
        "key": data.key,
        "parent": _parent(taxonomy, data.parent, None),
        "name": named(data.name),
        "definition": texts(data.definition, "definition"),
        "team": _team(taxonomy, data.team),
    }
    id_ = uuid7()
    conn.execute(category.insert(), {"id": id_, "active": True, "version": 1, **values})
    return _category(changed(conn, core, "category", id_, actor, "created", values), data.key)


def change_category(
    conn: sa.Connection, core: Core, key: str, data: c.CategoryChanges, actor: Actor
) -> Category:
    """Rename, move, describe, switch off. Tickets keep a category that is switched off."""
    taxonomy = core.lookups.reload(conn)
    entry = taxonomy.categories.get(key)
    if entry is None:
        raise NotKnown
    values = given(
        name=data.name, definition=data.definition, parent=data.parent, team=data.team, active=data.active
    )
    if "name" in values:
        values["name"] = named(values["name"])
    if "definition" in values:
        values["definition"] = texts(values["definition"], "definition")
    if "parent" in values:
        values["parent"] = _parent(taxonomy, values["parent"], key)
    if "team" in values:
        values["team"] = _team(taxonomy, values["team"])
    versioned_update(conn, category, category.c.key == key, data.version, values)
    return _category(changed(conn, core, "category", entry.id, actor, "changed", values), key)


def _category(taxonomy: Taxonomy, key: str) -> Category:
    return next(one for one in categories(taxonomy) if one.key == key)


def _parent(taxonomy: Taxonomy, given_parent: str | None, child: str | None) -> str | None:
    if not given_parent:
        return None
    parent = taxonomy.category_key(given_parent)
    if parent is None:
        raise Invalid(errors=[FieldError("parent", "There is no such category.", "unknown")])
    if child is not None and parent in taxonomy.below(child):
        raise Invalid(errors=[FieldError("parent", "A category cannot lie under itself.", "circle")])
    return parent


def _team(taxonomy: Taxonomy, given_team: str | None) -> str | None:
    if not given_team:
        return None
    key = taxonomy.team_key(given_team)
    if key is None:
        raise Invalid(errors=[FieldError("team", "There is no such team.", "unknown")])
    return key


def add_tag(conn: sa.Connection, core: Core, data: c.NewTag, actor: Actor) -> Tag:
    """A new tag; raises :class:`KeyTaken`."""
    if conn.execute(sa.select(tag.c.id).where(tag.c.key == data.key)).first() is not None:
        raise KeyTaken
    id_, name = uuid7(), named(data.name) if data.name else {}
    conn.execute(tag.insert(), {"id": id_, "key": data.key, "name": name, "active": True})
    changed(conn, core, "tag", id_, actor, "created", {"key": data.key, "name": name})
    return Tag(id=id_, key=data.key, name=name, active=True)


def retire_tag(conn: sa.Connection, core: Core, key: str, actor: Actor) -> Tag:
    """Switch a tag off: it stays where it is and is offered no more."""
    row = conn.execute(sa.select(tag).where(tag.c.key == key)).first()
    if row is None:
        raise NotKnown
    if row.active:
        conn.execute(tag.update().where(tag.c.key == key).values(active=False))
        changed(conn, core, "tag", row.id, actor, "retired", {"active": False})
    return Tag(id=row.id, key=key, name=row.name, active=False)


def change_priority(
    conn: sa.Connection, core: Core, key: str, data: c.PriorityChanges, actor: Actor
) -> Priority:
    """Rename a priority or say what it means; there are these four, in this order."""
    if key not in core.lookups.reload(conn).priorities:
        raise NotKnown
    values = given(name=data.name, definition=data.definition)
    if "name" in values:
        values["name"] = named(values["name"])
    if "definition" in values:
        values["definition"] = texts(values["definition"], "definition")
    versioned_update(conn, priority, priority.c.key == key, data.version, values)
    taxonomy = changed(conn, core, "priority", key, actor, "changed", values)
    return next(one for one in priorities(taxonomy) if one.key == key)
