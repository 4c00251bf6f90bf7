"""Triage alone: its real app, database, jobs and index, with fakes of its neighbours."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.common.ai.vectors.client import ClientVectors
from services.common.clients import Peer
from services.common.clock import FrozenClock
from services.common.http.tokens import ServiceTokens, Signer
from services.common.live import Live
from services.common.service import Runtime
from services.common.settings import Settings
from services.triage.client import TriageClient
from services.triage.wiring import build
from tests.service.triage.bench import Bench
from tests.service.triage.fakes import FakeCore, FakeKb, WordEmbedder

Start = Callable[..., Any]


@pytest.fixture
def start(tmp_path: Path, migrated_database: Callable[[str], str], monkeypatch: pytest.MonkeyPatch) -> Start:
    """Starts triage; a second start on the same folder is a restart."""
    urls: dict[str, str] = {}

    @asynccontextmanager
    async def run(**options: Any) -> AsyncIterator[Bench]:
        url = urls.setdefault("triage", migrated_database("services.triage"))
        settings = Settings(
            data=tmp_path / "data", database=url, secret="s" * 40, **options.pop("settings", {})
        )
        clock = options.pop("clock", None) or FrozenClock(datetime.now(UTC) + timedelta(hours=1))
        core, kb = options.pop("core", None) or FakeCore(), options.pop("kb", None) or FakeKb()
        embedder = options.pop("embedder", None) or WordEmbedder()
        tokens, signer = ServiceTokens(settings.secret, clock), Signer(settings.secret, clock)
        core.jwks = signer.jwks
        peers: dict[str, Any] = {"core": core.app, "kb": kb.app}
        vectors = options.pop("vectors", None) or ClientVectors(":memory:")
        runtime = Runtime(
            settings=settings,
            clock=clock,
            tokens=tokens,
            peer=lambda name, caller: Peer(name, caller, tokens, app=peers[name]),
            redis="",
            live=Live(),
            embedder=embedder,
            vectors=lambda name: vectors,
            background=False,
        )
        service = build(runtime)
        app = service.app
        transport = httpx.ASGITransport(app=app)
        async with (
            service.running(),
            httpx.AsyncClient(transport=transport, base_url="http://triage") as http,
        ):
            client = TriageClient(Peer("triage", "core", tokens, app=app))
            yield Bench(service, core, kb, clock, client, http, signer, embedder)

    return run


@pytest.fixture
async def bench(start: Start) -> AsyncIterator[Bench]:
    """One triage for one test."""
    async with start() as found:
        yield found
