"""Merging, splitting, linking over HTTP."""

from litestar import delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from services.common.http import Actor
from services.core.contract import NewLink, NewMerge, NewProblem, NewSplit, Relations, Ticket
from services.core.desk import Core
from services.core.relations import links, merging, problems


@get("/api/v1/tickets/{number:int}/relations", tags=["tickets"])
async def read_relations(
    core: NamedDependency[Core], actor: NamedDependency[Actor], number: FromPath[int]
) -> Relations:
    """What hangs together with a ticket: links, what was merged into it, likely duplicates."""
    return await core.db.read(lambda conn: links.relations(conn, number, actor))


@put("/api/v1/tickets/{number:int}/merge", tags=["tickets"])
async def merge(
    core: NamedDependency[Core],
    actor: NamedDependency[Actor],
    number: FromPath[int],
    data: JSONBody[NewMerge],
) -> Ticket:
    """Merge this ticket into another of the same customer; answers the one that goes on."""
    return await core.db.write(lambda conn: merging.merge(conn, core, number, data.into, actor, core.now()))


@delete("/api/v1/tickets/{number:int}/merge", status_code=200, tags=["tickets"])
async def unmerge(
    core: NamedDependency[Core], actor: NamedDependency[Actor], number: FromPath[int]
) -> Ticket:
    """Take the merge of this ticket back."""
    return await core.db.write(lambda conn: merging.unmerge(conn, core, number, actor, core.now()))


@post("/api/v1/tickets/{number:int}/splits", tags=["tickets"])
async def split(
    core: NamedDependency[Core],
    actor: NamedDependency[Actor],
    number: FromPath[int],
    data: JSONBody[NewSplit],
) -> Ticket:
    """Make a ticket of its own of one message; answers the new one."""
    return await core.db.write(lambda conn: merging.split(conn, core, number, data, actor, core.now()))


@post("/api/v1/tickets/{number:int}/links", status_code=200, tags=["tickets"])
async def link(
    core: NamedDependency[Core], actor: NamedDependency[Actor], number: FromPath[int], data: JSONBody[NewLink]
) -> Relations:
    """Link this ticket with another."""
    return await core.db.write(lambda conn: links.link(conn, core, number, data, actor, core.now()))


@delete("/api/v1/tickets/{number:int}/links/{to:int}/{kind:str}", status_code=200, tags=["tickets"])
async def unlink(
    core: NamedDependency[Core],
    actor: NamedDependency[Actor],
    number: FromPath[int],
    to: FromPath[int],
    kind: FromPath[str],
) -> Relations:
    """Take a link away."""
    return await core.db.write(lambda conn: links.unlink(conn, number, to, kind, actor, core.now()))


@delete("/api/v1/tickets/{number:int}/duplicates/{other:int}", status_code=200, tags=["tickets"])
async def dismiss(
    core: NamedDependency[Core], actor: NamedDependency[Actor], number: FromPath[int], other: FromPath[int]
) -> Relations:
    """Say that a likely duplicate is none."""
    return await core.db.write(lambda conn: links.dismiss(conn, number, other, actor))


@post("/api/v1/problems", tags=["tickets"])
async def make_problem(
    core: NamedDependency[Core], actor: NamedDependency[Actor], data: JSONBody[NewProblem]
) -> Ticket:
    """Open a problem and link tickets as its incidents, in one step."""
    opened, inbound = problems.prepared(data, actor)
    return await core.retried(
        lambda: core.db.write(lambda conn: problems.make(conn, core, data, opened, inbound, actor))
    )


routes = [make_problem, read_relations, merge, unmerge, split, link, unlink, dismiss]
