"""Views over HTTP."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from litestar import delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from services.common.errors import Forbidden
from services.common.http import Actor, require
from services.common.ids import uuid7
from services.core.actors import author_of
from services.core.audit import note
from services.core.contract import NewView, View, ViewChanges
from services.core.desk import Core
from services.core.models import view
from services.core.taxonomy.checks import given, named, versioned_update
from services.core.taxonomy.routes import staff_only
from services.core.tickets.query import Filters, parse_sort
from services.core.views.errors import ViewNotFound
from services.core.views.repository import BUILT_IN, as_view, counted, saved_views, visible


@get("/api/v1/views", tags=["views"])
async def list_views(core: NamedDependency[Core], actor: NamedDependency[Actor]) -> list[View]:
    """The views that you have, built-in ones first, each with the number of tickets in it now."""
    staff_only(actor)

    def unit(conn: sa.Connection) -> list[View]:
        views = [View(**{f: getattr(v, f) for f in v.__struct_fields__}) for v in BUILT_IN]
        return counted(conn, views + saved_views(conn, actor), core.lookups.get(conn), actor, core.now())

    return await core.db.read(unit)


@post("/api/v1/views", tags=["views"])
async def create_view(
    core: NamedDependency[Core], actor: NamedDependency[Actor], data: JSONBody[NewView]
) -> View:
    """Save a filter, for yourself or (leads and admins) for everyone."""
    _may_save(actor, data.scope)

    def unit(conn: sa.Connection) -> View:
        Filters(conn, core.lookups.get(conn), actor, core.now()).conditions(data.filters)
        parse_sort(data.sort, actor)
        row: dict[str, Any] = {
            "id": uuid7(),
            "name": named(data.name),
            "filters": data.filters,
            "sort": data.sort,
            "scope": data.scope,
            "owner_id": actor.id,
            "version": 1,
            "created_at": core.now(),
        }
        conn.execute(view.insert(), row)
        note(
            conn,
            at=core.now(),
            subject="view",
            subject_id=row["id"],
            action="created",
            author=author_of(actor),
        )
        return counted(conn, [as_view(row)], core.lookups.get(conn), actor, core.now())[0]

    return await core.db.write(unit)


@patch("/api/v1/views/{view_id:uuid}", tags=["views"])
async def update_view(
    core: NamedDependency[Core],
    actor: NamedDependency[Actor],
    view_id: FromPath[UUID],
    data: JSONBody[ViewChanges],
) -> View:
    """Change a view of yours, or a shared one as a lead."""
    staff_only(actor)

    def unit(conn: sa.Connection) -> View:
        _own(conn, view_id, actor)
        values = given(name=data.name, filters=data.filters, sort=data.sort)
        if "name" in values:
            values["name"] = named(values["name"])
        Filters(conn, core.lookups.get(conn), actor, core.now()).conditions(values.get("filters", {}))
        parse_sort(values.get("sort"), actor)
        versioned_update(conn, view, view.c.id == view_id, data.version, values)
        note(
            conn, at=core.now(), subject="view", subject_id=view_id, action="changed", author=author_of(actor)
        )
        row = conn.execute(sa.select(view).where(view.c.id == view_id)).mappings().one()
        return counted(conn, [as_view(row)], core.lookups.get(conn), actor, core.now())[0]

    return await core.db.write(unit)


@delete("/api/v1/views/{view_id:uuid}", tags=["views"])
async def delete_view(
    core: NamedDependency[Core], actor: NamedDependency[Actor], view_id: FromPath[UUID]
) -> None:
    """Remove a view of yours, or a shared one as a lead."""
    staff_only(actor)

    def unit(conn: sa.Connection) -> None:
        _own(conn, view_id, actor)
        conn.execute(view.delete().where(view.c.id == view_id))
        note(
            conn, at=core.now(), subject="view", subject_id=view_id, action="deleted", author=author_of(actor)
        )

    await core.db.write(unit)


def _may_save(actor: Actor, scope: str) -> None:
    staff_only(actor)
    require(actor, "tickets:write")
    if scope == "shared" and not actor.is_lead:
        raise Forbidden("Leads share views.")


def _own(conn: sa.Connection, view_id: UUID, actor: Actor) -> None:
    row = conn.execute(sa.select(view).where(view.c.id == view_id, visible(actor))).first()
    if row is None:
        raise ViewNotFound
    if row.owner_id != actor.id:
        _may_save(actor, row.scope)


routes = [list_views, create_view, update_view, delete_view]
