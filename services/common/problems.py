"""RFC 9457: every failure leaves as ``application/problem+json`` with a stable type."""

from typing import Any

import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException

from services.common.errors import GENERIC, BadRequest, DeskError, FieldError, Invalid
from services.common.observability import get_logger, request_id

log = get_logger(__name__)
MEDIA_TYPE = "application/problem+json"
TYPE_PREFIX = "urn:triaje:problem:"


def problem_of(error: DeskError) -> dict[str, Any]:
    """The problem document of an expected failure."""
    document: dict[str, Any] = {
        "type": TYPE_PREFIX + error.code,
        "title": error.title,
        "status": error.status,
        "code": error.code,
    }
    if error.detail:
        document["detail"] = error.detail
    if error.errors:
        document["errors"] = error.errors
    if rid := request_id():
        document["instance"] = f"urn:triaje:request:{rid}"
    return {**error.extra, **document}


def error_of(status: int, document: dict[str, Any]) -> DeskError:
    """The error that a problem document describes, as the class that has its code."""
    code = str(document.get("code", ""))
    cls = DeskError.by_code.get(code) or GENERIC.get(status, DeskError)
    errors = [
        FieldError(str(e.get("field", "")), str(e.get("message", "")), str(e.get("code", "invalid")))
        for e in document.get("errors", [])
        if isinstance(e, dict)
    ]
    known = {"type", "title", "status", "code", "detail", "errors", "instance"}
    error = cls(str(document.get("detail", "")), **{k: v for k, v in document.items() if k not in known})
    error.errors = errors
    return error


def _response(document: dict[str, Any], status: int, headers: dict[str, str]) -> Response[bytes]:
    return Response(msgspec.json.encode(document), status_code=status, media_type=MEDIA_TYPE, headers=headers)


def handle_desk_error(request: Request[Any, Any, Any], error: DeskError) -> Response[bytes]:
    """Render an expected failure."""
    return _response(problem_of(error), error.status, error.headers)


def handle_http_error(request: Request[Any, Any, Any], error: HTTPException) -> Response[bytes]:
    """Render a failure that the framework found: routing, parsing, validation."""
    if isinstance(error, ValidationException):
        return handle_desk_error(request, Invalid(errors=_field_errors(error)))
    cls = GENERIC.get(error.status_code, DeskError)
    document = problem_of(cls(str(error.detail) if error.status_code < 500 else ""))
    if error.status_code not in GENERIC:
        document |= {
            "type": f"{TYPE_PREFIX}http_{error.status_code}",
            "code": f"http_{error.status_code}",
            "title": str(error.detail).split("\n")[0][:120],
            "status": error.status_code,
        }
    return _response(document, error.status_code, dict(error.headers or {}))


def _field_errors(error: ValidationException) -> list[FieldError]:
    items = error.extra if isinstance(error.extra, list) else []
    found = [
        FieldError(str(item.get("key") or item.get("source") or "body"), str(item.get("message", "")))
        for item in items
        if isinstance(item, dict)
    ]
    return found or [FieldError("body", str(error.detail)[:300])]


def handle_unexpected(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """A bug: logged whole, told without a word of its inside."""
    log.error("request.failed", path=request.url.path, method=request.method, exc_info=error)
    document = {
        "type": TYPE_PREFIX + "internal",
        "code": "internal",
        "status": 500,
        "title": "Something went wrong on our side",
        "instance": f"urn:triaje:request:{request_id()}",
    }
    return _response(document, 500, {})


def handle_depth(request: Request[Any, Any, Any], error: RecursionError) -> Response[bytes]:
    """JSON that is nested deeper than any of ours is."""
    return handle_desk_error(request, BadRequest("The content is nested too deeply."))


def handle_encoding(request: Request[Any, Any, Any], error: UnicodeDecodeError) -> Response[bytes]:
    """A body that is not UTF-8; the parser meets it inside a string and gives it no class of its own."""
    return handle_desk_error(request, BadRequest("The content is not UTF-8."))


HANDLERS: dict[Any, Any] = {
    RecursionError: handle_depth,
    UnicodeDecodeError: handle_encoding,
    DeskError: handle_desk_error,
    HTTPException: handle_http_error,
    Exception: handle_unexpected,
}
