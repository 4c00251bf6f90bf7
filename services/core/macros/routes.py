"""Macros over HTTP."""

from datetime import timedelta

import sqlalchemy as sa
from litestar import delete, get, patch, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody

from services.common.errors import Forbidden
from services.common.http import Actor, require
from services.core.contract import (
    Macro,
    MacroChanges,
    MacroDraft,
    MacroEffects,
    MacroKey,
    MacroPreview,
    NewMacro,
    RenderedMacro,
)
from services.core.desk import Core
from services.core.macros import keys, service, uses
from services.core.taxonomy.routes import staff_only


@get("/api/v1/macros", tags=["macros"])
async def list_macros(
    core: NamedDependency[Core],
    actor: NamedDependency[Actor],
    category: FromQuery[str | None] = None,
    retired: FromQuery[bool] = False,
) -> list[Macro]:
    """Macros that you may use: everyone's, your teams' and your own; `retired` adds those out of use."""
    staff_only(actor)
    return await core.db.read(lambda conn: service.usable(conn, actor, category, retired=retired))


@get("/api/v1/macros/effects", tags=["macros"])
async def macro_effects(
    core: NamedDependency[Core], actor: NamedDependency[Actor], days: FromQuery[int] = 30
) -> MacroEffects:
    """How often each macro was used in the last days, and what became of those tickets."""
    _agents_only(actor)
    since = core.now() - timedelta(days=min(max(days, 1), 366))
    return await core.db.read(lambda conn: uses.effects(conn, actor, since))


@post("/api/v1/macros/previews", status_code=200, tags=["macros"])
async def preview_macro(
    core: NamedDependency[Core], actor: NamedDependency[Actor], data: JSONBody[MacroDraft]
) -> MacroPreview:
    """A text that is being written, filled for a ticket; nothing is kept."""
    _agents_only(actor)
    return await core.db.read(lambda conn: service.preview(conn, data, actor))


@post("/api/v1/macros", tags=["macros"])
async def create_macro(
    core: NamedDependency[Core], actor: NamedDependency[Actor], data: JSONBody[NewMacro]
) -> Macro:
    """Save a macro: agents their own, leads their teams', admins everyone's."""
    staff_only(actor)
    require(actor, "tickets:write")
    return await core.db.write(lambda conn: service.add(conn, core, data, actor))


@patch("/api/v1/macros/{macro:str}", tags=["macros"])
async def update_macro(
    core: NamedDependency[Core],
    actor: NamedDependency[Actor],
    macro: FromPath[str],
    data: JSONBody[MacroChanges],
) -> Macro:
    """Change a macro that is yours to change."""
    staff_only(actor)
    return await core.db.write(lambda conn: service.change(conn, core, macro, data, actor))


@delete("/api/v1/macros/{macro:str}", tags=["macros"])
async def delete_macro(
    core: NamedDependency[Core], actor: NamedDependency[Actor], macro: FromPath[str]
) -> None:
    """Take a macro out of use."""
    staff_only(actor)
    await core.db.write(lambda conn: service.retire(conn, core, macro, actor))


@put("/api/v1/macros/{macro:str}/key", status_code=200, tags=["macros"])
async def bind_macro(
    core: NamedDependency[Core],
    actor: NamedDependency[Actor],
    macro: FromPath[str],
    data: JSONBody[MacroKey],
) -> Macro:
    """Bind a macro to a digit of yours, or take its digit away."""
    _agents_only(actor)

    def unit(conn: sa.Connection) -> Macro:
        keys.bind(conn, service.find(conn, macro, actor)["id"], data.key, actor)
        return service.one(conn, macro, actor)

    return await core.db.write(unit)


@get("/api/v1/macros/{macro:str}/rendering", tags=["macros"])
async def render_macro(
    core: NamedDependency[Core], actor: NamedDependency[Actor], macro: FromPath[str], ticket: FromQuery[int]
) -> RenderedMacro:
    """The macro's text for one ticket, in its customer's language, with every variable filled."""
    staff_only(actor)
    return await core.db.read(lambda conn: service.rendered(conn, macro, ticket, actor))


def _agents_only(actor: Actor) -> None:
    staff_only(actor)
    if not actor.is_agent:
        raise Forbidden("Macros are for agents.")


routes = [
    list_macros,
    macro_effects,
    preview_macro,
    create_macro,
    update_macro,
    delete_macro,
    bind_macro,
    render_macro,
]
