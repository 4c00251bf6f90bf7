"""Keeping the definitions of fields: made, changed, taken out of use without losing what they hold."""

from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

import sqlalchemy as sa

from services.common.errors import FieldError, Invalid
from services.common.http import Actor
from services.common.ids import uuid7
from services.core.contract import STATUSES, CustomField, CustomFieldInput, FieldRetired
from services.core.desk import Core
from services.core.fields.kinds import TEXTS, is_pattern
from services.core.models import contact, custom_field, form, ticket, ticket_template
from services.core.taxonomy.checks import named, texts
from services.core.taxonomy.errors import NotKnown, Stale
from services.core.taxonomy.service import changed

MOST_FIELDS, MOST_OPTIONS = 200, 200
BUILT_IN_SOURCES = ("name", "email", "organization")
TICKET_WORDS = frozenset({"form", "status", "subject"})
"""Words that a form or a page uses itself, and no key of a field may be."""


def keep(conn: sa.Connection, core: Core, key: str, data: CustomFieldInput, actor: Actor) -> CustomField:
    """Make or replace a definition. What kind it is of, and whose it is, stays: values of it may be stored."""
    known = core.lookups.reload(conn).fields
    before = known.get(key)
    if (before.version if before else 0) != data.version:
        raise Stale(version=before.version if before else None)
    values = _values(key, data, before, known)
    if before is None:
        conn.execute(custom_field.insert(), {"id": uuid7(), "key": key, "version": 1, **values})
    else:
        mine = custom_field.c.key == key, custom_field.c.version == data.version
        if (
            conn.execute(
                custom_field.update().where(*mine).values(**values, version=data.version + 1)
            ).rowcount
            != 1
        ):
            raise Stale
    action = "changed" if before else "created"
    return changed(conn, core, "field", key, actor, action, values).fields[key]


def retire(conn: sa.Connection, core: Core, key: str, actor: Actor) -> FieldRetired:
    """Remove a field that nothing has; one that is in use is switched off, and what it holds stays."""
    field = core.lookups.reload(conn).fields.get(key)
    if field is None:
        raise NotKnown
    if holds_data(conn, key) or _is_used(conn, key):
        conn.execute(
            custom_field.update()
            .where(custom_field.c.key == key)
            .values(active=False, version=custom_field.c.version + 1)
        )
        changed(conn, core, "field", key, actor, "retired", {"active": False})
        return FieldRetired(key=key, deleted=False)
    conn.execute(custom_field.delete().where(custom_field.c.key == key))
    changed(conn, core, "field", key, actor, "deleted", {})
    return FieldRetired(key=key, deleted=True)


def holds_data(conn: sa.Connection, key: str) -> bool:
    """Whether a ticket, a contact or a template has a value of the field. Values are JSON text, keys are safe in it."""
    for column in (ticket.c.fields, contact.c.fields, ticket_template.c.fields):
        has_it = sa.type_coerce(column, sa.Text).contains(f'"{key}":', autoescape=True)
        if conn.execute(sa.select(sa.literal(1)).where(has_it).limit(1)).first():
            return True
    return False


def _is_used(conn: sa.Connection, key: str) -> bool:
    return any(
        one["field"] == key or any(c["field"] == key for c in one["when"])
        for asks in conn.execute(sa.select(form.c.asks)).scalars()
        for one in asks
    )


def _values(
    key: str, data: CustomFieldInput, before: CustomField | None, known: dict[str, CustomField]
) -> dict[str, Any]:
    name, help_ = named(data.name), texts(data.help, "help", 2_000)
    problems = [
        *_identity_problems(key, data, before, len(known)),
        *_option_problems(data),
        *_bound_problems(data),
        *_use_problems(data, known),
    ]
    if problems:
        raise Invalid(errors=problems)
    return {
        "target": data.target, "kind": data.kind, "name": name, "help": help_,
        "options": [{"key": one.key, "name": named(one.name)} for one in data.options],
        "visibility": data.visibility, "required": data.required, "required_for": sorted(set(data.required_for)),
        "minimum": data.minimum.strip(), "maximum": data.maximum.strip(), "pattern": data.pattern,
        "source": data.source, "position": max(0, min(data.position, 1_000_000)), "active": data.active,
    }  # fmt: skip


