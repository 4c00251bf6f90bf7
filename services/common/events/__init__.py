"""Events: rows in the producer's outbox, delivered at least once to every subscriber's inbox."""

from services.common.events.inbox import Inbox
from services.common.events.outbox import Event, Relay, record

__all__ = ["Event", "Inbox", "Relay", "record"]
