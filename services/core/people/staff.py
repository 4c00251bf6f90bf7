"""Staff and teams: who works here, at what, and how much at once."""

import asyncio
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.common.errors import Conflict, FieldError, Invalid, NotFound
from services.common.http import Actor
from services.common.ids import uuid7
from services.common.text import normalise_email, single_line
from services.core import contract as c
from services.core.contract import NewStaff, NewTeam, Staff, StaffChanges, StaffRef, Team, TeamChanges
from services.core.desk import Core
from services.core.identity.passwords import check_strength, hash_password
from services.core.models import staff, team, team_member, ticket
from services.core.taxonomy.checks import given, named, texts, versioned_update
from services.core.taxonomy.errors import KeyTaken, NotKnown
from services.core.taxonomy.service import changed
from services.core.tickets.query import ACTIVE


class StaffNotFound(NotFound):
    code, title = "core.staff_not_found", "There is no such colleague"


class AddressTaken(Conflict):
    code, title = "core.address_taken", "Somebody has this address already"


class LastAdmin(Conflict):
    code, title = "core.last_admin", "A desk needs an admin"


def everyone(conn: sa.Connection) -> list[Staff]:
    """All staff by name, with teams and the tickets that each has on the desk now."""
    teams: dict[UUID, list[str]] = {}
    for member, key in conn.execute(
        sa.select(team_member.c.staff_id, team.c.key)
        .join(team, team.c.id == team_member.c.team_id)
        .order_by(team.c.key)
    ):
        teams.setdefault(member, []).append(key)
    counted = conn.execute(
        sa.select(ticket.c.assignee_id, sa.func.count())
        .where(ticket.c.assignee_id.is_not(None), ACTIVE)
        .group_by(ticket.c.assignee_id)
    )
    load: dict[UUID | None, int] = {row[0]: row[1] for row in counted}
    return [
        Staff(
            id=r.id,
            name=r.name,
            email=r.email,
            roles=r.roles,
            teams=teams.get(r.id, []),
            skills=r.skills,
            languages=r.languages,
            capacity=r.capacity,
            load=load.get(r.id, 0),
            active=r.active,
            locale=r.locale,
            version=r.version,
        )
        for r in conn.execute(sa.select(staff).order_by(staff.c.name, staff.c.id))
    ]


def _one(conn: sa.Connection, staff_id: UUID) -> Staff:
    found = next((one for one in everyone(conn) if one.id == staff_id), None)
    if found is None:
        raise StaffNotFound
    return found


async def password_hash(password: str | None) -> str | None:
    """The hash of a password given by an admin, made off the loop; raises :class:`WeakPassword`."""
    if password is None:
        return None
    check_strength(password)
    return await asyncio.to_thread(hash_password, password)


def add(conn: sa.Connection, core: Core, data: NewStaff, hashed: str | None, actor: Actor) -> Staff:
    """A new colleague; raises :class:`AddressTaken`."""
    email, name = normalise_email(data.email), single_line(data.name, 200)
    if email is None or not name or not data.roles:
        raise Invalid(errors=[FieldError("email", "An address, a name and a role are needed.", "invalid")])
    if conn.execute(sa.select(staff.c.id).where(staff.c.email == email)).first() is not None:
        raise AddressTaken
    id_ = uuid7()
    values = _checked(
        {
            "roles": sorted(set(data.roles)),
            "skills": data.skills,
            "languages": data.languages,
            "capacity": data.capacity,
        }
    )
    conn.execute(
        staff.insert(),
        {
            "id": id_,
            "name": name,
            "email": email,
            "locale": data.locale,
            "active": True,
            "password_hash": hashed,
            "totp_secret": None,
            "epoch": 1,
            "version": 1,
            "created_at": core.now(),
            **values,
        },
    )
    _join(conn, core, id_, data.teams)
    changed(conn, core, "staff", id_, actor, "created", {"name": name, **values}, event=c.STAFF_CHANGED)
    return _one(conn, id_)


def change(conn: sa.Connection, core: Core, staff_id: UUID, data: StaffChanges, actor: Actor) -> Staff:
    """Change a colleague. New roles, or leaving, end their sessions within the minute."""
    before = _one(conn, staff_id)
    values = _checked(
        given(
            name=data.name,
            roles=data.roles,
            skills=data.skills,
            languages=data.languages,
            capacity=data.capacity,
            active=data.active,
        )
    )
    loses_admin = "admin" in before.roles and (
        "admin" not in values.get("roles", before.roles) or values.get("active") is False
    )
    others = [s for s in everyone(conn) if s.id != staff_id and s.active and "admin" in s.roles]
    if loses_admin and not others:
        raise LastAdmin
    revoked = {"epoch": staff.c.epoch + 1} if "roles" in values or values.get("active") is False else {}
    versioned_update(conn, staff, staff.c.id == staff_id, data.version, {**values, **revoked})
    teams = given(teams=data.teams)
    if teams:
        conn.execute(team_member.delete().where(team_member.c.staff_id == staff_id))
        _join(conn, core, staff_id, teams["teams"])
    changed(conn, core, "staff", staff_id, actor, "changed", {**values, **teams}, event=c.STAFF_CHANGED)
    return _one(conn, staff_id)


