"""People as actors: staff and contacts by address or id, with what they may do now."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from msgspec import Struct

from services.common.http import Actor
from services.common.http.actor import ROLE_SCOPES, scopes_of
from services.core.contract import Person
from services.core.models import contact, contact_identity, staff, team, team_member


class Account(Struct, kw_only=True):
    """Somebody who can sign in. ``active`` is false for staff that left."""

    id: UUID
    kind: str
    name: str
    email: str
    roles: list[str]
    locale: str
    epoch: int
    active: bool
    password_hash: str | None
    totp_secret: str | None = None
    teams: list[str] = []

    @property
    def actor(self) -> Actor:
        """What goes into the signed token."""
        roles = tuple(self.roles)
        scopes = scopes_of(roles)
        return Actor(
            id=str(self.id),
            kind=self.kind,
            roles=roles,
            scopes=scopes,
            name=self.name,
            email=self.email,
            locale=self.locale,
            epoch=self.epoch,
        )

    @property
    def person(self) -> Person:
        """What the person is told about themselves."""
        return Person(
            id=str(self.id),
            kind="staff" if self.kind == "staff" else "contact",
            name=self.name,
            email=self.email,
            roles=list(self.roles),
            scopes=list(self.actor.scopes),
            locale=self.locale,
            teams=self.teams,
        )


def by_email(conn: sa.Connection, email: str) -> Account | None:
    """The account behind an address; staff first, so that nobody takes a colleague's place as a customer."""
    row = conn.execute(sa.select(staff).where(staff.c.email == email)).first()
    if row is not None:
        return _staff(conn, row)
    query = (
        sa.select(contact)
        .join(contact_identity, contact_identity.c.contact_id == contact.c.id)
        .where(contact_identity.c.kind == "email", contact_identity.c.value == email)
    )
    found = conn.execute(query).first()
    return _contact(found) if found is not None else None


def by_id(conn: sa.Connection, kind: str, person_id: UUID) -> Account | None:
    """The account with this id."""
    if kind == "staff":
        row = conn.execute(sa.select(staff).where(staff.c.id == person_id)).first()
        return _staff(conn, row) if row is not None else None
    row = conn.execute(sa.select(contact).where(contact.c.id == person_id)).first()
    return _contact(row) if row is not None else None


def _staff(conn: sa.Connection, row: Any) -> Account:
    teams = conn.execute(
        sa.select(team.c.key)
        .join(team_member, team_member.c.team_id == team.c.id)
        .where(team_member.c.staff_id == row.id)
        .order_by(team.c.key)
    ).scalars()
    return Account(
        id=row.id,
        kind="staff",
        name=row.name,
        email=row.email,
        roles=row.roles,
        locale=row.locale,
        epoch=row.epoch,
        active=row.active,
        password_hash=row.password_hash,
        totp_secret=row.totp_secret,
        teams=list(teams),
    )


def _contact(row: Any) -> Account:
    return Account(
        id=row.id,
        kind="contact",
        name=row.name,
        email=row.email or "",
        roles=["customer"],
        locale=row.locale,
        epoch=row.epoch,
        active=True,
        password_hash=row.password_hash,
    )


def token_scopes(scopes: list[str]) -> tuple[str, ...]:
    """Scopes of an API token; ``admin`` brings the others with it, as it does for a person."""
    return tuple(sorted({*scopes, *(ROLE_SCOPES["admin"] if "admin" in scopes else ())}))
