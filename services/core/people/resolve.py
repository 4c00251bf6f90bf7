"""From an identity to a contact: found, or made on the spot."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from services.common.db.compiled import CompiledInsert, CompiledSelect
from services.common.errors import NotFound
from services.common.ids import uuid7
from services.core.intake.inbound import Sender
from services.core.models import contact, contact_identity, organization

_PERSON = (
    contact.c.id.label("requester_id"),
    contact.c.name.label("requester_name"),
    contact.c.email.label("requester_email"),
    contact.c.tier.label("requester_tier"),
    contact.c.locale.label("requester_locale"),
    contact.c.organization_id.label("organization_id"),
    organization.c.name.label("organization_name"),
)
_WITH_ORGANIZATION = contact.outerjoin(organization, contact.c.organization_id == organization.c.id)
_by_id = CompiledSelect(
    sa.select(*_PERSON, contact.c.merged_into)
    .select_from(_WITH_ORGANIZATION)
    .where(contact.c.id == sa.bindparam("id"))
)
_by_identity = CompiledSelect(
    sa.select(*_PERSON)
    .select_from(_WITH_ORGANIZATION.join(contact_identity, contact_identity.c.contact_id == contact.c.id))
    .where(contact_identity.c.kind == sa.bindparam("kind"), contact_identity.c.value == sa.bindparam("value"))
)
_CONFLICT = ["kind", "value"]
_ADD_IDENTITY = {
    "sqlite": sqlite.insert(contact_identity).on_conflict_do_nothing(index_elements=_CONFLICT),
    "postgresql": postgresql.insert(contact_identity).on_conflict_do_nothing(index_elements=_CONFLICT),
}
_add_contact = CompiledInsert(contact)


class ContactNotFound(NotFound):
    code, title = "core.contact_not_found", "There is no such contact"


def resolve(conn: sa.Connection, sender: Sender, language: str, at: datetime) -> dict[str, Any]:
    """The contact's columns as they stand beside a ticket.

    Two messages of a new person at the same moment make one contact: whoever is second takes the first's.
    """
    if sender.contact_id is not None:
        row = _by_id(conn, id=sender.contact_id)
        while row is not None and (into := row.pop("merged_into")) is not None:
            row = _by_id(conn, id=into)  # whoever turned out to be somebody else writes as that one
        if row is None:
            raise ContactNotFound
        return row
    return _by_identity(conn, kind=sender.kind, value=sender.value) or _make(conn, sender, language, at)


def _make(conn: sa.Connection, sender: Sender, language: str, at: datetime) -> dict[str, Any]:
    contact_id = uuid7()
    email = sender.value if sender.kind == "email" else None
    row = {
        "id": contact_id,
        "name": sender.name or (email or sender.value).split("@")[0],
        "email": email,
        "organization_id": None,
        "tier": "standard",
        "locale": language if language in {"en", "es"} else "en",
        "notes": "",
        "password_hash": None,
        "epoch": 1,
        "version": 1,
        "created_at": at,
        "updated_at": at,
    }
    _add_contact(conn, row)
    identity = {
        "kind": sender.kind,
        "value": sender.value,
        "contact_id": contact_id,
        "verified": sender.verified,
        "created_at": at,
    }
    if conn.execute(_ADD_IDENTITY[conn.dialect.name], identity).rowcount == 0:
        conn.execute(contact.delete().where(contact.c.id == contact_id))
        found = _by_identity(conn, kind=sender.kind, value=sender.value)
        assert found is not None
        return found
    return {
        "requester_id": contact_id,
        "requester_name": row["name"],
        "requester_email": email,
        "requester_tier": "standard",
        "requester_locale": row["locale"],
        "organization_id": None,
        "organization_name": None,
    }
