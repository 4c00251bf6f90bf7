"""Links to one request over HTTP: the portal asks for who has one; agents revoke them."""

from typing import Any
from uuid import UUID

from litestar import Request, Response, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from services.common.errors import Forbidden, Unauthorized
from services.common.http import Actor, idempotent
from services.core.actors import author_of
from services.core.attachments.repository import find
from services.core.attachments.routes import handed_out
from services.core.contract import MessagePosted, NewMessage, RequestStatus
from services.core.desk import Core
from services.core.relations.family import acted_on
from services.core.settings import MAX_JSON
from services.core.status_links import service


def portal_only(actor: Actor) -> None:
    """The link is the proof, and the portal counts how often one asks."""
    if actor.kind == "anonymous":
        raise Unauthorized
    if not actor.is_service:
        raise Forbidden("The portal asks this for who has the link.")


@get("/api/v1/status-links/{link:str}", tags=["tickets"])
async def read_status(
    core: NamedDependency[Core], actor: NamedDependency[Actor], link: FromPath[str]
) -> RequestStatus:
    """The one request that a signed link is about."""
    portal_only(actor)
    return await core.db.read(lambda conn: service.show(conn, core, link))


@post("/api/v1/status-links/{link:str}/messages", tags=["tickets"], request_max_body_size=MAX_JSON)
async def reply_by_link(
    core: NamedDependency[Core],
    actor: NamedDependency[Actor],
    request: Request[Any, Any, Any],
    link: FromPath[str],
    data: JSONBody[NewMessage],
) -> MessagePosted:
    """The requester's answer, written by who has the link."""
    portal_only(actor)
    key, body = request.headers.get("idempotency-key"), link.encode() + b"\0" + await request.body()
    return await idempotent(
        core.db, actor, key, body, MessagePosted, lambda conn: service.reply(conn, core, link, data)
    )


@get("/api/v1/status-links/{link:str}/attachments/{file_id:uuid}", tags=["tickets"])
async def file_by_link(
    core: NamedDependency[Core],
    actor: NamedDependency[Actor],
    link: FromPath[str],
    file_id: FromPath[UUID],
) -> Response[bytes]:
    """A file of that conversation."""
    portal_only(actor)

    def unit(conn: Any) -> Any:
        row, holder, _ = service.holder(conn, core, link)
        return find(conn, file_id, holder, "", ticket_id=row["id"])

    return await handed_out(core, await core.db.read(unit))


@delete("/api/v1/status-links/{link:str}", status_code=204, tags=["tickets"])
async def give_up_link(
    core: NamedDependency[Core], actor: NamedDependency[Actor], link: FromPath[str]
) -> None:
    """Make the link worthless, as who has it wishes."""
    portal_only(actor)
    await core.write_once(lambda conn: service.give_up(conn, core, link))


@delete("/api/v1/tickets/{number:int}/status-links", status_code=204, tags=["tickets"])
async def revoke_links(
    core: NamedDependency[Core], actor: NamedDependency[Actor], number: FromPath[int]
) -> None:
    """Make every link to a ticket worthless that was mailed so far."""

    def unit(conn: Any) -> None:
        service.revoke(conn, acted_on(conn, number, actor), author_of(actor), core.now())

    await core.write_once(unit)


routes = [read_status, reply_by_link, file_by_link, give_up_link, revoke_links]
