"""A call to an ASGI app in this process, without the machinery of a client that speaks to the network.

A page makes several of these calls; httpx with its transport for apps costs as much as the service that answers.
"""

import asyncio
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, unquote, urlencode

import httpx

from services.common.turns import turn

HOST = ("in-process", None)
_PLAIN = "/%:@!$&'()*+,;=~-._"


class Answer:
    """Collects what an app sends."""

    def __init__(self, body: bytes) -> None:
        self._body: bytes | None = body
        self._over = asyncio.Event()
        self._status = 500
        self._headers: list[tuple[bytes, bytes]] = []
        self._parts: list[bytes] = []

    async def receive(self) -> dict[str, Any]:
        """The whole body at once; then nothing until the answer is complete."""
        if self._body is None:
            await self._over.wait()
            return {"type": "http.disconnect"}
        body, self._body = self._body, None
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self._status, self._headers = message["status"], list(message.get("headers", ()))
        else:
            self._parts.append(message.get("body", b""))
            if not message.get("more_body", False):
                self._over.set()

    def response(self) -> httpx.Response:
        return httpx.Response(self._status, headers=self._headers, content=b"".join(self._parts))


async def call(
    app: Any, method: str, path: str, *, params: Mapping[str, Any], headers: Mapping[str, str], content: bytes
) -> httpx.Response:
    """The answer of ``app``; 500 where it failed before it began to answer."""
    raw = quote(path, safe=_PLAIN)
    query = urlencode({name: _text(value) for name, value in params.items()}, doseq=True)
    sent = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()]
    if content:
        sent.append((b"content-length", str(len(content)).encode()))
    answer = Answer(content)
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "scheme": "http",
        "path": unquote(raw), "raw_path": raw.encode(), "query_string": query.encode(), "root_path": "",
        "headers": [(b"host", b"in-process"), *sent], "server": HOST, "client": ("127.0.0.1", 123),
    }  # fmt: skip
    try:
        await app(scope, answer.receive, answer.send)
    except Exception:  # as over the network: whoever called learns only that it failed
        return httpx.Response(500)
    await turn()
    return answer.response()


def _text(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    return [_text(one) for one in value] if isinstance(value, (list, tuple)) else value
