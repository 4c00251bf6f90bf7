"""Keeping and filling macros."""

import re
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.common.errors import FieldError, Invalid, NotFound
from services.common.http import Actor
from services.common.ids import parse_uuid, uuid7
from services.core import contract as c
from services.core.contract import Macro, MacroChanges, MacroDraft, MacroPreview, NewMacro, RenderedMacro
from services.core.desk import Core
from services.core.macros.keys import keys_of
from services.core.macros.policy import led_by, may_write, refuse, visible
from services.core.macros.render import render, variables
from services.core.models import macro
from services.core.taxonomy.checks import given, named, texts, versioned_update
from services.core.taxonomy.errors import KeyTaken
from services.core.taxonomy.service import changed
from services.core.tickets import repository
from services.core.tickets.anatomy import Row
from services.core.tickets.edit import Values

_ACTIONS = frozenset({"status", "priority", "category", "tags", "team", "assignee", "type"})


class MacroNotFound(NotFound):
    code, title = "core.macro_not_found", "There is no such macro"


def usable(
    conn: sa.Connection, actor: Actor, category: str | None = None, *, retired: bool = False
) -> list[Macro]:
    """Macros that the actor may use, most used first, with those out of use where they are asked for; light
    agents answer nobody and have none."""
    if not actor.is_agent:
        return []
    query = sa.select(macro).where(visible(actor))
    if not retired:
        query = query.where(macro.c.active.is_(True))
    if category:
        query = query.where(macro.c.category == category)
    rows = conn.execute(query.order_by(macro.c.used.desc(), macro.c.key)).mappings()
    bound, led = keys_of(conn, actor), led_by(conn, actor)
    return [
        view_of(row, bound.get(row["id"]), may_write(row["scope"], row["team"], actor, led)) for row in rows
    ]


def view_of(row: Mapping[Any, Any], hotkey: int | None, yours: bool) -> Macro:
    """The macro on the wire, for one reader."""
    fields = {name: row[name] for name in Macro.__struct_fields__ if name in row}
    return Macro(**fields, variables=variables(row["body"]), hotkey=hotkey, yours=yours)


def one(conn: sa.Connection, key: str, actor: Actor) -> Macro:
    """One macro by id or key; raises :class:`MacroNotFound`."""
    row = find(conn, key, actor)
    yours = may_write(row["scope"], row["team"], actor, led_by(conn, actor))
    return view_of(row, keys_of(conn, actor).get(row["id"]), yours)


def find(conn: sa.Connection, key: str, actor: Actor) -> Row:
    """One macro by id or key; raises :class:`MacroNotFound`."""
    by_id = parse_uuid(key)
    match = macro.c.id == by_id if by_id else macro.c.key == key
    row = conn.execute(sa.select(macro).where(match, visible(actor))).mappings().first()
    if row is None:
        raise MacroNotFound
    return dict(row)


def add(conn: sa.Connection, core: Core, data: NewMacro, actor: Actor) -> Macro:
    """A new macro."""
    title = named(data.title, "title")
    key = data.key or _key_of(conn, title)
    if conn.execute(sa.select(macro.c.id).where(macro.c.key == key)).first() is not None:
        raise KeyTaken
    values: dict[str, Any] = {
        "key": key,
        "title": title,
        "body": texts(data.body, "body"),
        "scope": data.scope,
        "category": _category(conn, core, data.category),
        "team": _team(conn, core, data),
        "actions": _actions(conn, core, data.actions, actor),
    }
    refuse(conn, data.scope, values["team"], actor)
    _does_something(values)
    id_ = uuid7()
    owner = parse_uuid(actor.id) if data.scope == "personal" else None
    conn.execute(
        macro.insert(), {"id": id_, "owner_id": owner, "used": 0, "active": True, "version": 1, **values}
    )
    return _announced(conn, core, id_, actor, "created", values)


def change(conn: sa.Connection, core: Core, key: str, data: MacroChanges, actor: Actor) -> Macro:
    """Change a macro; raises :class:`MacroNotFound` where the actor may not see it."""
    row = find(conn, key, actor)
    refuse(conn, row["scope"], row["team"], actor)
    values = given(
        title=data.title, body=data.body, category=data.category, actions=data.actions, active=data.active
    )
    if "title" in values:
        values["title"] = named(values["title"], "title")
    if "body" in values:
        values["body"] = texts(values["body"], "body")
    if "category" in values:
        values["category"] = _category(conn, core, values["category"])
    if "actions" in values:
        values["actions"] = _actions(conn, core, values["actions"], actor)
    _does_something({**row, **values})
    versioned_update(conn, macro, macro.c.id == row["id"], data.version, values)
    return _announced(conn, core, row["id"], actor, "changed", values)


