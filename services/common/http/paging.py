"""Keyset paging: an opaque cursor that holds the last row's sort values."""

import base64
import binascii
from typing import Any, Generic, TypeVar

import msgspec

from services.common.errors import BadRequest

T = TypeVar("T")
DEFAULT_LIMIT, MAX_LIMIT = 25, 100


class Page(msgspec.Struct, Generic[T]):
    """One page of a list; ``next_cursor`` is None at the end."""

    items: list[T]
    next_cursor: str | None = None


class BadCursor(BadRequest):
    code, title = "bad_cursor", "The cursor is not one that this list gave out"


def clamp_limit(limit: int | None) -> int:
    """A page size between 1 and 100, 25 unless asked."""
    return DEFAULT_LIMIT if limit is None else max(1, min(limit, MAX_LIMIT))


def encode_cursor(*values: Any) -> str:
    """A cursor that holds ``values`` (strings, numbers, None; ISO text for times)."""
    return base64.urlsafe_b64encode(msgspec.json.encode(values)).rstrip(b"=").decode()


def decode_cursor(cursor: str | None, *kinds: type) -> tuple[Any, ...] | None:
    """The values of ``cursor``, checked against ``kinds``; None without one. Raises :class:`BadCursor`."""
    if not cursor:
        return None
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        values = msgspec.json.decode(raw, type=list[Any])
        if len(values) != len(kinds):
            raise BadCursor
        return tuple(msgspec.convert(value, kind | None) for value, kind in zip(values, kinds, strict=True))
    except (ValueError, binascii.Error, msgspec.MsgspecError) as error:
        raise BadCursor from error
