"""Products, items and the one that a ticket is about. Every change is in the audit log."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from msgspec import UNSET

from services.common.db.compiled import CompiledSelect
from services.common.errors import Conflict, FieldError, Invalid, NotFound
from services.common.http import Actor, require
from services.common.ids import uuid7
from services.common.text import single_line, strip_control
from services.core import contract as c
from services.core.actors import author_of, setter_of
from services.core.audit import note
from services.core.contract import Change, Item, ItemChanges, NewItem, NewProduct, Product, ProductChanges
from services.core.desk import Core
from services.core.models import contact, item, product, ticket_product
from services.core.people.resolve import ContactNotFound
from services.core.taxonomy.checks import given, named, versioned_update
from services.core.taxonomy.errors import KeyTaken, NotKnown
from services.core.taxonomy.service import changed
from services.core.tickets import repository
from services.core.tickets.noted import noted

MOST = 500
"""Items of one contact that are shown."""


class ItemNotFound(NotFound):
    code, title = "core.item_not_found", "There is no such item"


class NotTheirs(Conflict):
    code, title = "core.item_of_another", "The item belongs to another customer"


def products(conn: sa.Connection) -> list[Product]:
    """All products by key."""
    return [_product(row) for row in conn.execute(sa.select(product).order_by(product.c.key))]


def _product(row: Any) -> Product:
    return Product(key=row.key, name=row.name, active=row.active, version=row.version)


def add_product(conn: sa.Connection, core: Core, data: NewProduct, actor: Actor) -> Product:
    """A new product; raises :class:`KeyTaken`."""
    if conn.execute(sa.select(product.c.key).where(product.c.key == data.key)).first() is not None:
        raise KeyTaken
    values = {"key": data.key, "name": named(data.name), "active": True, "version": 1}
    conn.execute(product.insert(), values)
    changed(conn, core, "product", data.key, actor, "created", {"name": values["name"]})
    return _read_product(conn, data.key)


def change_product(conn: sa.Connection, core: Core, key: str, data: ProductChanges, actor: Actor) -> Product:
    """Rename a product or switch it off; items and tickets keep it."""
    _read_product(conn, key)
    values = given(name=data.name, active=data.active)
    if "name" in values:
        values["name"] = named(values["name"])
    versioned_update(conn, product, product.c.key == key, data.version, values)
    changed(conn, core, "product", key, actor, "changed", values)
    return _read_product(conn, key)


def _read_product(conn: sa.Connection, key: str) -> Product:
    row = conn.execute(sa.select(product).where(product.c.key == key)).first()
    if row is None:
        raise NotKnown
    return _product(row)


def items_of(conn: sa.Connection, contact_id: UUID) -> list[Item]:
    """What a contact and their organisation have, what is in use first."""
    return [_item(row) for row in _items_of.all(conn, contact=contact_id)]


def _items() -> sa.Select[Any]:
    return sa.select(item, product.c.name.label("product_name")).join(
        product, product.c.key == item.c.product
    )


_items_of = CompiledSelect(
    _items()
    .where(
        sa.or_(
            item.c.contact_id == sa.bindparam("contact"),
            item.c.organization_id
            == sa.select(contact.c.organization_id)
            .where(contact.c.id == sa.bindparam("contact"))
            .scalar_subquery(),
        )
    )
    .order_by(item.c.active.desc(), item.c.id)
    .limit(MOST)
)
_of_ticket = CompiledSelect(
    sa.select(ticket_product.c.item_id, product.c.key, product.c.name)
    .join(product, product.c.key == ticket_product.c.product)
    .where(ticket_product.c.ticket_id == sa.bindparam("ticket"))
)


def _item(row: Mapping[Any, Any]) -> Item:
    return Item(
        id=row["id"],
        product=row["product"],
        product_name=row["product_name"],
        name=row["name"],
        serial=row["serial"],
        plan=row["plan"],
        since=row["since"],
        until=row["until"],
        notes=row["notes"],
        shared=row["organization_id"] is not None,
        active=row["active"],
        version=row["version"],
    )


def one_item(conn: sa.Connection, item_id: UUID) -> Item:
    """One item; raises :class:`ItemNotFound`."""
    row = conn.execute(_items().where(item.c.id == item_id)).mappings().first()
    if row is None:
        raise ItemNotFound
    return _item(row)


def add_item(conn: sa.Connection, core: Core, contact_id: UUID, data: NewItem, actor: Actor) -> Item:
    """Something that a contact owns, or, ``shared``, their organisation."""
    owner = conn.execute(sa.select(contact.c.organization_id).where(contact.c.id == contact_id)).first()
    if owner is None:
        raise ContactNotFound
    if data.shared and owner.organization_id is None:
        raise Invalid(errors=[FieldError("shared", "The contact has no organisation.", "unknown")])
    values = _values(conn, {name: getattr(data, name) for name in _FIELDS})
    id_ = uuid7()
    conn.execute(
        item.insert(),
        {
            "id": id_,
            "contact_id": None if data.shared else contact_id,
            "organization_id": owner.organization_id if data.shared else None,
            "active": True,
            "version": 1,
            "created_at": core.now(),
            **values,
        },
    )
    _note(conn, core, id_, "created", actor, values)
    return one_item(conn, id_)


_FIELDS = ("product", "name", "serial", "plan", "since", "until", "notes")


def change_item(conn: sa.Connection, core: Core, item_id: UUID, data: ItemChanges, actor: Actor) -> Item:
    """Change an item, or take it out of use; tickets about it keep it."""
    before = one_item(conn, item_id)
    asked = {name: value for name in (*_FIELDS, "active") if (value := getattr(data, name)) is not UNSET}
    values = _values(conn, asked, before)
    versioned_update(conn, item, item.c.id == item_id, data.version, values)
    _note(conn, core, item_id, "changed", actor, values)
    return one_item(conn, item_id)


def _values(conn: sa.Connection, asked: dict[str, Any], before: Item | None = None) -> dict[str, Any]:
    """Clean values of an item; raises :class:`Invalid` with all that is wrong."""
    values = dict(asked)
    wrong = []
    for name, most in (("name", 200), ("serial", 120), ("plan", 120)):
        if name in values:
            values[name] = single_line(values[name], most)
    if "notes" in values:
        values["notes"] = strip_control(values["notes"])[:4_000].strip()
    key = values.get("product")
    if key is not None:
        row = conn.execute(sa.select(product.c.active).where(product.c.key == key)).first()
        if row is None or (not row.active and (before is None or before.product != key)):
            wrong.append(FieldError("product", f"There is no product {key[:80]!r}.", "unknown"))
    since = values.get("since", before.since if before else None)
    until = values.get("until", before.until if before else None)
    if since is not None and until is not None and until < since:
        wrong.append(FieldError("until", "It ends before it begins.", "order"))
    if wrong:
        raise Invalid(errors=wrong)
    return values


def about(
    conn: sa.Connection, core: Core, number: int, data: c.TicketProduct, actor: Actor
) -> c.ProductRef | None:
    """Say what a ticket is about: a product, one of the customer's own items, or nothing."""
    require(actor, "tickets:write")
    row = repository.by_number(conn, number, actor, lock=True)
    if not actor.is_agent:
        raise NotFound
    key, chosen = data.product, None
    if data.item is not None:
        chosen = one_item(conn, data.item)
        if chosen.id not in {one.id for one in items_of(conn, row["requester_id"])}:
            raise NotTheirs
        key = chosen.product
    elif key is not None and conn.execute(sa.select(product).where(product.c.key == key)).first() is None:
        raise Invalid(errors=[FieldError("product", f"There is no product {key[:80]!r}.", "unknown")])
    before = of_ticket(conn, row["id"])
    conn.execute(ticket_product.delete().where(ticket_product.c.ticket_id == row["id"]))
    if key is not None:
        values = {"ticket_id": row["id"], "product": key, "item_id": data.item}
        conn.execute(ticket_product.insert(), values)
    after = of_ticket(conn, row["id"])
    if after != before:
        noted(conn, row, actor, core.now(), field="product", old=_said(before), new=_said(after))
    return after


def _said(ref: c.ProductRef | None) -> str | None:
    if ref is None:
        return None
    return f"{ref.key} {ref.item.serial or ref.item.name}".strip() if ref.item else ref.key


def of_ticket(conn: sa.Connection, ticket_id: UUID) -> c.ProductRef | None:
    """What a ticket is about."""
    row = _of_ticket(conn, ticket=ticket_id)
    if row is None:
        return None
    item = one_item(conn, row["item_id"]) if row["item_id"] else None
    return c.ProductRef(key=row["key"], name=row["name"], item=item)


def _note(
    conn: sa.Connection, core: Core, item_id: UUID, action: str, actor: Actor, values: dict[str, Any]
) -> None:
    changes = [
        Change(field=f, old=None, new=str(v) if isinstance(v, date) else v, set_by=setter_of(actor))
        for f, v in values.items()
    ]
    note(
        conn, at=core.now(), subject="item", subject_id=item_id, action=action, author=author_of(actor),
        changes=changes,
    )  # fmt: skip