def retire(conn: sa.Connection, core: Core, key: str, actor: Actor) -> None:
    """Take a macro out of use; what it was used for stays countable."""
    row = find(conn, key, actor)
    refuse(conn, row["scope"], row["team"], actor)
    conn.execute(
        macro.update().where(macro.c.id == row["id"]).values(active=False, version=macro.c.version + 1)
    )
    changed(conn, core, "macro", row["id"], actor, "retired", {"active": False}, event=c.MACRO_CHANGED)


def _announced(
    conn: sa.Connection, core: Core, id_: UUID, actor: Actor, action: str, values: dict[str, Any]
) -> Macro:
    changed(conn, core, "macro", id_, actor, action, values, event=c.MACRO_CHANGED)
    return one(conn, str(id_), actor)


def _key_of(conn: sa.Connection, title: dict[str, str]) -> str:
    base = re.sub(r"[^a-z0-9]+", "_", next(iter(title.values())).lower()).strip("_")[:60] or "macro"
    taken = set(conn.execute(sa.select(macro.c.key).where(macro.c.key.startswith(base))).scalars())
    return next(name for n in range(1, 10_000) if (name := base if n == 1 else f"{base}_{n}") not in taken)


def _category(conn: sa.Connection, core: Core, key: str | None) -> str | None:
    if not key:
        return None
    found = core.lookups.get(conn).category_key(key)
    if found is None:
        raise Invalid(errors=[FieldError("category", "There is no such category.", "unknown")])
    return found


def _team(conn: sa.Connection, core: Core, data: NewMacro) -> str | None:
    if data.scope != "team" or not data.team:
        return None
    found = core.lookups.get(conn).team_key(data.team)
    if found is None:
        raise Invalid(errors=[FieldError("team", "There is no such team.", "unknown")])
    return found


def _actions(conn: sa.Connection, core: Core, actions: dict[str, Any], actor: Actor) -> dict[str, Any]:
    """What the macro sets, each value checked as on a ticket; raises :class:`Invalid` with all that is wrong."""
    if wrong := sorted(actions.keys() - _ACTIONS):
        raise Invalid(errors=[FieldError(f"actions.{wrong[0][:40]}", "A macro cannot do this.", "unknown")])
    values = Values(conn, core.lookups.reload(conn), actor)
    for field, value in actions.items():
        fits = isinstance(value, list) and all(isinstance(tag, str) for tag in value)
        if not (fits if field == "tags" else isinstance(value, str)):
            raise Invalid(errors=[FieldError(f"actions.{field}", "This is no value for it.", "invalid")])
        if value != "me" or field != "assignee":  # whoever uses the macro
            values.check(field, value)
    if values.problems:
        raise Invalid(errors=[FieldError(f"actions.{p.field}", p.message, p.code) for p in values.problems])
    return actions


def _does_something(values: Mapping[str, Any]) -> None:
    if not values["body"] and not values["actions"]:
        raise Invalid(errors=[FieldError("body", "A macro says or does something.", "empty")])


def preview(conn: sa.Connection, data: MacroDraft, actor: Actor) -> MacroPreview:
    """A text that is being written, filled for a ticket in each of its languages."""
    values = values_for(repository.by_number(conn, data.ticket, actor), actor)
    body = texts(data.body, "body")
    return MacroPreview(
        texts={lang: render(text, values) for lang, text in body.items()},
        unknown=[name for name in variables(body) if name not in values],
    )


def rendered(conn: sa.Connection, key: str, number: int, actor: Actor) -> RenderedMacro:
    """The macro's text for a ticket, in the customer's language where it has one."""
    row = find(conn, key, actor)
    ticket = repository.by_number(conn, number, actor)
    language = next(
        (one for one in (ticket["language"], ticket["requester_locale"], "en", "es") if one in row["body"]),
        "",
    )
    text = row["body"].get(language, "")
    return RenderedMacro(
        id=row["id"], language=language, text=render(text, values_for(ticket, actor)), actions=row["actions"]
    )


def values_for(ticket: Row, actor: Actor) -> dict[str, str]:
    """What a macro may name."""
    name, agent = ticket["requester_name"], actor.name
    return {
        "ticket.number": str(ticket["number"]),
        "ticket.subject": ticket["subject"],
        "ticket.requester.name": name,
        "ticket.requester.first_name": name.split()[0] if "@" not in name and name.split() else "",
        "ticket.requester.email": ticket["requester_email"] or "",
        "agent.name": agent,
        "agent.first_name": agent.split()[0] if agent.split() else "",
    }
