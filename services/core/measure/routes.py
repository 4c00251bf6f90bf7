"""Numbers about people over HTTP: one's own, and for leads those of their teams."""

from datetime import timedelta

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromQuery

from services.common.errors import Forbidden
from services.common.http import Actor, require
from services.core.contract import MyNumbers, StaffNumbers
from services.core.desk import Core
from services.core.measure import people
from services.core.notifications.routes import person

LONGEST = 366


@get("/api/v1/me/numbers", tags=["reports"])
async def my_numbers(
    core: NamedDependency[Core], actor: NamedDependency[Actor], days: FromQuery[int] = 30
) -> MyNumbers:
    """What you did in the last days, beside the days before; nobody else's."""
    who, now = person(actor), core.now()
    since = now - timedelta(days=min(max(days, 1), LONGEST))
    return await core.db.read(lambda conn: people.mine(conn, who, since, now))


@get("/api/v1/reports/staff", tags=["reports"])
async def staff_numbers(
    core: NamedDependency[Core], actor: NamedDependency[Actor], days: FromQuery[int] = 30
) -> StaffNumbers:
    """What the people of your teams did, for admins everyone. Leads and admins."""
    require(actor, "tickets:read")
    if not actor.is_staff or not actor.is_lead:
        raise Forbidden("Others' numbers are for their leads.")
    now = core.now()
    since = now - timedelta(days=min(max(days, 1), LONGEST))
    return await core.db.read(lambda conn: people.of_staff(conn, actor, since, now))


routes = [my_numbers, staff_numbers]
