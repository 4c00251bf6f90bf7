"""Products, and which of them a customer has."""

from datetime import date
from uuid import UUID

from msgspec import UNSET, Struct, UnsetType

from services.core.contract.vocabulary import Input, Key, Translated


class Product(Struct, kw_only=True):
    """What the desk's house offers."""

    key: str
    name: Translated
    active: bool
    version: int


class NewProduct(Input):
    key: Key
    name: Translated


class ProductChanges(Input):
    version: int
    name: Translated | UnsetType = UNSET
    active: bool | UnsetType = UNSET


class Item(Struct, kw_only=True):
    """A product that somebody has. ``shared``: it is their organisation's. ``plan``: a plan or a warranty."""

    id: UUID
    product: str
    product_name: Translated
    name: str
    serial: str
    plan: str
    since: date | None
    until: date | None
    notes: str
    shared: bool
    active: bool
    version: int


class NewItem(Input):
    product: str
    name: str = ""
    serial: str = ""
    plan: str = ""
    since: date | None = None
    until: date | None = None
    notes: str = ""
    shared: bool = False


class ItemChanges(Input):
    version: int
    product: str | UnsetType = UNSET
    name: str | UnsetType = UNSET
    serial: str | UnsetType = UNSET
    plan: str | UnsetType = UNSET
    since: date | UnsetType | None = UNSET
    until: date | UnsetType | None = UNSET
    notes: str | UnsetType = UNSET
    active: bool | UnsetType = UNSET


class TicketProduct(Input):
    """What a ticket is about: one of the customer's items, or a product, or nothing."""

    product: str | None = None
    item: UUID | None = None


class ProductRef(Struct, kw_only=True):
    key: str
    name: Translated
    item: Item | None = None
