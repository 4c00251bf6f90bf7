"""Messages and the timeline over HTTP."""

from typing import Any

from litestar import Request, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody

from services.common.http import Actor, clamp_limit, idempotent, require
from services.core.contract import MessagePosted, NewMessage, TimelinePage
from services.core.desk import Core
from services.core.messages import service
from services.core.messages.timeline import timeline
from services.core.settings import MAX_JSON
from services.core.tickets import repository


@get("/api/v1/tickets/{number:int}/messages", tags=["tickets"])
async def read_timeline(
    core: NamedDependency[Core],
    actor: NamedDependency[Actor],
    number: FromPath[int],
    limit: FromQuery[int | None] = None,
    cursor: FromQuery[str | None] = None,
    newest: FromQuery[bool] = False,
) -> TimelinePage:
    """Everything that was written on a ticket and that happened to it, oldest first. Customers see no notes.

    With `newest` the first page is the last one, and the cursor leads back to what was before.
    """
    require(actor, "tickets:read")
    size = clamp_limit(limit)
    return await core.db.read(
        lambda conn: timeline(
            conn, repository.by_number(conn, number, actor), actor, size, cursor, newest=newest
        )
    )


@post("/api/v1/tickets/{number:int}/messages", tags=["tickets"], request_max_body_size=MAX_JSON)
async def post_message(
    core: NamedDependency[Core],
    actor: NamedDependency[Actor],
    request: Request[Any, Any, Any],
    number: FromPath[int],
    data: JSONBody[NewMessage],
) -> MessagePosted:
    """Write a reply or a note. A customer's reply reopens, an agent's waits for the customer."""
    body = str(number).encode() + b"\0" + await request.body()
    return await idempotent(
        core.db,
        actor,
        request.headers.get("idempotency-key"),
        body,
        MessagePosted,
        lambda conn: service.post(conn, core, number, data, actor, core.now()),
    )


routes = [read_timeline, post_message]
