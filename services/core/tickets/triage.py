"""What triage says about a ticket: core authorises, then asks."""

from typing import Any

from litestar import Request, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from services.common.errors import Forbidden, Unavailable
from services.common.http import Actor, require
from services.core.desk import Core
from services.core.tickets import repository
from services.core.tickets.anatomy import Row
from services.core.tickets.errors import TriageUnavailable
from services.triage.client import TriageClient
from services.triage.contract import DecisionList, Recommendations


@get("/api/v1/tickets/{number:int}/triage", tags=["tickets"])
async def decisions(
    core: NamedDependency[Core], actor: NamedDependency[Actor], number: FromPath[int]
) -> DecisionList:
    """The decisions on a ticket, newest first. 503 `core.triage_unavailable` while triage is away."""
    row = await _authorised(core, actor, number)
    try:
        return DecisionList(await TriageClient(core.rt.peer("triage", "core")).decisions(row["id"]))
    except Unavailable as error:
        raise TriageUnavailable(retry_after=5) from error


@get("/api/v1/tickets/{number:int}/recommendations", tags=["tickets"])
async def recommendations(
    core: NamedDependency[Core],
    actor: NamedDependency[Actor],
    number: FromPath[int],
    request: Request[Any, Any, Any],
) -> Recommendations:
    """Draft replies with their sources, articles and similar tickets. Quotes only what the asker may read."""
    row = await _authorised(core, actor, number)
    token = None if actor.is_service else request.headers.get("authorization", "").partition(" ")[2].strip()
    try:
        return await TriageClient(core.rt.peer("triage", "core")).recommendations(row["id"], token=token)
    except Unavailable as error:
        raise TriageUnavailable(retry_after=5) from error


async def _authorised(core: Core, actor: Actor, number: int) -> Row:
    """The ticket, for staff that works on it: predictions are the desk's own matter."""
    require(actor, "tickets:read")
    row = await core.db.read(lambda conn: repository.by_number(conn, number, actor))
    require(actor, "triage:read")
    if not actor.is_agent:
        raise Forbidden("Predictions are for agents.")
    return row


routes = [decisions, recommendations]
