"""Identifiers from addresses and forms."""

from uuid import UUID

from services.common.errors import NotFound


def uuid_of(text: str) -> UUID:
    """The UUID in ``text``; raises NotFound where it is none, since nothing has such an id."""
    try:
        return UUID(text)
    except ValueError:
        raise NotFound from None


def signed_part(link: str) -> str:
    """A signed link's part as core makes it; anything else is unknown. Raises :class:`NotFound`."""
    if len(link) > 120 or not all(c.isascii() and (c.isalnum() or c == ".") for c in link):
        raise NotFound
    return link
