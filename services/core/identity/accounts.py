"""Making accounts from the command line and for the demo desk: idempotent by e-mail address."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from services.common.events import record
from services.common.ids import uuid7
from services.core import contract as c
from services.core.audit import note
from services.core.contract import Author
from services.core.models import contact, contact_identity, staff
from services.core.taxonomy.lookups import bump


def keep_staff(
    conn: sa.Connection,
    *,
    email: str,
    name: str,
    role: str,
    password_hash: str | None,
    locale: str,
    at: datetime,
    author: Author,
    skills: list[str] | None = None,
    languages: list[str] | None = None,
    capacity: int = 20,
) -> UUID:
    """The colleague with this address, made or given the role and password. A new password ends sessions."""
    row = conn.execute(sa.select(staff).where(staff.c.email == email)).first()
    if row is None:
        id_ = uuid7()
        conn.execute(
            staff.insert(),
            {
                "id": id_,
                "name": name,
                "email": email,
                "roles": [role],
                "skills": skills or [],
                "languages": languages or [locale],
                "capacity": capacity,
                "locale": locale,
                "active": True,
                "password_hash": password_hash,
                "totp_secret": None,
                "epoch": 1,
                "version": 1,
                "created_at": at,
            },
        )
    else:
        id_ = row.id
        conn.execute(
            staff.update()
            .where(staff.c.id == id_)
            .values(
                roles=[role],
                active=True,
                password_hash=password_hash or row.password_hash,
                epoch=row.epoch + 1,
                version=row.version + 1,
            )
        )
    note(
        conn,
        at=at,
        subject="staff",
        subject_id=id_,
        action="created" if row is None else "changed",
        author=author,
    )
    record(conn, c.STAFF_CHANGED, {"kind": "staff", "id": str(id_), "version": bump(conn)})
    return id_


def keep_contact(
    conn: sa.Connection,
    *,
    email: str,
    name: str,
    password_hash: str | None,
    locale: str,
    at: datetime,
    author: Author,
    role: str = "customer",
    tier: str = "standard",
) -> UUID:
    """The customer with this address, made or given a password; whoever runs the desk vouches for the address."""
    match = contact_identity.c.kind == "email", contact_identity.c.value == email
    id_ = conn.execute(sa.select(contact_identity.c.contact_id).where(*match)).scalar()
    made = id_ is None
    if id_ is None:
        id_ = uuid7()
        conn.execute(
            contact.insert(),
            {
                "id": id_,
                "name": name,
                "email": email,
                "organization_id": None,
                "tier": tier,
                "locale": locale,
                "notes": "",
                "password_hash": password_hash,
                "epoch": 1,
                "version": 1,
                "created_at": at,
                "updated_at": at,
            },
        )
        conn.execute(
            contact_identity.insert(),
            {
                "kind": "email",
                "value": email,
                "contact_id": id_,
                "verified": True,
                "created_at": at,
            },
        )
    elif password_hash is not None:
        conn.execute(
            contact.update()
            .where(contact.c.id == id_)
            .values(
                password_hash=password_hash,
                epoch=contact.c.epoch + 1,
                version=contact.c.version + 1,
                updated_at=at,
            )
        )
    note(
        conn, at=at, subject="contact", subject_id=id_, action="created" if made else "changed", author=author
    )
    return id_
