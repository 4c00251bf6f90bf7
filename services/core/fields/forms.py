"""Keeping forms, and handing them out as their reader may see them."""

from functools import partial
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.common.errors import FieldError, Invalid
from services.common.http import Actor
from services.common.ids import parse_uuid, uuid7
from services.core.contract import (
    TYPES,
    FormAnswers,
    FormCheck,
    FormCondition,
    FormItem,
    RequestForm,
    RequestFormInput,
)
from services.core.desk import Core
from services.core.fields.rules import evaluate, holds
from services.core.fields.standing import form_for, is_outside, public, visible_to
from services.core.models import contact, organization
from services.core.models import form as form_table
from services.core.taxonomy.checks import named, texts
from services.core.taxonomy.errors import NotKnown, Stale
from services.core.taxonomy.lookups import FormEntry, Taxonomy
from services.core.taxonomy.service import changed
from services.core.tickets.edit import add_tags

MOST_ITEMS, MOST_CONDITIONS, MOST_FORMS = 60, 10, 100


def every(conn: sa.Connection, core: Core, actor: Actor) -> list[RequestForm]:
    """Forms in their order: all of them for staff, those that can be filled in for everybody else."""
    taxonomy = core.lookups.get(conn)
    outside = is_outside(actor)
    known = known_of(conn, actor)
    return [
        view_of(taxonomy, one, actor, known)
        for one in taxonomy.forms.values()
        if not outside or form_for(taxonomy, one.key, actor)
    ]


def one(conn: sa.Connection, core: Core, key: str, actor: Actor) -> RequestForm:
    """One form; raises :class:`NotKnown` where there is none for this reader."""
    taxonomy = core.lookups.get(conn)
    found = form_for(taxonomy, key, actor) if is_outside(actor) else taxonomy.forms.get(key)
    if found is None:
        raise NotKnown
    return view_of(taxonomy, found, actor, known_of(conn, actor))


def check(conn: sa.Connection, core: Core, key: str, data: FormAnswers, actor: Actor) -> FormCheck:
    """What the form asks after these answers; nothing is kept."""
    taxonomy = core.lookups.get(conn)
    found = form_for(taxonomy, key, actor) if is_outside(actor) else taxonomy.forms.get(key)
    if found is None:
        raise NotKnown
    outcome = evaluate(found.items, taxonomy.fields, data.fields, visible=visible_to(taxonomy, actor))
    return FormCheck(
        shown=outcome.shown,
        required=outcome.required,
        errors=[
            {"field": e.field.removeprefix("fields."), "message": e.message, "code": e.code}
            for e in outcome.problems
        ],
    )


def view_of(taxonomy: Taxonomy, entry: FormEntry, actor: Actor, known: dict[str, Any]) -> RequestForm:
    """The form as ``actor`` may see it; ``known`` is what is known of them."""
    visible, inside = visible_to(taxonomy, actor), not is_outside(actor)
    items = [item for item in entry.items if item.field in visible]
    if not inside:
        items = [item for item in map(partial(_without_secrets, visible), items) if item]
        items = [item for item in items if taxonomy.fields[item.field].active]
    fields = [taxonomy.fields[item.field] for item in items]
    shown = RequestForm(
        key=entry.key,
        name=entry.name,
        description=entry.description,
        items=items,
        fields=fields if inside else [public(field) for field in fields],
        position=entry.position,
        prefill={f.key: known[f.source] for f in fields if f.source and known.get(f.source)},
    )
    if inside:
        shown.audience, shown.category = entry.audience, entry.category  # type: ignore[assignment]
        shown.type, shown.tags = entry.type, entry.tags
        shown.active, shown.version = entry.active, entry.version
    return shown


def _without_secrets(visible: frozenset[str], item: FormItem) -> FormItem | None:
    """The item without conditions on what only the desk sees. For a customer, that is never answered."""
    secret = [c for c in item.when if c.field not in visible]
    if not all(holds(c, None) for c in secret):
        return None
    return FormItem(
        field=item.field, required=item.required, when=[c for c in item.when if c.field in visible]
    )


def known_of(conn: sa.Connection, actor: Actor) -> dict[str, Any]:
    """What is known of a customer who is signed in, by the names that a field's ``source`` may have."""
    who = parse_uuid(actor.id) if actor.kind == "contact" else None
    return contact_facts(conn, who) if who else {}


