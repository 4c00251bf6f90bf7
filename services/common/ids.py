"""Identifiers: time-ordered UUIDs and short random secrets."""

import secrets
import uuid
from datetime import datetime

import uuid_utils


def uuid7(at: datetime | None = None) -> uuid.UUID:
    """A UUIDv7: sorts by the time of its making, so that new rows land at the end of an index.

    ``at`` is for what happened before it was recorded, as in an import: the row sorts where it belongs.
    """
    if at is None:
        return uuid.UUID(bytes=uuid_utils.uuid7().bytes)
    return uuid.UUID(bytes=uuid_utils.uuid7(int(at.timestamp()), at.microsecond * 1000).bytes)


def parse_uuid(text: str) -> uuid.UUID | None:
    """The UUID that ``text`` spells, or None: an id from outside is data, never an exception."""
    try:
        return uuid.UUID(text)
    except (ValueError, AttributeError, TypeError):
        return None


def new_secret(prefix: str = "", entropy_bytes: int = 32) -> str:
    """A URL-safe secret of ``entropy_bytes`` random bytes (256 bits unless told) behind ``prefix``."""
    return prefix + secrets.token_urlsafe(entropy_bytes)
