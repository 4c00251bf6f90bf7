"""Outgoing mail over HTTP: what left, what waits, what failed, and trying again."""

from typing import Literal
from uuid import UUID

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from services.common.errors import Forbidden
from services.common.http import Actor, clamp_limit, require
from services.core.contract import OutgoingMail, OutgoingPage
from services.core.desk import Core
from services.core.outgoing import store

State = Literal["queued", "sent", "kept", "failed", "bounced"]


@get("/api/v1/outgoing", tags=["mail"])
async def list_outgoing(
    core: NamedDependency[Core],
    actor: NamedDependency[Actor],
    fate: FromQuery[State | None] = None,
    limit: FromQuery[int | None] = None,
    cursor: FromQuery[str | None] = None,
) -> OutgoingPage:
    """Mail that leaves the desk, newest first, by its `fate`; `kept` is mail of a desk that has no mail server."""
    require(actor, "admin")
    found = await core.db.read(lambda conn: store.page(conn, fate, clamp_limit(limit), cursor))
    found.server = core.mail.reaches
    return found


@get("/api/v1/outgoing/{mail:uuid}", tags=["mail"])
async def read_outgoing(
    core: NamedDependency[Core], actor: NamedDependency[Actor], mail: FromPath[UUID]
) -> OutgoingMail:
    """One mail with its text."""
    require(actor, "admin")
    return await core.db.read(lambda conn: store.view(store.find(conn, mail)))


@post("/api/v1/outgoing/{mail:uuid}/retry", status_code=200, tags=["mail"])
async def retry_outgoing(
    core: NamedDependency[Core], actor: NamedDependency[Actor], mail: FromPath[UUID]
) -> OutgoingMail:
    """Send a mail again that failed, bounced or was kept."""
    require(actor, "tickets:write")
    if not actor.is_agent:
        raise Forbidden("Agents send mail.")
    return await core.db.write(lambda conn: store.send_again(conn, mail, core.now()))


routes = [list_outgoing, read_outgoing, retry_outgoing]
