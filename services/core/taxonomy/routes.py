"""The taxonomy over HTTP: staff read, admins write."""

from litestar import delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from services.common.errors import Forbidden
from services.common.http import Actor, require
from services.core.contract import (
    Category,
    CategoryChanges,
    NewCategory,
    NewStatus,
    NewTag,
    Priority,
    PriorityChanges,
    Status,
    StatusChanges,
    Tag,
)
from services.core.desk import Core
from services.core.taxonomy import service, statuses


def staff_only(actor: Actor) -> None:
    """What the desk sorts by is the desk's own matter."""
    require(actor, "tickets:read")
    if not actor.is_staff:
        raise Forbidden("This is for staff.")


@get("/api/v1/categories", tags=["desk"])
async def list_categories(core: NamedDependency[Core], actor: NamedDependency[Actor]) -> list[Category]:
    """The category tree by path, with what each category means."""
    staff_only(actor)
    return service.categories(await core.db.read(core.lookups.get))


@post("/api/v1/categories", tags=["desk"])
async def create_category(
    core: NamedDependency[Core], actor: NamedDependency[Actor], data: JSONBody[NewCategory]
) -> Category:
    """Add a category. Admins only."""
    require(actor, "admin")
    return await core.db.write(lambda conn: service.add_category(conn, core, data, actor))


@patch("/api/v1/categories/{key:str}", tags=["desk"])
async def update_category(
    core: NamedDependency[Core],
    actor: NamedDependency[Actor],
    key: FromPath[str],
    data: JSONBody[CategoryChanges],
) -> Category:
    """Rename, move, describe or switch off a category. Admins only."""
    require(actor, "admin")
    return await core.db.write(lambda conn: service.change_category(conn, core, key, data, actor))


@get("/api/v1/tags", tags=["desk"])
async def list_tags(core: NamedDependency[Core], actor: NamedDependency[Actor]) -> list[Tag]:
    """Tags, with the number of tickets that carry each."""
    staff_only(actor)
    return await core.db.read(service.tags)


@post("/api/v1/tags", tags=["desk"])
async def create_tag(
    core: NamedDependency[Core], actor: NamedDependency[Actor], data: JSONBody[NewTag]
) -> Tag:
    """Add a tag. Admins only; agents make tags by using them."""
    require(actor, "admin")
    return await core.db.write(lambda conn: service.add_tag(conn, core, data, actor))


@delete("/api/v1/tags/{key:str}", status_code=200, tags=["desk"])
async def retire_tag(core: NamedDependency[Core], actor: NamedDependency[Actor], key: FromPath[str]) -> Tag:
    """Switch a tag off. Admins only."""
    require(actor, "admin")
    return await core.db.write(lambda conn: service.retire_tag(conn, core, key, actor))


@get("/api/v1/priorities", tags=["desk"])
async def list_priorities(core: NamedDependency[Core], actor: NamedDependency[Actor]) -> list[Priority]:
    """Priorities from low to critical, with what each means."""
    staff_only(actor)
    return service.priorities(await core.db.read(core.lookups.get))


@patch("/api/v1/priorities/{key:str}", tags=["desk"])
async def update_priority(
    core: NamedDependency[Core],
    actor: NamedDependency[Actor],
    key: FromPath[str],
    data: JSONBody[PriorityChanges],
) -> Priority:
    """Rename a priority, or say what it means. Admins only."""
    require(actor, "admin")
    return await core.db.write(lambda conn: service.change_priority(conn, core, key, data, actor))


@get("/api/v1/statuses", tags=["desk"])
async def list_statuses(core: NamedDependency[Core], actor: NamedDependency[Actor]) -> list[Status]:
    """Statuses, with where a ticket may go from each."""
    require(actor, "tickets:read")
    return statuses.statuses(await core.db.read(core.lookups.get), actor)


@post("/api/v1/statuses", tags=["desk"])
async def create_status(
    core: NamedDependency[Core], actor: NamedDependency[Actor], data: JSONBody[NewStatus]
) -> Status:
    """Add a status of a category. Admins only."""
    require(actor, "admin")
    return await core.db.write(lambda conn: statuses.add(conn, core, data, actor))


@patch("/api/v1/statuses/{key:str}", tags=["desk"])
async def update_status(
    core: NamedDependency[Core],
    actor: NamedDependency[Actor],
    key: FromPath[str],
    data: JSONBody[StatusChanges],
) -> Status:
    """Rename, order, connect or switch off a status, and say what it tells customers. Admins only."""
    require(actor, "admin")
    return await core.db.write(lambda conn: statuses.change(conn, core, key, data, actor))


routes = [
    list_categories,
    create_category,
    update_category,
    list_tags,
    create_tag,
    retire_tag,
    list_priorities,
    update_priority,
    list_statuses,
    create_status,
    update_status,
]
