"""One peer service: time-outs, retries of what may be repeated, a breaker, and its errors as our classes."""

import time
from typing import Any, TypeVar, cast

import httpx
import msgspec
import stamina

from services.common.clients import inside
from services.common.clients.trust import trust
from services.common.errors import Unavailable
from services.common.http.tokens import ServiceTokens
from services.common.observability import metrics, request_id
from services.common.problems import MEDIA_TYPE, error_of

T = TypeVar("T")
BREAK_AFTER, BREAK_SECONDS = 5, 5.0


class PeerUnavailable(Unavailable):
    code, title = "peer_unavailable", "A part of the desk is away"


class Peer:
    """A typed door to another service. ``app`` is its ASGI app where it runs in this process.

    Calls carry the actor's token where one is given, and a service token otherwise. After five failures in a
    row the peer is left alone for five seconds. Bodies are whole in memory: never stream through a peer.
    """

    def __init__(
        self,
        name: str,
        caller: str,
        tokens: ServiceTokens,
        *,
        base_url: str = "",
        app: Any = None,
        timeout: float = 10.0,
    ) -> None:
        self.name, self._caller, self._tokens = name, caller, tokens
        self._app = app
        if app is None:
            self._http = httpx.AsyncClient(
                base_url=base_url,
                trust_env=False,
                verify=trust(),
                timeout=httpx.Timeout(timeout, connect=2.0),
                limits=httpx.Limits(max_connections=100, max_keepalive_connections=20),
            )
        self._failures, self._open_until = 0, 0.0

    async def get(
        self,
        path: str,
        type: type[T],
        *,
        params: dict[str, Any] | None = None,
        token: str | None = None,
        timeout: float | None = None,
    ) -> T:
        """GET and decode as ``type``; repeated up to three times while the peer is away."""
        response = await self.raw("GET", path, params=params, token=token, timeout=timeout)
        return msgspec.json.decode(response.content, type=type)

    async def post(
        self,
        path: str,
        body: Any = None,
        type: type[T] | None = None,
        *,
        token: str | None = None,
        idempotency_key: str | None = None,
        params: dict[str, Any] | None = None,
        retry: bool = False,
        timeout: float | None = None,
    ) -> T:
        """POST a struct as JSON. Repeated only with an idempotency key, or where ``retry`` says it is safe."""
        headers = {"Idempotency-Key": idempotency_key} if idempotency_key else {}
        response = await self.raw(
            "POST",
            path,
            body=body,
            token=token,
            params=params,
            headers=headers,
            retry=retry or bool(idempotency_key),
            timeout=timeout,
        )
        return cast(T, _decoded(response, type))

    async def patch(
        self, path: str, body: Any, type: type[T] | None = None, *, token: str | None = None
    ) -> T:
        """PATCH a struct as JSON."""
        return cast(T, _decoded(await self.raw("PATCH", path, body=body, token=token, retry=False), type))

    async def put(
        self, path: str, body: Any = None, type: type[T] | None = None, *, token: str | None = None
    ) -> T:
        """PUT a struct as JSON; a PUT may be repeated."""
        return cast(T, _decoded(await self.raw("PUT", path, body=body, token=token, retry=True), type))

    async def delete(self, path: str, *, token: str | None = None) -> None:
        """DELETE; a DELETE may be repeated."""
        await self.raw("DELETE", path, token=token, retry=True)

    async def raw(
        self,
        method: str,
        path: str,
        *,
        body: Any = None,
        content: bytes | None = None,
        params: dict[str, Any] | None = None,
        token: str | None = None,
        headers: dict[str, str] | None = None,
        retry: bool | None = None,
        timeout: float | None = None,
    ) -> httpx.Response:
        """The response of a call that succeeded.

        Raises the peer's own error as the class that has its code, and :class:`PeerUnavailable` when there
        was no answer.
        """
        if time.monotonic() < self._open_until:
            raise PeerUnavailable(f"{self.name} does not answer.", peer=self.name)
        sent = {
            "Authorization": f"Bearer {token or self._tokens.sign(self._caller)}",
            "X-Request-ID": request_id(),
            **(headers or {}),
        }
        if body is not None:
            content = msgspec.json.encode(body)
            sent["Content-Type"] = "application/json"
        present = {k: v for k, v in (params or {}).items() if v is not None}
        if self._app is not None:
            response = await inside.call(
                self._app, method, path, params=present, headers=sent, content=content or b""
            )
            return self._checked(response)
        attempts = 3 if (method == "GET" if retry is None else retry) else 1
        wait = httpx.USE_CLIENT_DEFAULT if timeout is None else timeout
        try:
            async for attempt in stamina.retry_context(
                on=httpx.TransportError,
                attempts=attempts,
                timeout=20,
                wait_initial=0.05,
                wait_max=0.5,
                wait_jitter=0.1,
            ):
                with attempt:
                    response = await self._http.request(
                        method, path, content=content, params=present, headers=sent, timeout=wait
                    )
        except httpx.HTTPError as error:
            self._failed()
            raise PeerUnavailable(f"{self.name} does not answer.", peer=self.name) from error
        return self._checked(response)

    def _checked(self, response: httpx.Response) -> httpx.Response:
        self._failures = 0
        if response.status_code >= 400:
            raise _error(response)
        return response

    def _failed(self) -> None:
        metrics.peer_failures.labels(self.name).inc()
        self._failures += 1
        if self._failures >= BREAK_AFTER:
            self._failures, self._open_until = 0, time.monotonic() + BREAK_SECONDS

    async def close(self) -> None:
        """Let go of the connections."""
        if self._app is None:
            await self._http.aclose()


def _decoded(response: httpx.Response, type: Any) -> Any:
    if type is None or not response.content:
        return None
    return msgspec.json.decode(response.content, type=type)


def _error(response: httpx.Response) -> Exception:
    document: Any = {}
    if response.headers.get("content-type", "").startswith(MEDIA_TYPE):
        try:
            document = msgspec.json.decode(response.content)
        except msgspec.DecodeError:
            document = {}
    if response.status_code == 500 or not document:
        return PeerUnavailable(f"The other side answered {response.status_code}.")
    return error_of(response.status_code, document)