def contact_facts(conn: sa.Connection, contact_id: UUID) -> dict[str, Any]:
    """A contact's fields and the facts that every contact has."""
    row = conn.execute(
        sa.select(
            contact.c.name, contact.c.email, contact.c.fields, organization.c.name.label("organization")
        )
        .select_from(contact.outerjoin(organization, contact.c.organization_id == organization.c.id))
        .where(contact.c.id == contact_id)
    ).first()
    if row is None:
        return {}
    return {**(row.fields or {}), "name": row.name, "email": row.email, "organization": row.organization}


def keep(conn: sa.Connection, core: Core, key: str, data: RequestFormInput, actor: Actor) -> RequestForm:
    """Make or replace a form."""
    taxonomy = core.lookups.reload(conn)
    before = taxonomy.forms.get(key)
    if (before.version if before else 0) != data.version:
        raise Stale(version=before.version if before else None)
    values = _values(taxonomy, data, is_new=before is None)
    add_tags(conn, [one for one in values["tags"] if one not in taxonomy.tags])
    if before is None:
        conn.execute(form_table.insert(), {"id": uuid7(), "key": key, "version": 1, **values})
    else:
        mine = form_table.c.key == key, form_table.c.version == data.version
        if (
            conn.execute(form_table.update().where(*mine).values(**values, version=data.version + 1)).rowcount
            != 1
        ):
            raise Stale
    state = changed(conn, core, "form", key, actor, "changed" if before else "created", values)
    return view_of(state, state.forms[key], actor, {})


def _values(taxonomy: Taxonomy, data: RequestFormInput, *, is_new: bool) -> dict[str, Any]:
    name, description = named(data.name), texts(data.description, "description", 2_000)
    category = taxonomy.category_key(data.category) if data.category else None
    tags = sorted({one.strip().lower() for one in data.tags if one.strip()})
    problems = _item_problems(taxonomy, data.items)
    if data.category and category is None:
        problems.append(FieldError("category", "There is no such category.", "unknown"))
    if data.type and data.type not in TYPES:
        problems.append(
            FieldError("type", "A ticket is a question, an incident, a problem or a task.", "unknown")
        )
    if len(tags) > 20 or any(
        len(one) > 80 or not one.replace("_", "").replace("-", "").isalnum() for one in tags
    ):
        problems.append(FieldError("tags", "Up to 20 tags of letters, digits, _ and -.", "invalid"))
    if is_new and len(taxonomy.forms) >= MOST_FORMS:
        problems.append(FieldError("key", f"A desk has at most {MOST_FORMS} forms.", "too_many"))
    if problems:
        raise Invalid(errors=problems)
    return {
        "name": name, "description": description, "audience": data.audience, "category": category,
        "type": data.type or None, "tags": tags, "asks": data.items,
        "position": max(0, min(data.position, 1_000_000)), "active": data.active,
    }  # fmt: skip


def _item_problems(taxonomy: Taxonomy, items: list[FormItem]) -> list[FieldError]:
    if len(items) > MOST_ITEMS:
        return [FieldError("items", f"A form has at most {MOST_ITEMS} fields.", "too_many")]
    found: list[FieldError] = []
    above: list[str] = []
    for place, item in enumerate(items):
        field = taxonomy.fields.get(item.field)
        if field is None or field.target != "ticket":
            found.append(
                FieldError(f"items.{place}.field", f"There is no field {item.field[:80]!r}.", "unknown")
            )
        elif item.field in above:
            found.append(FieldError(f"items.{place}.field", f"{item.field} is there twice.", "taken"))
        if len(item.when) > MOST_CONDITIONS or not all(_asks_well(c, above) for c in item.when):
            why = f"The conditions of {item.field[:80]} have to ask of fields above it, and for something."
            found.append(FieldError(f"items.{place}.when", why, "order"))
        above.append(item.field)
    return found


def _asks_well(condition: FormCondition, above: list[str]) -> bool:
    if (
        condition.field not in above
        or len(condition.value) > 100
        or any(len(v) > 200 for v in condition.value)
    ):
        return False
    return condition.op in {"filled", "empty"} or any(value.strip() for value in condition.value)