def _checked(values: dict[str, Any]) -> dict[str, Any]:
    if "name" in values:
        values["name"] = single_line(values["name"], 200)
        if not values["name"]:
            raise Invalid(errors=[FieldError("name", "The name is empty.", "empty")])
    if "roles" in values and not values["roles"]:
        raise Invalid(errors=[FieldError("roles", "A colleague has a role.", "empty")])
    if "capacity" in values and not 0 <= values["capacity"] <= 10_000:
        raise Invalid(errors=[FieldError("capacity", "Between 0 and 10000.", "invalid")])
    for field in ("skills", "languages"):
        if field in values:
            values[field] = sorted({single_line(one, 80) for one in values[field][:500]} - {""})
    return values


def _join(conn: sa.Connection, core: Core, staff_id: UUID, keys: list[str]) -> None:
    known = core.lookups.reload(conn)
    for given_key in dict.fromkeys(keys):
        key = known.team_key(given_key)
        if key is None:
            raise Invalid(errors=[FieldError("teams", f"There is no team {given_key[:80]!r}.", "unknown")])
        conn.execute(team_member.insert(), {"team_id": known.teams[key].id, "staff_id": staff_id})


def teams(conn: sa.Connection) -> list[Team]:
    """All teams by key, with their members."""
    members: dict[UUID, list[StaffRef]] = {}
    for row in conn.execute(
        sa.select(team_member.c.team_id, staff.c.id, staff.c.name, staff.c.email)
        .join(staff, staff.c.id == team_member.c.staff_id)
        .where(staff.c.active.is_(True))
        .order_by(staff.c.name)
    ):
        members.setdefault(row.team_id, []).append(StaffRef(id=row.id, name=row.name, email=row.email))
    return [
        Team(
            id=r.id,
            key=r.key,
            name=r.name,
            description=r.description,
            members=members.get(r.id, []),
            active=r.active,
            version=r.version,
        )
        for r in conn.execute(sa.select(team).order_by(team.c.key))
    ]


def add_team(conn: sa.Connection, core: Core, data: NewTeam, actor: Actor) -> Team:
    """A new team; raises :class:`KeyTaken`."""
    if conn.execute(sa.select(team.c.id).where(team.c.key == data.key)).first() is not None:
        raise KeyTaken
    id_ = uuid7()
    values = {
        "key": data.key,
        "name": named(data.name),
        "description": texts(data.description, "description"),
    }
    conn.execute(team.insert(), {"id": id_, "active": True, "version": 1, **values})
    _members(conn, id_, data.members)
    changed(conn, core, "team", id_, actor, "created", values)
    return _team(conn, data.key)


def change_team(conn: sa.Connection, core: Core, key: str, data: TeamChanges, actor: Actor) -> Team:
    """Rename a team, choose its members, switch it off."""
    before = _team(conn, key)
    values = given(name=data.name, description=data.description, active=data.active)
    if "name" in values:
        values["name"] = named(values["name"])
    if "description" in values:
        values["description"] = texts(values["description"], "description")
    versioned_update(conn, team, team.c.key == key, data.version, values)
    members = given(members=data.members)
    if members:
        conn.execute(team_member.delete().where(team_member.c.team_id == before.id))
        _members(conn, before.id, members["members"])
        members["members"] = [str(one) for one in members["members"]]
    changed(conn, core, "team", before.id, actor, "changed", {**values, **members})
    return _team(conn, key)


def _team(conn: sa.Connection, key: str) -> Team:
    found = next((one for one in teams(conn) if one.key == key), None)
    if found is None:
        raise NotKnown
    return found


def _members(conn: sa.Connection, team_id: UUID, members: list[UUID]) -> None:
    known = set(conn.execute(sa.select(staff.c.id).where(staff.c.id.in_(members))).scalars())
    if unknown := [one for one in members if one not in known]:
        raise Invalid(errors=[FieldError("members", f"There is no colleague {unknown[0]}.", "unknown")])
    if known:
        conn.execute(team_member.insert(), [{"team_id": team_id, "staff_id": one} for one in sorted(known)])
