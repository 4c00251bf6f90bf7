"""Products and items over HTTP."""

from uuid import UUID

from litestar import get, patch, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from services.common.http import Actor, require
from services.core.contract import (
    Item,
    ItemChanges,
    NewItem,
    NewProduct,
    Product,
    ProductChanges,
    Ticket,
    TicketProduct,
)
from services.core.desk import Core
from services.core.people.routes import agents_only
from services.core.products import service
from services.core.taxonomy.routes import staff_only
from services.core.tickets.service import read


@get("/api/v1/products", tags=["products"])
async def list_products(core: NamedDependency[Core], actor: NamedDependency[Actor]) -> list[Product]:
    """What the desk's house offers."""
    staff_only(actor)
    return await core.db.read(service.products)


@post("/api/v1/products", tags=["products"])
async def create_product(
    core: NamedDependency[Core], actor: NamedDependency[Actor], data: JSONBody[NewProduct]
) -> Product:
    """Add a product. Admins only."""
    require(actor, "admin")
    return await core.db.write(lambda conn: service.add_product(conn, core, data, actor))


@patch("/api/v1/products/{key:str}", tags=["products"])
async def update_product(
    core: NamedDependency[Core],
    actor: NamedDependency[Actor],
    key: FromPath[str],
    data: JSONBody[ProductChanges],
) -> Product:
    """Rename a product or switch it off. Admins only."""
    require(actor, "admin")
    return await core.db.write(lambda conn: service.change_product(conn, core, key, data, actor))


@get("/api/v1/contacts/{contact_id:uuid}/items", tags=["products"])
async def list_items(
    core: NamedDependency[Core], actor: NamedDependency[Actor], contact_id: FromPath[UUID]
) -> list[Item]:
    """What a contact and their organisation have."""
    agents_only(actor)
    return await core.db.read(lambda conn: service.items_of(conn, contact_id))


@post("/api/v1/contacts/{contact_id:uuid}/items", tags=["products"])
async def create_item(
    core: NamedDependency[Core],
    actor: NamedDependency[Actor],
    contact_id: FromPath[UUID],
    data: JSONBody[NewItem],
) -> Item:
    """Write down something that a contact, or their organisation, has."""
    agents_only(actor)
    require(actor, "tickets:write")
    return await core.db.write(lambda conn: service.add_item(conn, core, contact_id, data, actor))


@patch("/api/v1/items/{item_id:uuid}", tags=["products"])
async def update_item(
    core: NamedDependency[Core],
    actor: NamedDependency[Actor],
    item_id: FromPath[UUID],
    data: JSONBody[ItemChanges],
) -> Item:
    """Change an item, or take it out of use."""
    agents_only(actor)
    require(actor, "tickets:write")
    return await core.db.write(lambda conn: service.change_item(conn, core, item_id, data, actor))


@put("/api/v1/tickets/{number:int}/product", tags=["products"])
async def choose_product(
    core: NamedDependency[Core],
    actor: NamedDependency[Actor],
    number: FromPath[int],
    data: JSONBody[TicketProduct],
) -> Ticket:
    """Say which product, or which of the customer's items, a ticket is about; both null for none."""
    await core.db.write(lambda conn: service.about(conn, core, number, data, actor))
    return await core.db.read(lambda conn: read(conn, core, number, actor))


routes = [
    list_products,
    create_product,
    update_product,
    list_items,
    create_item,
    update_item,
    choose_product,
]
