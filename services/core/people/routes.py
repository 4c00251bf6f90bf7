"""People over HTTP."""

from uuid import UUID

from litestar import delete, get, patch, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody

from services.common.errors import Forbidden
from services.common.http import Actor, clamp_limit, require
from services.common.text import single_line
from services.core.contract import (
    Contact,
    ContactChanges,
    ContactOverview,
    ContactPage,
    FunnelKept,
    FunnelUpdate,
    NewContactMerge,
    NewStaff,
    NewTeam,
    Staff,
    StaffChanges,
    Team,
    TeamChanges,
)
from services.core.desk import Core
from services.core.people import contacts, funnel, merging, overview, staff
from services.core.taxonomy.routes import staff_only


def agents_only(actor: Actor) -> None:
    """Customers' data is for whoever answers them."""
    staff_only(actor)
    if not actor.is_agent:
        raise Forbidden("Customers' data is for agents.")


@get("/api/v1/contacts", tags=["people"])
async def list_contacts(
    core: NamedDependency[Core],
    actor: NamedDependency[Actor],
    q: FromQuery[str] = "",
    limit: FromQuery[int | None] = None,
    cursor: FromQuery[str | None] = None,
) -> ContactPage:
    """Contacts whose name or address contains `q`, newest first."""
    agents_only(actor)
    wanted = single_line(q, 100)
    return await core.db.read(lambda conn: contacts.page(conn, wanted, clamp_limit(limit), cursor))


@get("/api/v1/contacts/{contact_id:uuid}", tags=["people"])
async def read_contact(
    core: NamedDependency[Core], actor: NamedDependency[Actor], contact_id: FromPath[UUID]
) -> Contact:
    """One contact with all identities. Their tickets are `GET /api/v1/tickets?requester={id}`."""
    agents_only(actor)
    return await core.db.read(lambda conn: contacts.one(conn, contact_id))


@get("/api/v1/contacts/{contact_id:uuid}/overview", tags=["people"])
async def contact_overview(
    core: NamedDependency[Core], actor: NamedDependency[Actor], contact_id: FromPath[UUID]
) -> ContactOverview:
    """A contact with what they have, said, and were helped with: what stands beside a ticket."""
    agents_only(actor)
    return await core.db.read(lambda conn: overview.overview(conn, contact_id, actor))


@post("/api/v1/contacts/funnel", status_code=200, tags=["people"])
async def keep_funnel(
    core: NamedDependency[Core], actor: NamedDependency[Actor], data: JSONBody[FunnelUpdate]
) -> FunnelKept:
    """Bring stages of the sales funnel by e-mail address: where a CRM's adapter writes to."""
    agents_only(actor)
    require(actor, "tickets:write")
    return await core.db.write(lambda conn: funnel.keep(conn, data, actor, core.now()))


@patch("/api/v1/contacts/{contact_id:uuid}", tags=["people"])
async def update_contact(
    core: NamedDependency[Core],
    actor: NamedDependency[Actor],
    contact_id: FromPath[UUID],
    data: JSONBody[ContactChanges],
) -> Contact:
    """Change a contact, or add an identity of theirs."""
    agents_only(actor)
    require(actor, "tickets:write")
    return await core.db.write(lambda conn: contacts.change(conn, core, contact_id, data, actor))


@put("/api/v1/contacts/{contact_id:uuid}/merge", tags=["people"])
async def merge_contact(
    core: NamedDependency[Core],
    actor: NamedDependency[Actor],
    contact_id: FromPath[UUID],
    data: JSONBody[NewContactMerge],
) -> Contact:
    """Make this contact one with another, who has everything of both from then on; answers that one."""
    agents_only(actor)
    require(actor, "tickets:write")
    return await core.db.write(
        lambda conn: merging.merge(conn, core, contact_id, data.into, actor, core.now())
    )


@delete("/api/v1/contacts/{contact_id:uuid}/merge", status_code=200, tags=["people"])
async def unmerge_contact(
    core: NamedDependency[Core], actor: NamedDependency[Actor], contact_id: FromPath[UUID]
) -> Contact:
    """Take the merge of this contact back: what went along comes back, what came since stays."""
    agents_only(actor)
    require(actor, "tickets:write")
    return await core.db.write(lambda conn: merging.unmerge(conn, core, contact_id, actor, core.now()))


@get("/api/v1/staff", tags=["people"])
async def list_staff(core: NamedDependency[Core], actor: NamedDependency[Actor]) -> list[Staff]:
    """Everyone who works here, with capacity and present load."""
    staff_only(actor)
    return await core.db.read(staff.everyone)


@post("/api/v1/staff", tags=["people"])
async def create_staff(
    core: NamedDependency[Core], actor: NamedDependency[Actor], data: JSONBody[NewStaff]
) -> Staff:
    """Add a colleague. Admins only."""
    require(actor, "admin")
    hashed = await staff.password_hash(data.password)
    return await core.db.write(lambda conn: staff.add(conn, core, data, hashed, actor))


@patch("/api/v1/staff/{staff_id:uuid}", tags=["people"])
async def update_staff(
    core: NamedDependency[Core],
    actor: NamedDependency[Actor],
    staff_id: FromPath[UUID],
    data: JSONBody[StaffChanges],
) -> Staff:
    """Change a colleague's roles, teams, skills or capacity, or let them leave. Admins only."""
    require(actor, "admin")
    return await core.db.write(lambda conn: staff.change(conn, core, staff_id, data, actor))


@get("/api/v1/teams", tags=["people"])
async def list_teams(core: NamedDependency[Core], actor: NamedDependency[Actor]) -> list[Team]:
    """Teams with their members."""
    staff_only(actor)
    return await core.db.read(staff.teams)


@post("/api/v1/teams", tags=["people"])
async def create_team(
    core: NamedDependency[Core], actor: NamedDependency[Actor], data: JSONBody[NewTeam]
) -> Team:
    """Add a team. Admins only."""
    require(actor, "admin")
    return await core.db.write(lambda conn: staff.add_team(conn, core, data, actor))


@patch("/api/v1/teams/{key:str}", tags=["people"])
async def update_team(
    core: NamedDependency[Core],
    actor: NamedDependency[Actor],
    key: FromPath[str],
    data: JSONBody[TeamChanges],
) -> Team:
    """Rename a team, choose its members, or switch it off. Admins only."""
    require(actor, "admin")
    return await core.db.write(lambda conn: staff.change_team(conn, core, key, data, actor))


routes = [
    list_contacts,
    read_contact,
    contact_overview,
    keep_funnel,
    update_contact,
    merge_contact,
    unmerge_contact,
    list_staff,
    create_staff,
    update_staff,
    list_teams,
    create_team,
    update_team,
]
