"""Structured logs. Context variables carry the request id and nothing that a decision depends on."""

import logging
import re
import sys
from contextvars import ContextVar
from typing import Any

import structlog

_request_id: ContextVar[str] = ContextVar("request_id", default="")
_SECRET = re.compile(r"(trj_[\w-]{6})[\w-]+|(Bearer )\S+|(eyJ[\w-]{5})[\w.-]+")
_HIDDEN = {"password", "token", "secret", "authorization", "cookie", "body", "subject", "email"}


def request_id() -> str:
    """The id of the request that is being served, or an empty string."""
    return _request_id.get()


def bind_request(value: str) -> None:
    """Make ``value`` the request id of this task and of what it starts."""
    _request_id.set(value[:64])


def _add_request(_: Any, __: str, event: Any) -> Any:
    if rid := _request_id.get():
        event.setdefault("request_id", rid)
    return event


def _redact(_: Any, __: str, event: Any) -> Any:
    for key, value in event.items():
        if key in _HIDDEN:
            event[key] = "…"
        elif isinstance(value, str):
            event[key] = _SECRET.sub(lambda m: next(g for g in m.groups() if g) + "…", value)
    return event


def configure_logging(level: str = "INFO", *, as_json: bool = False) -> None:
    """Send everything, the libraries' logs too, to stderr as lines or as JSON."""
    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        _add_request,
        structlog.processors.format_exc_info,
        _redact,  # behind the traceback, whose message may hold a token
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderer = (
        structlog.processors.JSONRenderer()
        if as_json
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for noisy in ("alembic", "dramatiq", "httpx", "httpcore", "granian.access"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def get_logger(name: str) -> Any:
    """A structured logger: ``log.info("ticket.created", number=42)``. Never pass what customers wrote."""
    return structlog.stdlib.get_logger(name)
