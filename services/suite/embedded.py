"""The embedded topology: four ASGI apps behind one, in one process."""

import asyncio
from typing import Any

import msgspec

from services.common.http.app import API_CSP, HSTS, SECURITY_HEADERS
from services.suite.openapi import DOCS_PAGE, merged_schema
from services.suite.runtime import Process
from services.suite.topology import owner_of

CSP = (
    b"default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:; "
    b"font-src 'self'; frame-ancestors 'none'"
)
HTML = [(b"content-type", b"text/html; charset=utf-8"), (b"content-security-policy", CSP)]


class EmbeddedApp:
    """Dispatches by path. What belongs to no single service (probes, API docs) is the union of all."""

    def __init__(self, process: Process) -> None:
        self.process = process
        self._schema: bytes | None = None
        self._headers = [
            *SECURITY_HEADERS,
            (b"cache-control", b"no-store"),
            *([HSTS] if process.settings.secure else []),
        ]

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
            return
        path = scope["path"]
        if scope["type"] == "http" and scope["method"] in {"GET", "HEAD"}:
            if path in {"/health/live", "/health/ready"}:
                await self._health(path, send)
                return
            if path in {"/api/docs", "/api/docs/"}:
                await self._send(send, 200, DOCS_PAGE, HTML)
                return
            if path == "/api/docs/openapi.json":
                await self._send(
                    send, 200, self._openapi(), [(b"content-type", b"application/vnd.oai.openapi+json")]
                )
                return
        owner = "core" if path == "/metrics" else owner_of(path)
        if owner is None:
            await self._send(
                send,
                404,
                b'{"type":"urn:triaje:problem:not_found","title":"There is no such thing",'
                b'"status":404,"code":"not_found"}',
                [(b"content-type", b"application/problem+json")],
            )
            return
        await self.process.services[owner].app(scope, receive, send)

    async def _lifespan(self, receive: Any, send: Any) -> None:
        """The suite is started before the port opens; the server's own lifespan has nothing to add."""
        while True:
            message = await receive()
            await send({"type": message["type"] + ".complete"})
            if message["type"] == "lifespan.shutdown":
                return

    async def _health(self, path: str, send: Any) -> None:
        if path == "/health/live":
            await self._send(send, 200, b'{"status":"ok"}')
            return
        services = self.process.services
        found = await asyncio.gather(*(service.check() for service in services.values()))
        checks = dict(zip(services, found, strict=True))
        ok = all(
            verdict == "ok"
            for name, verdicts in checks.items()
            for check, verdict in verdicts.items()
            if check in services[name].essential
        )
        body = msgspec.json.encode({"status": "ok" if ok else "unavailable", "checks": checks})
        await self._send(send, 200 if ok else 503, body)

    def _openapi(self) -> bytes:
        if self._schema is None:
            self._schema = merged_schema(
                {name: service.app for name, service in self.process.services.items() if name != "portal"},
                self.process.settings.url,
            )
        return self._schema

    async def _send(
        self, send: Any, status: int, body: bytes, headers: list[tuple[bytes, bytes]] | None = None
    ) -> None:
        own = headers or [(b"content-type", b"application/json")]
        if all(name != b"content-security-policy" for name, _ in own):
            own = [*own, API_CSP]
        length = (b"content-length", str(len(body)).encode())
        await send(
            {"type": "http.response.start", "status": status, "headers": [*own, length, *self._headers]}
        )
        await send({"type": "http.response.body", "body": body})
