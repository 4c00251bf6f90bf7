"""The customer beside a ticket."""

from datetime import datetime

from msgspec import Struct

from services.core.contract.people import Contact
from services.core.contract.products import Item
from services.core.contract.satisfaction import Satisfaction
from services.core.contract.tickets import TicketRow


class SolvedBefore(Struct, kw_only=True):
    """An earlier ticket with what solved it, and what the customer said of that."""

    number: int
    subject: str
    status: str
    channel: str
    closed_at: datetime | None
    resolution: str
    score: int | None


class LatelySaid(Struct, kw_only=True):
    """A message of any of a customer's tickets; ``ours``: the desk wrote it."""

    number: int
    at: datetime
    channel: str
    ours: bool
    author: str
    excerpt: str


class ContactOverview(Struct, kw_only=True):
    """The customer as they stand beside a ticket: newest first in every list."""

    contact: Contact
    satisfaction: Satisfaction
    items: list[Item]
    open: list[TicketRow]
    before: list[SolvedBefore]
    said: list[LatelySaid]
