"""What an agent's page shows of a ticket."""

from msgspec import Struct

from services.core.contract.overview import ContactOverview
from services.core.contract.sharing import Draft
from services.core.contract.tickets import Ticket, TimelinePage
from services.core.contract.together import Relations


class Workspace(Struct, kw_only=True):
    """A ticket with what stands around it, as of one moment."""

    ticket: Ticket
    timeline: TimelinePage
    """The newest entries; its cursor leads back."""
    draft: Draft
    relations: Relations | None
    """None for who may not act on it."""
    customer: ContactOverview | None
    """None for who may not read of customers."""
