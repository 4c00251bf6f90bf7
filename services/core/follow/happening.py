"""An event of the desk as what follows from it sees it, and the list of what follows."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import sqlalchemy as sa
from msgspec import Struct, field

from services.common.events import Event
from services.core import contract as c

if TYPE_CHECKING:
    from services.core.desk import Core

NAMES = {
    c.TICKET_CREATED: "created",
    c.TICKET_UPDATED: "updated",
    c.TICKET_CLOSED: "closed",
    c.TICKET_REOPENED: "reopened",
    c.MESSAGE_RECEIVED: "customer_replied",
    c.MESSAGE_SENT: "agent_replied",
    c.TICKET_WARNED: "sla_warning",
    c.TICKET_BREACHED: "sla_breached",
}
"""Event types to the names by which rules know them; a note of an agent is ``noted``."""


class Happening(Struct, kw_only=True):
    """One event about one ticket. ``changed`` are the fields that moved, ``chain`` the rules that led to it.
    ``moved_to`` is the status that it got, ``moved_by`` the kind of author who gave it.

    ``seeded`` marks tickets that were written with their history: nothing happens because of them.
    """

    id: UUID
    name: str
    ticket: UUID
    number: int
    message: UUID | None = None
    changed: frozenset[str] = frozenset()
    chain: list[str] = field(default_factory=list)
    moved_to: str = ""
    moved_by: str = ""
    at: datetime | None = None
    seeded: bool = False


def happening_of(event: Event) -> Happening | None:
    """The happening behind an event; None for events that nothing follows."""
    name, data = NAMES.get(event.type), event.data
    if name is None:
        return None
    if name == "agent_replied" and data.get("kind") == "note":
        name = "noted"
    message = data.get("message")
    return Happening(
        id=event.id,
        name=name,
        ticket=UUID(data["ticket"]),
        number=int(data["number"]),
        message=UUID(message) if message else None,
        changed=frozenset(change["field"] for change in data.get("changes", ())),
        chain=list(data.get("chain", ())),
        moved_to=data.get("moved_to", "") if event.type == c.TICKET_UPDATED else "",
        moved_by=data.get("moved_by", ""),
        at=event.at,
        seeded=bool(data.get("seeded")),
    )


Consequence = Callable[[sa.Connection, "Core", Happening, datetime], None]
"""What follows from a happening, in the follower's unit."""
Alarm = Callable[[sa.Connection, "Core", UUID, str, datetime], None]
"""What happens when a timer of a kind is up: ``alarm(conn, core, ticket, kind, now)``."""
Batch = Callable[[sa.Connection, "Core", list[Happening], datetime], None]
"""What follows for all tickets of a slice at once."""


def plain(value: Any) -> Any:
    """A value as it stands in an event or a condition."""
    return str(value) if isinstance(value, UUID) else value
