"""A query that cannot be understood, told so that the person can mend it."""

from collections.abc import Sequence
from typing import Any

from services.common.errors import FieldError, Invalid


class QueryWrong(Invalid):
    """Carries ``position`` (the first character is 1), ``near``, ``reason`` and what was ``expected``."""

    code, title = "core.query_wrong", "The search cannot be understood"


def wrong(reason: str, message: str, *, at: int, near: str = "", expected: Sequence[str] = ()) -> QueryWrong:
    """``reason`` is ``unexpected``, ``field``, ``value``, ``operator`` or ``length``; pages word it by that."""
    extra: dict[str, Any] = {
        "position": at + 1,
        "near": near[:80],
        "reason": reason,
        "expected": list(expected)[:40],
    }
    return QueryWrong(message, errors=[FieldError("q", message, reason)], **extra)
