"""Templates of tickets over HTTP: agents use them, leads and admins keep them."""

from litestar import delete, get, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from services.common.http import Actor, require
from services.core.contract import TicketTemplate, TicketTemplateInput
from services.core.desk import Core
from services.core.fields.routes import NewKey
from services.core.settings import MAX_JSON
from services.core.taxonomy.routes import staff_only
from services.core.templates import service


@get("/api/v1/ticket-templates", tags=["forms"])
async def list_templates(core: NamedDependency[Core], actor: NamedDependency[Actor]) -> list[TicketTemplate]:
    """Templates by name."""
    staff_only(actor)
    return await core.db.read(service.every)


@put("/api/v1/ticket-templates/{key:str}", status_code=200, tags=["forms"], request_max_body_size=MAX_JSON)
async def keep_template(
    core: NamedDependency[Core],
    actor: NamedDependency[Actor],
    key: FromPath[NewKey],
    data: JSONBody[TicketTemplateInput],
) -> TicketTemplate:
    """Make a template (`version` 0) or change one. Leads and admins only."""
    staff_only(actor)
    require(actor, "tickets:write")
    return await core.write_once(lambda conn: service.keep(conn, core, key, data, actor))


@delete("/api/v1/ticket-templates/{key:str}", tags=["forms"])
async def drop_template(
    core: NamedDependency[Core], actor: NamedDependency[Actor], key: FromPath[str]
) -> None:
    """Remove a template. Leads and admins only."""
    staff_only(actor)
    require(actor, "tickets:write")
    await core.db.write(lambda conn: service.drop(conn, core, key, actor))


routes = [list_templates, keep_template, drop_template]
