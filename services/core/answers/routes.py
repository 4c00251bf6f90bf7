"""The desk's own answers over HTTP: given by the knowledge base, read by staff."""

from uuid import UUID

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from services.common.http import Actor, require
from services.core.answers import service
from services.core.contract import Answered, AnswerFigures, AnswerInput
from services.core.desk import Core
from services.core.taxonomy.routes import staff_only


@post("/internal/tickets/{ticket_id:uuid}/answer", status_code=200, include_in_schema=False)
async def answer(
    core: NamedDependency[Core],
    actor: NamedDependency[Actor],
    ticket_id: FromPath[UUID],
    data: JSONBody[AnswerInput],
) -> Answered:
    """An article's answer to a request; core decides whether it goes out."""
    require(actor, "internal")
    return await core.db.write(lambda conn: service.answer(conn, core, ticket_id, data, core.now()))


@get("/api/v1/reports/answers", tags=["automation"])
async def figures(core: NamedDependency[Core], actor: NamedDependency[Actor]) -> list[AnswerFigures]:
    """What the desk's own answers of ninety days were worth, by category."""
    staff_only(actor)
    return await core.db.read(lambda conn: service.figures(conn, core.now()))


routes = [answer, figures]
