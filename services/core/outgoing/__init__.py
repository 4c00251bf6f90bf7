"""Mail out: composed in the customer's language, queued with what caused it, carried by SMTP, watched to its end."""

from services.core.outgoing.transport import Outgoing

__all__ = ["Outgoing"]
