"""`/api/v1/triage/rules`: when to retrain, who promotes, whether tickets are given to people."""

import msgspec
from litestar import get, patch
from litestar.di import NamedDependency
from litestar.params import JSONBody

from services.common.errors import FieldError, Invalid
from services.common.http import Actor, require
from services.triage.contract import Rules, RulesChange
from services.triage.desk import Desk
from services.triage.rules import repository as repo


@get("/api/v1/triage/rules")
async def get_rules(desk: NamedDependency[Desk], actor: NamedDependency[Actor]) -> Rules:
    """What holds now."""
    require(actor, "triage:read")
    return await desk.db.read(lambda conn: repo.rules(conn, desk.options.promote))


@patch("/api/v1/triage/rules")
async def change_rules(
    desk: NamedDependency[Desk], actor: NamedDependency[Actor], data: JSONBody[RulesChange]
) -> Rules:
    """Change what is given; the rest stays."""
    require(actor, "triage:write")
    if data.every_days is not msgspec.UNSET and not 0 <= data.every_days <= 365:
        raise Invalid(errors=[FieldError("every_days", "Between 0 (never) and 365 days.", "out_of_range")])
    now = desk.clock.now()
    await desk.db.write(lambda conn: repo.change(conn, data, actor.id, now))
    return await desk.db.read(lambda conn: repo.rules(conn, desk.options.promote))


handlers = [get_rules, change_rules]
