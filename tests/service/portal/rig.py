"""The portal's app on fakes of its neighbours, with a browser-like client."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from litestar.stores.memory import MemoryStore

from services.common.clock import FrozenClock
from services.common.http.tokens import ServiceTokens, Verifier
from services.common.live import Live
from services.common.service import Runtime, Service
from services.common.settings import Settings
from services.portal.settings import Options
from services.portal.wiring import Clients, assemble
from tests.service.portal.fakes import NOW, PASSWORD, FakeCore, FakeKb, FakeTriage

SECRET = "0123456789abcdef0123456789abcdef0123456789"
BASE = "http://127.0.0.1:8000"


@dataclass
class Rig:
    """The service, its fakes and one browser."""

    service: Service
    core: FakeCore
    triage: FakeTriage
    kb: FakeKb
    clock: FrozenClock
    live: Live
    http: httpx.AsyncClient

    async def csrf(self, path: str = "/sign-in") -> str:
        """A form token of this browser, read from a page as a person's browser would."""
        page = await self.http.get(path)
        found = re.search(r'name="_csrf" value="([^"]+)"', page.text)
        assert found, page.text[:400]
        return found.group(1)

    async def post(self, path: str, data: dict[str, Any] | None = None, **more: Any) -> httpx.Response:
        """Send a form with a token from a page."""
        token = await self.csrf("/styleguide")
        return await self.http.post(path, data={"_csrf": token, **(data or {})}, **more)

    async def sign_in(self, email: str = "ana@example.org") -> httpx.Response:
        return await self.post("/sign-in", {"email": email, "password": PASSWORD})

    def another_browser(self) -> httpx.AsyncClient:
        return browser(self.service)


def browser(service: Service, **headers: str) -> httpx.AsyncClient:
    """A client with its own cookies, that does not follow redirects."""
    transport = httpx.ASGITransport(app=service.app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url=BASE, headers=headers)


def make_service(
    settings: Settings, clock: FrozenClock, core: Any, triage: Any, kb: Any, options: Options
) -> Service:
    """The portal assembled with fakes."""
    tokens = ServiceTokens(settings.secret, clock)

    async def nobody(*_: Any) -> Any:
        raise AssertionError("the portal asked for something that this test has not got")

    runtime = Runtime(
        settings=settings,
        clock=clock,
        tokens=tokens,
        peer=nobody,
        redis="",
        live=Live(),
        embedder=None,  # type: ignore[arg-type]
        vectors=nobody,
        background=False,
    )
    verifier = Verifier(tokens, clock, nobody, nobody)
    return assemble(runtime, verifier, Clients(core, triage, kb, kb), MemoryStore(), options)


@asynccontextmanager
async def rig(tmp_path: Path, **settings: Any) -> AsyncIterator[Rig]:
    """A running portal."""
    clock, core, triage, kb = FrozenClock(NOW), FakeCore(), FakeTriage(), FakeKb()
    given = Settings(secret=SECRET, data=tmp_path, **settings)
    service = make_service(given, clock, core, triage, kb, Options(name="Banco Faro", demo=True))
    async with browser(service) as http:
        yield Rig(service, core, triage, kb, clock, service.live, http)
