"""Expected failures. Each carries its HTTP status and a stable code, and is rendered as RFC 9457."""

from typing import Any, ClassVar

import msgspec


class FieldError(msgspec.Struct, frozen=True):
    """What is wrong with one input field; ``field`` is a dotted path into the body."""

    field: str
    message: str
    code: str = "invalid"


class DeskError(Exception):
    """Base of every expected failure.

    ``extra`` holds RFC 9457 extension members (for a conflict, the current state). Subclasses live beside
    the feature that raises them and set ``status``, ``code`` and ``title``; clients rebuild the same class
    from the code.
    """

    status: ClassVar[int] = 400
    code: ClassVar[str] = "desk_error"
    title: ClassVar[str] = "The request could not be carried out"
    by_code: ClassVar[dict[str, type["DeskError"]]] = {}

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        DeskError.by_code[cls.code] = cls

    def __init__(self, detail: str = "", *, errors: list[FieldError] | None = None, **extra: Any) -> None:
        super().__init__(detail or self.title)
        self.detail = detail
        self.errors = errors or []
        self.extra = extra

    @property
    def headers(self) -> dict[str, str]:
        """Response headers that belong to the error."""
        return {}


class BadRequest(DeskError):
    status, code, title = 400, "bad_request", "The request is malformed"


class Unauthorized(DeskError):
    status, code, title = 401, "unauthorized", "Sign in first"

    @property
    def headers(self) -> dict[str, str]:
        return {"WWW-Authenticate": "Bearer"}


class Forbidden(DeskError):
    status, code, title = 403, "forbidden", "You may not do this"


class NotFound(DeskError):
    status, code, title = 404, "not_found", "There is no such thing"


class Conflict(DeskError):
    status, code, title = 409, "conflict", "It changed meanwhile"


class TooLarge(DeskError):
    status, code, title = 413, "too_large", "The content is too large"


class Invalid(DeskError):
    status, code, title = 422, "invalid", "Some fields are not valid"


class TooMany(DeskError):
    """Too many requests; ``retry_after`` is in seconds."""

    status, code, title = 429, "too_many", "Too many requests"

    def __init__(self, detail: str = "", *, retry_after: int = 60, **extra: Any) -> None:
        super().__init__(detail, **extra)
        self.retry_after = retry_after

    @property
    def headers(self) -> dict[str, str]:
        return {"Retry-After": str(self.retry_after)}


class Unavailable(DeskError):
    """Something behind this service is away; ``retry_after`` is in seconds."""

    status, code, title = 503, "unavailable", "This part is away for a moment"

    def __init__(self, detail: str = "", *, retry_after: int = 5, **extra: Any) -> None:
        super().__init__(detail, **extra)
        self.retry_after = retry_after

    @property
    def headers(self) -> dict[str, str]:
        return {"Retry-After": str(self.retry_after)}


GENERIC: dict[int, type[DeskError]] = {
    c.status: c
    for c in (
        BadRequest,
        Unauthorized,
        Forbidden,
        NotFound,
        Conflict,
        TooLarge,
        Invalid,
        TooMany,
        Unavailable,
    )
}
