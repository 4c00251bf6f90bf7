"""What the server's client does when the server is gone, hangs, or answers with errors."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from services.common.ai.vectors import VectorsUnavailable, client, open_vectors
from services.common.ai.vectors.client import ClientVectors
from services.common.ai.vectors.edge import EdgeVectors
from services.common.settings import Settings

NAME = "things-abc-1"


@asynccontextmanager
async def server(answer: bytes | None) -> AsyncIterator[tuple[str, list[bytes]]]:
    """Something on loopback that takes requests, and answers each in the same way or never."""
    seen: list[bytes] = []
    over = asyncio.Event()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await reader.readuntil(b"\r\n\r\n"))
        if answer is None:
            await over.wait()
        else:
            writer.write(answer)
            await writer.drain()
        writer.close()

    running = await asyncio.start_server(handle, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{running.sockets[0].getsockname()[1]}", seen
    finally:
        over.set()
        running.close()
        await running.wait_closed()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def test_a_server_that_is_away_is_unavailable_and_not_asked_again_at_once() -> None:
    vectors = ClientVectors(f"http://127.0.0.1:{free_port()}")
    for _ in range(20):
        with pytest.raises(VectorsUnavailable):
            await vectors.search(NAME, dense=[1.0, 0.0])
    with pytest.raises(VectorsUnavailable, match="a moment ago"):
        await vectors.count(NAME)
    await vectors.close()


async def test_a_server_that_hangs_is_given_up_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "_TIMEOUT", 1)
    async with server(None) as (url, _):
        vectors = ClientVectors(url)
        async with asyncio.timeout(30):  # a machine may be busy; without a limit of its own it waits for ever
            with pytest.raises(VectorsUnavailable, match="does not answer"):
                await vectors.search(NAME, dense=[1.0, 0.0])
        await vectors.close()


async def test_an_answer_of_error_is_unavailable_and_the_next_call_asks_again() -> None:
    answer = b"HTTP/1.1 500 Oh\r\nContent-Type: application/json\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"
    async with server(answer) as (url, seen):
        with pytest.warns(UserWarning, match="insecure"):  # as it should, where the key leaves the machine
            vectors = ClientVectors(url, key="secret", prefix="kb-")
        for _ in range(2):
            with pytest.raises(VectorsUnavailable, match="500"):
                await vectors.search(NAME, dense=[1.0, 0.0])
        assert len(seen) == 2
        assert b"/collections/kb-things-abc-1/points/query/batch" in seen[0]
        assert b"api-key: secret" in seen[0]
        await vectors.close()


async def test_the_settings_choose_the_store_and_services_keep_apart(tmp_path) -> None:
    embedded = open_vectors(Settings(secret="x", data=tmp_path), "kb")
    assert isinstance(embedded, EdgeVectors)
    await embedded.ensure(NAME, 2)
    assert (tmp_path / "vectors" / "kb" / NAME).is_dir()
    await embedded.close()
    assert isinstance(open_vectors(Settings(secret="x", qdrant="http://127.0.0.1:1"), "kb"), ClientVectors)
