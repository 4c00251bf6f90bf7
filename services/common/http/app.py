"""Builds a service's Litestar app: identity, request ids, problems, probes, metrics, the inbox's door."""

import secrets
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any

import msgspec
from litestar import Litestar, Request, Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.params import JSONBody
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from services.common.errors import DeskError, NotFound, Unauthorized
from services.common.events.inbox import Inbox
from services.common.events.outbox import Event
from services.common.http.actor import ANONYMOUS, Actor
from services.common.ids import uuid7
from services.common.observability import bind_request, metrics
from services.common.problems import HANDLERS, MEDIA_TYPE, problem_of

if TYPE_CHECKING:
    from services.common.service import Service

Scope = Any
Auth = Callable[[Scope], Awaitable[Actor]]
SECURITY_HEADERS = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=()"),
]
API_CSP = (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'; sandbox")
HSTS = (b"strict-transport-security", b"max-age=31536000; includeSubDomains")


class EventBatch(msgspec.Struct):
    """What a relay posts."""

    events: list[Event]


def header(scope: Scope, name: bytes) -> str:
    """The value of a request header, or an empty string."""
    return next((value.decode("latin-1") for key, value in scope["headers"] if key == name), "")


def bearer_auth(service: "Service") -> Auth:
    """Identity from the ``Authorization`` header; without one, a visitor."""

    async def authenticate(scope: Scope) -> Actor:
        scheme, _, token = header(scope, b"authorization").partition(" ")
        if not scheme:
            return ANONYMOUS
        if scheme.lower() != "bearer" or not token:
            raise Unauthorized("Use a bearer token.")
        return await service.verifier.verify(token.strip())

    return authenticate


class Envelope:
    """The outermost layer of a service: request id, identity, headers that no answer may lack, timing."""

    def __init__(self, app: Any, service: "Service", authenticate: Auth) -> None:
        self._app, self._service, self._authenticate = app, service, authenticate
        self._headers = [*SECURITY_HEADERS, *([HSTS] if service.settings.secure else [])]

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        given = header(scope, b"x-request-id")
        rid = given if 8 <= len(given) <= 64 and given.isalnum() else uuid7().hex
        bind_request(rid)
        status = 500

        async def send_with_headers(message: Any) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                present = {key.lower() for key, _ in message["headers"]}
                extra = [pair for pair in self._headers if pair[0] not in present]
                if b"content-security-policy" not in present:
                    extra.append(API_CSP)
                if b"cache-control" not in present:
                    extra.append((b"cache-control", b"no-store"))
                message = {
                    **message,
                    "headers": [*message["headers"], (b"x-request-id", rid.encode()), *extra],
                }
            await send(message)

        try:
            actor = await self._authenticate(scope)
            if scope["path"].startswith("/internal/") and not actor.is_service:
                raise NotFound
            scope.setdefault("state", {})["actor"] = actor
        except DeskError as error:
            await _send_problem(error, send_with_headers)
        else:
            await self._app(scope, receive, send_with_headers)
        route = scope.get("path_template") or "unrouted"
        metrics.http_seconds.labels(self._service.name, scope["method"], route, str(status)).observe(
            time.perf_counter() - started
        )


async def _send_problem(error: DeskError, send: Any) -> None:
    body = msgspec.json.encode(problem_of(error))
    headers = [
        (b"content-type", MEDIA_TYPE.encode()),
        (b"content-length", str(len(body)).encode()),
        *((k.lower().encode(), v.encode()) for k, v in error.headers.items()),
    ]
    await send({"type": "http.response.start", "status": error.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def current_actor(request: Request[Any, Any, Any]) -> Actor:
    """The actor that the envelope found."""
    actor = request.scope["state"].get("actor", ANONYMOUS)
    return actor if isinstance(actor, Actor) else ANONYMOUS


def _kernel_routes(service: "Service") -> list[Any]:
    inbox = Inbox(service.db, service.jobs) if service.db and service.jobs else None

    @get("/health/live", include_in_schema=False)
    async def live() -> dict[str, str]:
        return {"status": "ok", "service": service.name}

    @get("/health/ready", include_in_schema=False)
    async def ready() -> Response[dict[str, Any]]:
        checks = await service.check()
        ok = all(verdict == "ok" for name, verdict in checks.items() if name in service.essential)
        return Response(
            {"status": "ok" if ok else "unavailable", "service": service.name, "checks": checks},
            status_code=200 if ok else 503,
            headers={} if ok else {"Retry-After": "5"},
        )

    @get("/metrics", include_in_schema=False)
    async def metrics_text(request: Request[Any, Any, Any], actor: NamedDependency[Actor]) -> Response[bytes]:
        token = service.settings.metrics_token
        given = header(request.scope, b"x-metrics-token")
        if not (actor.is_admin or actor.is_service or (token and secrets.compare_digest(given, token))):
            raise Unauthorized("Metrics want an admin's token.")
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    @post("/internal/events", status_code=204, include_in_schema=False)
    async def events(data: JSONBody[EventBatch]) -> None:
        if service.on_events is not None:
            await service.on_events(data.events)
        if inbox is not None:
            await inbox.receive(data.events)

    return [live, ready, metrics_text, events]


def build_app(
    service: "Service",
    route_handlers: Sequence[Any],
    *,
    authenticate: Auth | None = None,
    exception_handlers: dict[Any, Any] | None = None,
    **options: Any,
) -> Litestar:
    """The Litestar app of ``service``. Every handler can ask for ``actor: NamedDependency[Actor]``.

    ``options`` go to :class:`Litestar`. The app starts and stops the service with its lifespan.
    """
    dependencies = {"actor": Provide(current_actor, sync_to_thread=False), **options.pop("dependencies", {})}
    openapi = options.pop("openapi_config", None) or OpenAPIConfig(
        title=f"Triaje {service.name}", version="1", path="/api/docs", render_plugins=[JsonRenderPlugin()]
    )
    app = Litestar(
        route_handlers=[*route_handlers, *_kernel_routes(service)],
        dependencies=dependencies,
        exception_handlers={**HANDLERS, **(exception_handlers or {})},
        openapi_config=openapi,
        request_max_body_size=service.settings.max_body_mb * 1_000_000,
        lifespan=[lambda _: service.running(), *options.pop("lifespan", [])],
        logging_config=None,
        **options,
    )
    app.asgi_handler = Envelope(app.asgi_handler, service, authenticate or bearer_auth(service))
    return app


__all__ = ["Auth", "build_app", "current_actor", "header"]