def _identity_problems(
    key: str, data: CustomFieldInput, before: CustomField | None, count: int
) -> list[FieldError]:
    found = []
    if before is None and key in TICKET_WORDS:
        found.append(FieldError("key", "This word has a meaning of its own here; take another key.", "taken"))
    if before is None and count >= MOST_FIELDS:
        found.append(FieldError("key", f"A desk has at most {MOST_FIELDS} fields of its own.", "too_many"))
    if before is not None and before.kind != data.kind:
        found.append(FieldError("kind", "The kind of a field stays: values of it may be stored.", "fixed"))
    if before is not None and before.target != data.target:
        found.append(FieldError("target", "What a field belongs to stays.", "fixed"))
    return found


def _option_problems(data: CustomFieldInput) -> list[FieldError]:
    keys = [option.key for option in data.options]
    if data.kind not in {"choice", "choices"}:
        return [FieldError("options", "Only choices have options.", "invalid")] if keys else []
    if not keys:
        return [FieldError("options", "A choice needs something to choose from.", "empty")]
    if len(keys) > MOST_OPTIONS:
        return [FieldError("options", f"At most {MOST_OPTIONS} options.", "too_many")]
    if len(set(keys)) != len(keys):
        return [FieldError("options", "Two options have the same key.", "taken")]
    if any(not any(text.strip() for text in option.name.values()) for option in data.options):
        return [FieldError("options", "Every option needs a name.", "empty")]
    return []


def _bound_problems(data: CustomFieldInput) -> list[FieldError]:
    found = []
    for name in ("minimum", "maximum"):
        text = getattr(data, name).strip()
        if text and not _is_bound(data.kind, text):
            found.append(FieldError(name, "This is no bound for a field of this kind.", "invalid"))
    if data.minimum.strip() and data.maximum.strip() and not found and not _in_order(data):
        found.append(FieldError("maximum", "The maximum is less than the minimum.", "invalid"))
    if data.pattern and (data.kind not in TEXTS or len(data.pattern) > 300 or not is_pattern(data.pattern)):
        why = (
            "This pattern cannot be used. Look-around and back-references are left out: they can hang a desk."
        )
        found.append(FieldError("pattern", why, "invalid"))
    return found


def _is_bound(kind: str, text: str) -> bool:
    try:
        if kind in TEXTS:
            return text.isdecimal() and 0 < int(text) <= 100_000
        if kind in {"number", "amount"}:
            return len(text) <= 30 and Decimal(text).is_finite()
        return kind == "date" and date.fromisoformat(text).isoformat() == text
    except (InvalidOperation, ValueError):
        return False


def _in_order(data: CustomFieldInput) -> bool:
    if data.kind == "date":
        return data.minimum.strip() <= data.maximum.strip()
    return Decimal(data.minimum) <= Decimal(data.maximum)


def _use_problems(data: CustomFieldInput, known: dict[str, CustomField]) -> list[FieldError]:
    found = []
    if wrong := sorted(set(data.required_for) - set(STATUSES)):
        found.append(FieldError("required_for", f"There is no status {wrong[0][:40]!r}.", "unknown"))
    if data.target == "contact" and (data.required_for or data.source):
        found.append(FieldError("required_for", "This is for fields of tickets.", "invalid"))
    source = known.get(data.source)
    if (
        data.source
        and data.source not in BUILT_IN_SOURCES
        and (source is None or source.target != "contact" or source.visibility == "staff")
    ):
        found.append(
            FieldError("source", "There is no field of contacts by this key that customers see.", "unknown")
        )
    return found
