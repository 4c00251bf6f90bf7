"""The workspace's ticket over HTTP."""

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from services.common.http import Actor
from services.core.contract import Workspace
from services.core.desk import Core
from services.core.workspace import service


@get("/api/v1/tickets/{number:int}/workspace", tags=["tickets"])
async def read_workspace(
    core: NamedDependency[Core],
    actor: NamedDependency[Actor],
    number: FromPath[int],
    since: FromQuery[str | None] = None,
) -> Workspace:
    """A ticket with the newest of its conversation, your draft, its relations and its customer.

    `since` is the timeline's cursor of an earlier reading: the conversation then begins where that one began.
    """
    return await core.db.read(lambda conn: service.workspace(conn, core, number, actor, since))


routes = [read_workspace]
