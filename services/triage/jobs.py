"""The registry of triage's background work; features add to it when they are imported."""

from services.common.events import Event
from services.common.jobs import Jobs

jobs = Jobs("triage")

URGENT = {"alert": 2, "phone": 1, "chat": 1}


def _priority(event: Event) -> int:
    """When a backlog drains, people who wait at the other end go first, and new tickets before old changes."""
    new = 10 if event.type.startswith("core.ticket.created") else 0
    return new + int(event.data.get("urgency", 0)) + URGENT.get(str(event.data.get("channel", "")), 0)


jobs.priority_of = _priority
