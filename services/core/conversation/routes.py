"""Drafts, presence and followers over HTTP."""

from uuid import UUID

from litestar import delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from services.common.http import Actor
from services.core.contract import Draft, DraftChanges, Here, NewFollower, Presence, StaffRef
from services.core.conversation import service
from services.core.desk import Core
from services.core.settings import MAX_JSON


@get("/api/v1/tickets/{number:int}/draft", tags=["tickets"])
async def read_draft(
    core: NamedDependency[Core], actor: NamedDependency[Actor], number: FromPath[int]
) -> Draft:
    """Your unsent text on a ticket."""
    return await core.db.read(lambda conn: service.read_draft(conn, number, actor))


@put("/api/v1/tickets/{number:int}/draft", tags=["tickets"], request_max_body_size=MAX_JSON)
async def keep_draft(
    core: NamedDependency[Core],
    actor: NamedDependency[Actor],
    number: FromPath[int],
    data: JSONBody[DraftChanges],
) -> Draft:
    """Keep unsent text, for you alone; an empty one is forgotten."""
    return await core.write_once(lambda conn: service.keep_draft(conn, number, data, actor, core.now()))


@get("/api/v1/tickets/{number:int}/presence", tags=["tickets"])
async def who_is_here(
    core: NamedDependency[Core], actor: NamedDependency[Actor], number: FromPath[int]
) -> Presence:
    """Who else looks at a ticket, and who writes."""
    return await core.db.read(lambda conn: service.who_is_here(conn, number, actor, core.now()))


@put("/api/v1/tickets/{number:int}/presence", tags=["tickets"])
async def be_here(
    core: NamedDependency[Core], actor: NamedDependency[Actor], number: FromPath[int], data: JSONBody[Here]
) -> Presence:
    """Say that you look, write, or have gone; good for forty-five seconds."""
    return await core.write_once(lambda conn: service.be_here(conn, number, data, actor, core.now()))


@post("/api/v1/tickets/{number:int}/followers", status_code=200, tags=["tickets"])
async def follow(
    core: NamedDependency[Core],
    actor: NamedDependency[Actor],
    number: FromPath[int],
    data: JSONBody[NewFollower],
) -> list[StaffRef]:
    """Follow a ticket, or have a colleague follow it."""
    return await core.write_once(lambda conn: service.follow(conn, number, data, actor, core.now()))


@delete("/api/v1/tickets/{number:int}/followers/{staff_id:uuid}", status_code=200, tags=["tickets"])
async def unfollow(
    core: NamedDependency[Core],
    actor: NamedDependency[Actor],
    number: FromPath[int],
    staff_id: FromPath[UUID],
) -> list[StaffRef]:
    """Follow a ticket no longer."""
    return await core.db.write(lambda conn: service.unfollow(conn, number, staff_id, actor, core.now()))


routes = [read_draft, keep_draft, who_is_here, be_here, follow, unfollow]
