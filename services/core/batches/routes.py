"""Acts on many tickets over HTTP."""

from uuid import UUID

from litestar import delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from services.common.http import Actor
from services.core.batches import service
from services.core.contract import Batch, NewBatch, NewIncidentReply
from services.core.desk import Core


@post("/api/v1/batches", tags=["tickets"])
async def create_batch(
    core: NamedDependency[Core], actor: NamedDependency[Actor], data: JSONBody[NewBatch]
) -> Batch:
    """Change many tickets. What cannot be done to one of them is said there and leaves the others alone."""
    return await core.db.write(lambda conn: service.start(conn, core, data, actor, core.now()))


@get("/api/v1/batches/{batch_id:uuid}", tags=["tickets"])
async def read_batch(
    core: NamedDependency[Core], actor: NamedDependency[Actor], batch_id: FromPath[UUID]
) -> Batch:
    """How far an act on many tickets is."""
    return await core.db.read(lambda conn: service.shown(conn, batch_id, actor))


@delete("/api/v1/batches/{batch_id:uuid}", status_code=200, tags=["tickets"])
async def undo_batch(
    core: NamedDependency[Core], actor: NamedDependency[Actor], batch_id: FromPath[UUID]
) -> Batch:
    """Take it back on every ticket whose changed fields nobody has touched since."""
    return await core.db.write(lambda conn: service.undo(conn, core, batch_id, actor, core.now()))


@post("/api/v1/tickets/{number:int}/incident-replies", tags=["tickets"])
async def answer_incidents(
    core: NamedDependency[Core],
    actor: NamedDependency[Actor],
    number: FromPath[int],
    data: JSONBody[NewIncidentReply],
) -> Batch:
    """Answer every incident of a problem at once, each in its customer's language."""
    return await core.db.write(
        lambda conn: service.answer_incidents(conn, core, number, data, actor, core.now())
    )


routes = [create_batch, read_batch, undo_batch, answer_incidents]
