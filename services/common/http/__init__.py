"""HTTP: building a service's app, actors and tokens, problem details, paging, idempotency."""

from services.common.http.actor import ANONYMOUS, Actor, require
from services.common.http.app import Auth, build_app
from services.common.http.idempotency import idempotent
from services.common.http.paging import Page, clamp_limit, decode_cursor, encode_cursor

__all__ = [
    "ANONYMOUS",
    "Actor",
    "Auth",
    "Page",
    "build_app",
    "clamp_limit",
    "decode_cursor",
    "encode_cursor",
    "idempotent",
    "require",
]
