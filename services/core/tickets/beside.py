"""What is attached to a ticket: remote sessions, and the teams that work along."""

from uuid import UUID

import sqlalchemy as sa
from litestar import delete, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from services.common.http import Actor
from services.core.contract import NewRemoteSession, Ticket
from services.core.desk import Core
from services.core.tickets import remote, teams
from services.core.tickets.service import read


@post("/api/v1/tickets/{number:int}/remote-sessions", tags=["tickets"])
async def attach_session(
    core: NamedDependency[Core],
    actor: NamedDependency[Actor],
    number: FromPath[int],
    data: JSONBody[NewRemoteSession],
) -> Ticket:
    """Attach the link of a remote session. Its customer sees it in their request until it ends."""

    def unit(conn: sa.Connection) -> Ticket:
        remote.attach(conn, core, number, data, actor)
        return read(conn, core, number, actor)

    return await core.db.write(unit)


@delete("/api/v1/tickets/{number:int}/remote-sessions/{session:uuid}", status_code=200, tags=["tickets"])
async def end_session(
    core: NamedDependency[Core],
    actor: NamedDependency[Actor],
    number: FromPath[int],
    session: FromPath[UUID],
) -> Ticket:
    """End a remote session."""

    def unit(conn: sa.Connection) -> Ticket:
        remote.end(conn, core, number, session, actor)
        return read(conn, core, number, actor)

    return await core.db.write(unit)


@put("/api/v1/tickets/{number:int}/teams/{key:str}", tags=["tickets"])
async def join_team(
    core: NamedDependency[Core], actor: NamedDependency[Actor], number: FromPath[int], key: FromPath[str]
) -> Ticket:
    """Let another team work along; the team that answers for the ticket stays."""

    def unit(conn: sa.Connection) -> Ticket:
        teams.join(conn, core, number, key, actor)
        return read(conn, core, number, actor)

    return await core.db.write(unit)


@delete("/api/v1/tickets/{number:int}/teams/{key:str}", status_code=200, tags=["tickets"])
async def leave_team(
    core: NamedDependency[Core], actor: NamedDependency[Actor], number: FromPath[int], key: FromPath[str]
) -> Ticket:
    """A team's part is done."""

    def unit(conn: sa.Connection) -> Ticket:
        teams.leave(conn, core, number, key, actor)
        return read(conn, core, number, actor)

    return await core.db.write(unit)


routes = [attach_session, end_session, join_team, leave_team]
