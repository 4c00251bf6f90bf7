"""Contacts: one person with many identities, and everything they wrote on any channel."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from msgspec import UNSET, convert

from services.common.db.compiled import CompiledSelect
from services.common.errors import Conflict, FieldError, Invalid
from services.common.http import Actor, encode_cursor
from services.common.http.paging import BadCursor, decode_cursor
from services.common.ids import parse_uuid, uuid7
from services.common.text import normalise_email, single_line, strip_control
from services.core.actors import author_of, setter_of
from services.core.audit import note
from services.core.contract import (
    Change,
    Contact,
    ContactChanges,
    ContactPage,
    Funnel,
    Identity,
    MergedContact,
    OrganizationRef,
)
from services.core.desk import Core
from services.core.fields.standing import contact_values
from services.core.models import contact, contact_identity, contact_merge, organization, ticket
from services.core.people.resolve import ContactNotFound
from services.core.search.index import mark_stale
from services.core.taxonomy.checks import given, versioned_update
from services.core.tickets.query import ACTIVE


class IdentityTaken(Conflict):
    code, title = "core.identity_taken", "Another contact has this identity"


class ContactMerged(Conflict):
    """``into`` says where the person is found now."""

    code, title = "core.contact_merged", "This contact was merged into another"


_JOINED = contact.outerjoin(organization, contact.c.organization_id == organization.c.id)
_THEIRS = sa.select(sa.func.count()).where(ticket.c.requester_id == sa.bindparam("contact"))
_one = CompiledSelect(
    sa.select(
        contact,
        organization.c.name.label("organization_name"),
        _THEIRS.where(ACTIVE).scalar_subquery().label("open_tickets"),
        _THEIRS.scalar_subquery().label("tickets"),
    )
    .select_from(_JOINED)
    .where(contact.c.id == sa.bindparam("contact"))
)
_identities_of = CompiledSelect(
    sa.select(contact_identity.c.kind, contact_identity.c.value, contact_identity.c.verified)
    .where(contact_identity.c.contact_id == sa.bindparam("contact"))
    .order_by(contact_identity.c.created_at, contact_identity.c.kind, contact_identity.c.value)
)
_merged_into = CompiledSelect(
    sa.select(contact.c.id, contact.c.name, contact_merge.c.at, contact_merge.c.kept)
    .join(contact, contact.c.id == contact_merge.c.source_id)
    .where(contact_merge.c.target_id == sa.bindparam("contact"))
    .order_by(contact_merge.c.at.desc(), contact.c.id)
)


def page(conn: sa.Connection, q: str, limit: int, cursor: str | None) -> ContactPage:
    """Contacts whose name or address contains ``q``, newest first; who was merged into another is that one."""
    query = sa.select(contact, organization.c.name.label("organization_name")).select_from(_JOINED)
    query = query.where(contact.c.merged_into.is_(None))
    if q:
        query = query.where(
            sa.or_(*[c.icontains(q, autoescape=True) for c in (contact.c.name, contact.c.email)])
        )
    if (after := decode_cursor(cursor, str)) is not None:
        last = parse_uuid(after[0])
        if last is None:
            raise BadCursor
        query = query.where(contact.c.id < last)
    rows = conn.execute(query.order_by(contact.c.id.desc()).limit(limit + 1)).mappings().all()
    items = _views(conn, [dict(row) for row in rows[:limit]])
    return ContactPage(
        items=items, next_cursor=encode_cursor(str(items[-1].id)) if len(rows) > limit else None
    )


def one(conn: sa.Connection, contact_id: UUID) -> Contact:
    """One contact; raises :class:`ContactNotFound`."""
    row = _one(conn, contact=contact_id)
    if row is None:
        raise ContactNotFound
    identities = [Identity(**identity) for identity in _identities_of.all(conn, contact=contact_id)]
    found = _view(row, identities, row["open_tickets"], row["tickets"])
    found.merged = _merged(conn, contact_id)
    return found


def _merged(conn: sa.Connection, contact_id: UUID) -> list[MergedContact]:
    """Who went into a contact, the last one first."""
    return [
        MergedContact(id=row["id"], name=row["name"], at=row["at"], tickets=len(row["kept"]["tickets"]))
        for row in _merged_into.all(conn, contact=contact_id)
    ]


def _views(conn: sa.Connection, rows: list[dict[str, Any]]) -> list[Contact]:
    ids = [row["id"] for row in rows]
    identities: dict[UUID, list[Identity]] = {}
    for r in conn.execute(
        sa.select(contact_identity)
        .where(contact_identity.c.contact_id.in_(ids))
        .order_by(contact_identity.c.created_at, contact_identity.c.kind, contact_identity.c.value)
    ):
        identities.setdefault(r.contact_id, []).append(
            Identity(kind=r.kind, value=r.value, verified=r.verified)
        )
    is_open = sa.case((ACTIVE, 1), else_=0)
    counts: dict[UUID, tuple[int, int]] = {
        r[0]: (r[1], r[2])
        for r in conn.execute(
            sa.select(ticket.c.requester_id, sa.func.sum(is_open), sa.func.count())
            .where(ticket.c.requester_id.in_(ids))
            .group_by(ticket.c.requester_id)
        )
    }
    return [_view(row, identities.get(row["id"], []), *counts.get(row["id"], (0, 0))) for row in rows]


def _view(row: dict[str, Any], identities: list[Identity], open_tickets: int, tickets: int) -> Contact:
    organized = row["organization_id"]
    return Contact(
        id=row["id"],
        name=row["name"],
        email=row["email"],
        identities=identities,
        organization=OrganizationRef(id=organized, name=row["organization_name"]) if organized else None,
        tier=row["tier"],
        locale=row["locale"],
        notes=row["notes"],
        funnel=convert(row["funnel"], Funnel) if row["funnel"] else None,
        open_tickets=int(open_tickets),
        tickets=int(tickets),
        version=row["version"],
        created_at=row["created_at"],
        fields=row["fields"] or {},
        merged_into=row["merged_into"] or UNSET,
    )


def change(conn: sa.Connection, core: Core, contact_id: UUID, data: ContactChanges, actor: Actor) -> Contact:
    """Change a contact. What shows on tickets shows at once, on all of theirs."""
    before = one(conn, contact_id)
    if before.merged_into is not UNSET:
        raise ContactMerged(into=str(before.merged_into))
    values = given(name=data.name, tier=data.tier, locale=data.locale, notes=data.notes)
    if "name" in values:
        values["name"] = single_line(values["name"], 200)
        if not values["name"]:
            raise Invalid(errors=[FieldError("name", "The name is empty.", "empty")])
    if "locale" in values and values["locale"] not in {"en", "es"}:
        raise Invalid(errors=[FieldError("locale", "The languages are en and es.", "unknown")])
    if "notes" in values:
        values["notes"] = strip_control(values["notes"])[:20_000]
    organisation = given(organization=data.organization)
    if organisation:
        values["organization_id"] = _organization(conn, core, organisation["organization"])
    own = given(fields=data.fields)
    if own:
        values["fields"] = contact_values(core.lookups.get(conn), before.fields, own["fields"])
    versioned_update(
        conn, contact, contact.c.id == contact_id, data.version, {**values, "updated_at": core.now()}
    )
    if "name" in values:
        mark_stale(conn, ticket.c.requester_id == contact_id)
    added = given(identities=data.add_identities).get("identities", [])
    for identity in added:
        add_identity(conn, core, contact_id, identity)
    changes = [
        Change(
            field=field,
            old=_old(before, field),
            new=str(value) if isinstance(value, UUID) else value,
            set_by=setter_of(actor),
        )
        for field, value in values.items()
    ] + [
        Change(field="identity", old=None, new=f"{i.kind}:{i.value}", set_by=setter_of(actor)) for i in added
    ]
    note(
        conn,
        at=core.now(),
        subject="contact",
        subject_id=contact_id,
        action="changed",
        author=author_of(actor),
        changes=changes,
    )
    return one(conn, contact_id)


def _old(before: Contact, field: str) -> Any:
    if field == "organization_id":
        return str(before.organization.id) if before.organization else None
    return getattr(before, field)


def _organization(conn: sa.Connection, core: Core, name: str | None) -> UUID | None:
    clean = single_line(name or "", 200)
    if not clean:
        return None
    known = conn.execute(sa.select(organization.c.id).where(organization.c.name == clean)).scalar()
    if known is not None:
        return known
    id_ = uuid7()
    conn.execute(organization.insert(), {"id": id_, "name": clean, "created_at": core.now()})
    return id_


def add_identity(conn: sa.Connection, core: Core, contact_id: UUID, identity: Identity) -> None:
    """Another way to reach the contact; raises :class:`IdentityTaken` where it is somebody else's."""
    value = normalise_email(identity.value) if identity.kind == "email" else single_line(identity.value, 320)
    if not value:
        raise Invalid(errors=[FieldError("add_identities", f"That is no {identity.kind}.", "invalid")])
    match = contact_identity.c.kind == identity.kind, contact_identity.c.value == value
    owner = conn.execute(sa.select(contact_identity.c.contact_id).where(*match)).scalar()
    if owner is not None:
        if owner != contact_id:
            raise IdentityTaken
        return
    conn.execute(
        contact_identity.insert(),
        {
            "kind": identity.kind,
            "value": value,
            "contact_id": contact_id,
            "verified": identity.verified,
            "created_at": core.now(),
        },
    )
    if identity.kind == "email":
        conn.execute(
            contact.update().where(contact.c.id == contact_id, contact.c.email.is_(None)).values(email=value)
        )
