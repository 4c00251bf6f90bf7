"""Sections over HTTP."""

from uuid import UUID

import sqlalchemy as sa
from litestar import delete, get, patch, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from services.common.http import Actor
from services.kb.articles.policy import must_write
from services.kb.contract import Section, SectionInput, SectionMove, SectionPatch
from services.kb.desk import Desk
from services.kb.sections import repository, service


@get("/api/v1/kb/sections")
async def sections(actor: NamedDependency[Actor], desk: NamedDependency[Desk]) -> list[Section]:
    """The section tree; who does not write sees sections only that have something to read."""
    return await desk.db.read(lambda conn: repository.tree(conn, actor))


@post("/api/v1/kb/sections")
async def create(
    data: JSONBody[SectionInput], actor: NamedDependency[Actor], desk: NamedDependency[Desk]
) -> Section:
    """A new section."""
    must_write(actor)
    return await desk.db.write(lambda conn: service.create(conn, data))


@patch("/api/v1/kb/sections/{section_id:uuid}")
async def change(
    section_id: FromPath[UUID],
    data: JSONBody[SectionPatch],
    actor: NamedDependency[Actor],
    desk: NamedDependency[Desk],
) -> Section:
    """Rename, reorder or move a section."""
    must_write(actor)
    return await desk.db.write(lambda conn: service.change(conn, section_id, data))


@put("/api/v1/kb/sections/{section_id:uuid}/place")
async def move(
    section_id: FromPath[UUID],
    data: JSONBody[SectionMove],
    actor: NamedDependency[Actor],
    desk: NamedDependency[Desk],
) -> Section:
    """Put a section below another, at a place among those that are there."""
    must_write(actor)
    return await desk.db.write(lambda conn: service.move(conn, section_id, data))


@delete("/api/v1/kb/sections/{section_id:uuid}", status_code=204)
async def remove(
    section_id: FromPath[UUID], actor: NamedDependency[Actor], desk: NamedDependency[Desk]
) -> None:
    """Remove an empty section."""
    must_write(actor)

    def unit(conn: sa.Connection) -> None:
        service.remove(conn, section_id)

    await desk.db.write(unit)


handlers = [sections, create, change, move, remove]
