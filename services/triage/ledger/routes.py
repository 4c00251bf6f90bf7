"""`/api/v1/triage/log`: is the decision log whole?"""

from litestar import get
from litestar.di import NamedDependency

from services.common.http import Actor, require
from services.triage.contract import LogCheck
from services.triage.desk import Desk
from services.triage.ledger.verify import verify


@get("/api/v1/triage/log")
async def check_log(desk: NamedDependency[Desk], actor: NamedDependency[Actor]) -> LogCheck:
    """Read the whole log and compare it with what is stored."""
    require(actor, "triage:write")
    return await verify(desk.db)


handlers = [check_log]
