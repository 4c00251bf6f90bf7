"""The knowledge base alone: its real app, database, jobs and index, with fakes of what it borrows."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from services.common.ai.vectors.client import ClientVectors
from services.common.clients import Peer
from services.common.clock import FrozenClock
from services.common.http.tokens import ServiceTokens, Signer
from services.common.live import Live
from services.common.service import Runtime
from services.common.settings import Settings
from services.kb.client import KbClient
from services.kb.wiring import build
from tests.service.kb.bench import Bench
from tests.service.kb.fakes import ConceptEmbedder, FakeCore

Start = Callable[..., AbstractAsyncContextManager[Bench]]


@pytest.fixture
def start(
    tmp_path: Path,
    migrated_database: Callable[[str], str],
    clock: FrozenClock,
    monkeypatch: pytest.MonkeyPatch,
) -> Start:
    """Starts the knowledge base; a second start in one test is a restart on the same database."""
    urls: dict[str, str] = {}

    @asynccontextmanager
    async def run(**options: Any) -> AsyncIterator[Bench]:
        url = urls.setdefault("kb", migrated_database("services.kb"))
        monkeypatch.setenv("TRIAJE_KB_CONTROL_SHARE", str(options.pop("control_share", 0.0)))
        settings = Settings(data=tmp_path / "data", database=url, secret="s" * 40)
        embedder = options.pop("embedder", None) or ConceptEmbedder()
        vectors = options.pop("vectors", None) or ClientVectors(":memory:")
        tokens, signer = ServiceTokens(settings.secret, clock), Signer(settings.secret, clock)
        core = FakeCore(signer.jwks)
        runtime = Runtime(
            settings=settings,
            clock=clock,
            tokens=tokens,
            peer=lambda name, caller: Peer(name, caller, tokens, app=core.app),
            redis="",
            live=Live(),
            embedder=embedder,
            vectors=lambda name: vectors,
            background=False,
        )
        service = build(runtime)
        peer = Peer("kb", "portal", tokens, app=service.app)
        async with service.running():
            yield Bench(service, clock, KbClient(peer), peer, signer, embedder, vectors, core)
        await peer.close()

    return run


@pytest.fixture
async def kb(start: Start) -> AsyncIterator[Bench]:
    """A running knowledge base without articles."""
    async with start() as bench:
        yield bench
