"""Tickets over HTTP."""

from typing import Any
from uuid import UUID

from litestar import Request, delete, get, patch, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody

from services.common.errors import FieldError
from services.common.http import Actor
from services.core.contract import Closure, NewShare, Ticket, TicketChanges, TicketPage
from services.core.desk import Core
from services.core.settings import MAX_JSON
from services.core.tickets import listing, service
from services.core.tickets.errors import UnknownFilter
from services.core.tickets.query import FILTERS

_PAGING = frozenset({"sort", "limit", "cursor", "view"})


@get("/api/v1/tickets", tags=["tickets"])
async def list_tickets(
    core: NamedDependency[Core],
    actor: NamedDependency[Actor],
    request: Request[Any, Any, Any],
    status: FromQuery[str | None] = None,
    priority: FromQuery[str | None] = None,
    category: FromQuery[str | None] = None,
    tag: FromQuery[str | None] = None,
    assignee: FromQuery[str | None] = None,
    team: FromQuery[str | None] = None,
    channel: FromQuery[str | None] = None,
    type: FromQuery[str | None] = None,
    requester: FromQuery[str | None] = None,
    label: FromQuery[str | None] = None,
    triage: FromQuery[str | None] = None,
    q: FromQuery[str | None] = None,
    view: FromQuery[str | None] = None,
    sort: FromQuery[str | None] = None,
    limit: FromQuery[int | None] = None,
    cursor: FromQuery[str | None] = None,
) -> TicketPage:
    """Tickets that you may see. Several values of a filter are separated by commas.

    `status` also takes `active` and `done`; `assignee` and `requester` take an id, an e-mail address or `me`,
    `assignee` and `team` also `none`, `team` also `mine`. `sort` is `updated` (newest first), `created`
    (newest first), `priority` (critical first), `breach` (soonest first) or `number`; add `:asc` or `:desc`.
    """
    asked = {key for key, _ in request.query_params.multi_items()}
    if unknown := sorted(asked - FILTERS - _PAGING):
        raise UnknownFilter(
            errors=[FieldError(name, "There is no such filter.", "unknown") for name in unknown]
        )
    given = {
        "status": status,
        "priority": priority,
        "category": category,
        "tag": tag,
        "assignee": assignee,
        "team": team,
        "channel": channel,
        "type": type,
        "requester": requester,
        "label": label,
        "triage": triage,
        "q": q,
    }
    filters = {name: value for name, value in given.items() if value}
    return await core.db.read(
        lambda conn: listing.page(
            conn, core, actor, filters, sort=sort, view=view, limit=limit, cursor=cursor
        )
    )


@get("/api/v1/tickets/{number:int}", tags=["tickets"])
async def read_ticket(
    core: NamedDependency[Core], actor: NamedDependency[Actor], number: FromPath[int]
) -> Ticket:
    """One ticket."""
    return await core.db.read(lambda conn: service.read(conn, core, number, actor))


@patch("/api/v1/tickets/{number:int}", tags=["tickets"], request_max_body_size=MAX_JSON)
async def update_ticket(
    core: NamedDependency[Core],
    actor: NamedDependency[Actor],
    number: FromPath[int],
    data: JSONBody[TicketChanges],
) -> Ticket:
    """Change fields of a ticket. `version` is the one that you read; a stale one gets 409 with `current`."""
    return await core.db.write(lambda conn: service.update(conn, core, number, data, actor, core.now()))


@put("/api/v1/tickets/{number:int}/closure", tags=["tickets"], request_max_body_size=MAX_JSON)
async def close_ticket(
    core: NamedDependency[Core], actor: NamedDependency[Actor], number: FromPath[int], data: JSONBody[Closure]
) -> Ticket:
    """Close a ticket, with what solved it. A customer's closure says `solved`."""
    return await core.db.write(lambda conn: service.close(conn, core, number, data, actor, core.now()))


@delete("/api/v1/tickets/{number:int}/closure", status_code=200, tags=["tickets"])
async def reopen_ticket(
    core: NamedDependency[Core], actor: NamedDependency[Actor], number: FromPath[int]
) -> Ticket:
    """Reopen a ticket; what was said and done before stays."""
    return await core.db.write(lambda conn: service.reopen(conn, core, number, actor, core.now()))


@post("/api/v1/tickets/{number:int}/shares", status_code=200, tags=["tickets"])
async def share_ticket(
    core: NamedDependency[Core],
    actor: NamedDependency[Actor],
    number: FromPath[int],
    data: JSONBody[NewShare],
) -> Ticket:
    """Share a ticket with a colleague, such as a light agent of another department."""
    return await core.db.write(lambda conn: service.share(conn, core, number, data, actor, core.now()))


@delete("/api/v1/tickets/{number:int}/shares/{staff_id:uuid}", status_code=200, tags=["tickets"])
async def unshare_ticket(
    core: NamedDependency[Core],
    actor: NamedDependency[Actor],
    number: FromPath[int],
    staff_id: FromPath[UUID],
) -> Ticket:
    """Take a share back."""
    return await core.db.write(lambda conn: service.unshare(conn, core, number, staff_id, actor, core.now()))


routes = [list_tickets, read_ticket, update_ticket, close_ticket, reopen_ticket, share_ticket, unshare_ticket]
