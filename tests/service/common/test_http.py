"""What every service answers alike: problems, identity, probes, idempotency, and peers that are away."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
import sqlalchemy as sa
from litestar import Request, get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from services.common.clients import Peer, PeerUnavailable
from services.common.clock import SystemClock
from services.common.db import Database
from services.common.db.tables import outbox
from services.common.errors import Conflict, Invalid, NotFound
from services.common.events import record
from services.common.http import Actor, idempotent, require
from services.common.http.idempotency import KeyReused
from services.common.http.tokens import ServiceTokens
from services.common.jobs import Jobs
from tests.support.kit import Kit, kit_in


class Body(msgspec.Struct):
    number: int


class Answer(msgspec.Struct):
    id: str


class Stale(Conflict):
    code, title = "test.stale", "It is stale"


@pytest.fixture
async def kit(tmp_path: Path, empty_database: Callable[[str], str]) -> AsyncIterator[Kit]:
    kit = kit_in(tmp_path)

    @post("/things")
    async def make(
        data: JSONBody[Body], request: Request[Any, Any, Any], actor: NamedDependency[Actor]
    ) -> Answer:
        require(actor, "tickets:write")
        db = kit.services["only"].db

        def unit(conn: sa.Connection) -> Answer:
            return Answer(str(record(conn, "only.thing.made.v1", {"n": data.number})))

        key = request.headers.get("idempotency-key")
        return await idempotent(db, actor, key, await request.body(), Answer, unit)

    @get("/stale")
    async def stale() -> None:
        raise Stale("Too late.", current={"version": 7})

    @get("/bug")
    async def bug() -> None:
        raise RuntimeError("the password is hunter2")

    await kit.add("only", empty_database("only"), Jobs("only"), [make, stale, bug])
    async with kit.running():
        yield kit


def client(kit: Kit) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=kit.services["only"].app, raise_app_exceptions=False)  # type: ignore[arg-type]
    return httpx.AsyncClient(transport=transport, base_url="http://test")


async def test_a_conflict_carries_the_current_state_across_services(kit: Kit) -> None:
    with pytest.raises(Stale) as caught:
        await kit.peer("only", "other").get("/stale", dict)
    assert caught.value.extra == {"current": {"version": 7}}
    assert caught.value.detail == "Too late."


async def test_wrong_input_names_the_field(kit: Kit) -> None:
    with pytest.raises(Invalid) as caught:
        await kit.peer("only", "other").post("/things", {"number": "seven"})
    assert caught.value.errors[0].field == "number"


@pytest.mark.hard("S-46")
@pytest.mark.parametrize(
    "content",
    [b"{", b"", b"null", b"[]", b'{"number": 1e999}', b'{"number": NaN}', b"\xff\xfe", b"[" * 100_000],
)
async def test_malformed_json_is_a_problem_and_not_a_crash(kit: Kit, content: bytes) -> None:
    token = kit.tokens.sign("other")
    async with client(kit) as http:
        answer = await http.post("/things", content=content, headers={
            "content-type": "application/json", "authorization": f"Bearer {token}"})  # fmt: skip
    assert answer.status_code in {400, 422}
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"].startswith("urn:triaje:problem:")


async def test_a_bug_tells_nothing_of_the_inside(kit: Kit) -> None:
    async with client(kit) as http:
        answer = await http.get("/bug")
    assert answer.status_code == 500
    assert "hunter2" not in answer.text


async def test_a_visitor_may_not_and_a_wrong_token_is_no_visitor(kit: Kit) -> None:
    async with client(kit) as http:
        assert (await http.post("/things", json={"number": 1})).status_code == 401
        wrong = await http.get("/stale", headers={"authorization": "Bearer rubbish"})
        assert wrong.status_code == 401
        assert wrong.headers["www-authenticate"] == "Bearer"


async def test_what_is_internal_is_not_there_for_others(kit: Kit) -> None:
    person = kit.signer.sign(Actor(id="1", kind="staff", roles=("admin",), scopes=("admin",)))
    async with client(kit) as http:
        for headers in ({}, {"authorization": f"Bearer {person}"}):
            answer = await http.post("/internal/events", json={"events": []}, headers=headers)
            assert answer.status_code == 404


@pytest.mark.hard("S-45")
async def test_every_answer_carries_the_headers_that_browsers_need(kit: Kit) -> None:
    async with client(kit) as http:
        for path in ("/stale", "/nowhere", "/health/live"):
            headers = (await http.get(path)).headers
            assert headers["x-content-type-options"] == "nosniff"
            assert "default-src 'none'" in headers["content-security-policy"]
            assert headers["cache-control"] == "no-store"
            assert headers["x-request-id"]


async def test_a_request_id_crosses_and_a_forged_one_does_not(kit: Kit) -> None:
    async with client(kit) as http:
        assert (await http.get("/health/live", headers={"x-request-id": "abcdef1234"})).headers[
            "x-request-id"
        ] == "abcdef1234"
        assert (await http.get("/health/live", headers={"x-request-id": "a b<script>"})).headers[
            "x-request-id"
        ] != "a b<script>"


@pytest.mark.req(146)
async def test_probes_tell_life_from_readiness(kit: Kit) -> None:
    async with client(kit) as http:
        assert (await http.get("/health/live")).status_code == 200
        assert (await http.get("/health/ready")).json()["checks"] == {"database": "ok"}

        async def broken() -> None:
            raise NotFound("the disk is gone")

        kit.services["only"].checks["disk"] = broken
        assert (await http.get("/health/ready")).status_code == 200, "not essential"
        kit.services["only"].essential.add("disk")
        answer = await http.get("/health/ready")
        assert answer.status_code == 503
        assert "retry-after" in answer.headers


async def test_metrics_want_a_token(kit: Kit) -> None:
    async with client(kit) as http:
        assert (await http.get("/metrics")).status_code == 401
        token = kit.tokens.sign("other")
        answer = await http.get("/metrics", headers={"authorization": f"Bearer {token}"})
        assert "triaje_http_seconds" in answer.text


@pytest.mark.hard("R-17")
async def test_fifty_posts_with_one_key_make_one_thing(kit: Kit) -> None:
    peer = kit.peer("only", "other")
    answers = await asyncio.gather(
        *(peer.post("/things", Body(1), Answer, idempotency_key="same") for _ in range(50))
    )
    assert len({answer.id for answer in answers}) == 1
    count = sa.select(sa.func.count()).select_from(outbox)
    assert await kit.services["only"].db.read(lambda c: c.execute(count).scalar()) == 1
    with pytest.raises(KeyReused):
        await peer.post("/things", Body(2), Answer, idempotency_key="same")
    other = await kit.peer("only", "another").post("/things", Body(2), Answer, idempotency_key="same")
    assert other.id != answers[0].id, "keys belong to who sent them"


@asynccontextmanager
async def occupied(db: Database) -> AsyncIterator[None]:
    """Nobody can write: another process holds the file's lock, or every connection of the pool is in use."""
    if db.dialect == "sqlite":
        other = sqlite3.connect(sa.make_url(db.url).database or "", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        try:
            yield
        finally:
            other.execute("ROLLBACK")
            other.close()
        return
    sleep = sa.text("SELECT pg_sleep(6)")
    busy = [asyncio.create_task(db.write(lambda conn: conn.execute(sleep))) for _ in range(20)]
    await asyncio.sleep(0.3)
    yield
    await asyncio.gather(*busy)


@pytest.mark.hard("R-19")
async def test_an_occupied_database_is_said_and_the_process_is_taken_out_but_not_killed(kit: Kit) -> None:
    heads = {"Authorization": f"Bearer {kit.tokens.sign('other')}"}
    async with client(kit) as http:
        async with occupied(kit.services["only"].db):
            written, ready, alive = await asyncio.gather(
                http.post("/things", json={"number": 1}, headers=heads),
                http.get("/health/ready"),
                http.get("/health/live"),
            )
        assert written.status_code == 503
        assert int(written.headers["retry-after"]) > 0
        assert written.json()["code"] == "database_unavailable"
        assert ready.status_code == 503
        assert ready.headers["retry-after"]
        assert alive.status_code == 200
        assert (await http.get("/health/ready")).status_code == 200
        assert (await http.post("/things", json={"number": 2}, headers=heads)).status_code == 201


async def test_a_peer_that_is_away_is_left_alone_after_five_failures(free_port: int) -> None:
    peer = Peer(
        "gone", "test", ServiceTokens("x" * 40, SystemClock()), base_url=f"http://127.0.0.1:{free_port}"
    )
    for _ in range(5):
        with pytest.raises(PeerUnavailable):
            await peer.raw("POST", "/x")
    asked = []

    async def there(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readline())
        writer.close()

    async with await asyncio.start_server(there, "127.0.0.1", free_port):
        with pytest.raises(PeerUnavailable):
            await peer.get("/x", dict)
    assert not asked, "the breaker is open: no connection was tried, though by now somebody would answer"
    await peer.close()
