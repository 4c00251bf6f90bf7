"""Intake over HTTP."""

from typing import Any
from uuid import UUID

import msgspec
from litestar import MediaType, Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody

from services.common.errors import Forbidden
from services.common.http import Actor, clamp_limit, idempotent, require
from services.core.actors import author_of
from services.core.contract import MailQuarantined, NewTicket, Quarantined, QuarantinePage, Ticket
from services.core.desk import Core
from services.core.intake import quarantine
from services.core.intake.create import create, inbound_of
from services.core.intake.mail import receive_mail
from services.core.settings import MAX_JSON, MAX_MAIL


@post("/api/v1/tickets", tags=["tickets"], request_max_body_size=MAX_JSON)
async def create_ticket(
    core: NamedDependency[Core],
    actor: NamedDependency[Actor],
    request: Request[Any, Any, Any],
    data: JSONBody[NewTicket],
) -> Response[Ticket]:
    """Open a ticket. Once this answers 201, the ticket, its message and its events are on disk.

    Send an `Idempotency-Key` to repeat safely. An `external_id` that the channel has used before answers
    with the ticket that it made.
    """
    inbound = inbound_of(data, actor)
    key = request.headers.get("idempotency-key")
    body = await request.body() if key else b""
    ticket = await core.retried(
        lambda: idempotent(
            core.db, actor, key, body, Ticket, lambda conn: create(conn, core, data, inbound, actor)
        )
    )
    # Bytes already: the framework's own way to JSON costs as much as an insert.
    encoded: Any = msgspec.json.encode(ticket)
    return Response(encoded, status_code=201, media_type=MediaType.JSON)


@post("/api/v1/inbound/email", tags=["intake"], request_max_body_size=MAX_MAIL)
async def inbound_email(
    core: NamedDependency[Core], actor: NamedDependency[Actor], request: Request[Any, Any, Any]
) -> Response[Ticket | MailQuarantined]:
    """Raw mail (RFC 5322) in; 201 with the ticket that it opened or continued, 202 where it is in quarantine."""
    _mail_clerk(actor)
    answer = await receive_mail(core, await request.body(), actor)
    return Response(answer, status_code=202 if isinstance(answer, MailQuarantined) else 201)


@get("/api/v1/quarantine", tags=["intake"])
async def list_quarantine(
    core: NamedDependency[Core],
    actor: NamedDependency[Actor],
    limit: FromQuery[int | None] = None,
    cursor: FromQuery[str | None] = None,
) -> QuarantinePage:
    """Mail that could not become a ticket, newest first."""
    _mail_clerk(actor)
    return await core.db.read(lambda conn: quarantine.page(conn, clamp_limit(limit), cursor))


@get("/api/v1/quarantine/{item:uuid}/source", tags=["intake"])
async def quarantine_source(
    core: NamedDependency[Core], actor: NamedDependency[Actor], item: FromPath[UUID]
) -> Response[bytes]:
    """The mail as it came, byte for byte."""
    _mail_clerk(actor)
    row = await core.db.read(lambda conn: quarantine.find(conn, item))
    return Response(
        await core.files.get(row["file"]),
        media_type="application/octet-stream",
        headers={
            "Content-Disposition": f'attachment; filename="{item}.eml"',
            "X-Content-Type-Options": "nosniff",
        },
    )


@post("/api/v1/quarantine/{item:uuid}/resolution", status_code=200, tags=["intake"])
async def resolve_quarantine(
    core: NamedDependency[Core], actor: NamedDependency[Actor], item: FromPath[UUID]
) -> Quarantined:
    """Say that somebody has looked after it."""
    _mail_clerk(actor)
    return await core.db.write(lambda conn: quarantine.resolve(conn, item, author_of(actor), core.now()))


def _mail_clerk(actor: Actor) -> None:
    require(actor, "tickets:write")
    if not actor.is_agent:
        raise Forbidden("Mail is handed in by agents and channels.")


routes = [create_ticket, inbound_email, list_quarantine, quarantine_source, resolve_quarantine]
