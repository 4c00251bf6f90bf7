"""Ratings over HTTP."""

from litestar import get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody

from services.common.errors import FieldError, Forbidden, Invalid
from services.common.http import Actor
from services.core.contract import RatingInput, RatingQuestion, SatisfactionReport
from services.core.desk import Core
from services.core.lifecycle.routes import portal_only
from services.core.satisfaction import service
from services.core.satisfaction.report import By, report
from services.core.taxonomy.routes import staff_only


@get("/api/v1/ratings/{link:str}", tags=["satisfaction"])
async def read_rating(
    core: NamedDependency[Core], actor: NamedDependency[Actor], link: FromPath[str]
) -> RatingQuestion:
    """The request that a signed link asks about, with what was said of it."""
    portal_only(actor)
    return await core.db.read(lambda conn: service.question(conn, core, link))


@post("/api/v1/ratings/{link:str}", status_code=200, tags=["satisfaction"])
async def answer_rating(
    core: NamedDependency[Core],
    actor: NamedDependency[Actor],
    link: FromPath[str],
    data: JSONBody[RatingInput],
) -> RatingQuestion:
    """The word of whoever has the link."""
    portal_only(actor)
    return await core.db.write(lambda conn: service.answer(conn, core, link, data))


@put("/api/v1/tickets/{number:int}/rating", tags=["satisfaction"])
async def rate_ticket(
    core: NamedDependency[Core],
    actor: NamedDependency[Actor],
    number: FromPath[int],
    data: JSONBody[RatingInput],
) -> RatingQuestion:
    """Rate your solved request, or change your word within a week."""
    return await core.db.write(lambda conn: service.rate(conn, core, number, data, actor))


@get("/api/v1/reports/satisfaction", tags=["satisfaction"])
async def satisfaction_report(
    core: NamedDependency[Core],
    actor: NamedDependency[Actor],
    days: FromQuery[int] = 30,
    by: FromQuery[By] = "team",
) -> SatisfactionReport:
    """What customers said in the last `days`, grouped by `assignee`, `team`, `category` or `channel`. For leads."""
    staff_only(actor)
    if not actor.is_lead:
        raise Forbidden("Leads read this.")
    if not 1 <= days <= 3660:
        raise Invalid(errors=[FieldError("days", "From 1 to 3660 days.")])
    return await core.db.read(lambda conn: report(conn, days, by, core.now()))


routes = [read_rating, answer_rating, rate_ticket, satisfaction_report]
