"""Parts of the suite are away, damaged or late: intake and replies go on, and what is owed arrives."""

import asyncio
import shutil
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from services.common.ai.vectors.edge import EdgeVectors
from services.common.db.tables import inbox, job, outbox
from services.common.jobs import retry_job, runner
from services.core.models import ticket as ticket_table
from services.triage.models import Decision
from services.triage.predict import jobs as predict
from tests.suite import rig
from tests.suite.conftest import Start
from tests.suite.rig import ADMIN, AGENT, CUSTOMER, Suite, eventually

LOST = {"subject": "I lost my card", "body": "My card is gone since yesterday, please freeze it."}
QUESTION = {"q": "my card was stolen", "lang": "en"}


async def found(suite: Suite, **more: Any) -> dict[str, Any]:
    page: dict[str, Any] = await suite.ok("GET", "/api/v1/kb/search", AGENT, params={**QUESTION, **more})
    return page


async def indexed(suite: Suite) -> bool:
    """Whether the index answers with everything that the database has."""
    state = await suite.ok("GET", "/api/v1/kb/index", ADMIN)
    return bool(state["available"] and state["indexed"] == state["passages"] > 0 and state["job"] is None)


async def contents(suite: Suite) -> dict[str, list[float]]:
    """Every point of the active collection: its id with its score for one question, which depends on its vector."""
    active = await suite.kb.index.active()
    vector = await suite.process.runtime.embedder.query(QUESTION["q"])
    hits = await suite.kb.index.vectors.search(active.name, dense=vector, limit=10_000)
    return {str(hit.id): [round(hit.score, 4), len(str(hit.payload))] for hit in hits}


# -- the knowledge base's index


@pytest.mark.hard("R-06")
@pytest.mark.parametrize("damage", ["gone", "corrupt"])
async def test_a_lost_or_damaged_index_is_rebuilt_equal_while_everything_goes_on(
    start: Start, seeded: Path, tmp_path: Path, damage: str
) -> None:
    data = rig.copied(seeded, tmp_path / "data")
    async with start(data) as suite:
        await eventually(lambda: indexed(suite), what="the index")
        before, answer = await contents(suite), await found(suite)
        assert not answer["degraded"]
    folders = [path for path in (data / "vectors").rglob("kb-*") if path.is_dir()]
    assert folders
    for folder in folders:
        _damage(folder, damage)
    async with start(data) as suite:
        ticket = await suite.ticket(CUSTOMER, **LOST)  # whatever the index is up to
        assert ticket["number"]
        meanwhile = await found(suite)
        assert meanwhile["items"], "the full text answers"
        await eventually(lambda: indexed(suite), 60, "the rebuilt index")
        await suite.quiet()
        assert await contents(suite) == before
        again = await found(suite)
        assert not again["degraded"]
        assert [hit["article"] for hit in again["items"]] == [hit["article"] for hit in answer["items"]]


def _damage(folder: Path, damage: str) -> None:
    if damage == "gone":
        shutil.rmtree(folder, ignore_errors=True)
        return
    for path in folder.rglob("*"):
        if path.is_file() and path.stat().st_size:
            path.write_bytes(b"\xff" * path.stat().st_size)


@pytest.mark.req(146)
@pytest.mark.hard("R-06")
async def test_an_index_that_another_process_has_open_degrades_search_and_says_so(
    start: Start, seeded: Path, tmp_path: Path
) -> None:
    data = rig.copied(seeded, tmp_path / "data")
    folders = [lock.parent for lock in (data / "vectors").rglob(".lock")] or [data / "vectors" / "kb"]
    others = [EdgeVectors(folder) for folder in folders]
    for other in others:
        other._lock()
    try:
        async with start(data) as suite:
            answer = await found(suite)
            assert answer["degraded"]
            assert answer["items"], "the full text of the database answers"
            made = await suite.ticket(CUSTOMER, **LOST)
            await suite.decided(made["number"], 60)
            texts = {"en": {"title": "Stolen wallets", "body_markdown": "A purple wallet was stolen."}}
            await suite.ok(
                "POST", "/api/v1/kb/articles", AGENT, json={"translations": texts, "state": "published"}
            )
            for other in others:
                await other.close()
            others.clear()
            await suite.ok("POST", "/api/v1/kb/index/rebuild", ADMIN)

            async def whole() -> bool:
                return not (await found(suite))["degraded"]

            await eventually(whole, 60, "search by meaning")
    finally:
        for other in others:
            await other.close()


@pytest.mark.hard("R-06")
async def test_an_index_that_hangs_does_not_hold_a_reader_up(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with start() as suite:
        await eventually(lambda: indexed(suite), what="the index")

        async def hangs(*arguments: Any, **options: Any) -> Any:
            await asyncio.sleep(600)

        monkeypatch.setattr(suite.kb.index.vectors, "search_all", hangs)
        answer = await asyncio.wait_for(found(suite), 60)
        assert answer["degraded"]
        assert answer["items"]


# -- triage away


@pytest.mark.req(146)
@pytest.mark.hard("R-07")
async def test_while_triage_is_away_people_work_and_later_each_ticket_is_triaged_once(start: Start) -> None:
    async with start() as suite:
        await suite.promise("category", "priority", "tags", "team", threshold=0.01)
        with suite.away("triage"):
            numbers = [(await suite.ticket(CUSTOMER, **LOST))["number"] for _ in range(6)]
            reply = {"kind": "reply", "body": "We are looking at it."}
            for number in numbers:
                posted = await suite.ok("POST", f"/api/v1/tickets/{number}/messages", AGENT, json=reply)
                assert posted["ticket"]["triage"] == "waiting"
            edited = numbers[:3]
            for number in edited:
                version = (await suite.read(number))["version"]
                change = {"version": version, "category": "age_limit", "priority": "low", "tags": []}
                await suite.ok("PATCH", f"/api/v1/tickets/{number}", AGENT, json=change)
            asked = await suite.call("GET", f"/api/v1/tickets/{numbers[0]}/triage", AGENT)
            assert asked.status_code == 503
            assert asked.json()["code"] == "core.triage_unavailable"
            assert "retry-after" in asked.headers
            async with suite.browser() as agent:
                await agent.sign_in(AGENT)
                page = await agent.open(f"/agent/tickets/{numbers[0]}")
                assert page.status_code == 200, page.text[:300]
        suite.process.services["core"].relay.wake()  # type: ignore[union-attr]
        for number in numbers:
            await suite.decided(number, 60)
        await suite.quiet()
        for number in numbers:
            ticket, decisions = await suite.read(number), await suite.decisions(number)
            assert len(decisions) == 1, "triaged exactly once"
            if number in edited:
                assert (ticket["category"], ticket["priority"], ticket["tags"]) == ("age_limit", "low", [])
                assert {ticket["set_by"][name] for name in ("category", "priority", "tags")} == {"person"}
                assert decisions[0]["skipped"]["category"] == "person"
            else:
                assert ticket["category"] == "lost_or_stolen_card"
                assert ticket["set_by"]["category"] == "model"


@pytest.mark.hard("R-07")
async def test_a_decision_that_is_proposed_again_is_applied_once(start: Start) -> None:
    async with start() as suite:
        await suite.promise("category", threshold=0.01)
        made = await suite.ticket(CUSTOMER, **LOST)
        decided = await suite.decided(made["number"])
        assert decided["category"] == "lost_or_stolen_card"
        (decision,) = await suite.rows(
            "triage", sa.select(Decision.__table__).where(Decision.number == made["number"])
        )
        version = decided["version"]
        other = {"category": {"value": "age_limit", "probability": 1.0, "apply": True}}
        body = {"decision": str(decision.id), "version": 1, "fields": other}
        path = f"/internal/tickets/{made['id']}/proposal"
        outcome = await suite.process.peer("core", "triage").post(path, body, dict[str, Any])
        assert outcome["applied"] == {"category": "lost_or_stolen_card"}, (
            "the same decision is answered alike"
        )
        assert (await suite.read(made["number"]))["version"] == version


# -- the knowledge base away


@pytest.mark.hard("R-08")
async def test_while_the_knowledge_base_is_away_the_form_takes_requests(start: Start) -> None:
    async with start() as suite:
        with suite.away("kb"):
            async with suite.browser() as visitor:
                page = await visitor.open("/requests/new")
                assert page.status_code == 200
                once = visitor.field("once")
                fields = {**LOST, "email": "vera@example.test", "name": "Vera", "once": once}
                asked = await visitor.send("/requests/suggestions", fields)
                assert asked.status_code == 200, asked.text[:300]
                sent = await visitor.send("/requests/new", fields)
                assert sent.status_code == 303, sent.text[:300]
                number = int(sent.headers["location"].rpartition("=")[2])
                again = await visitor.send("/requests/new", fields)
                assert again.headers["location"] == sent.headers["location"], "sent twice is one request"
                home = await visitor.open("/")
                assert home.status_code in {200, 503}
            decided = await suite.decided(number, 60)
            assert decided["requester"]["email"] == "vera@example.test"
            helped = await suite.ok("GET", f"/api/v1/tickets/{number}/recommendations", AGENT)
            assert "articles" not in {s["kind"] for r in helped["replies"] for s in r["sources"]}


@pytest.mark.hard("R-08")
async def test_while_core_is_away_the_form_keeps_what_was_written(start: Start) -> None:
    async with start() as suite:
        async with suite.browser() as visitor:
            await visitor.open("/requests/new")
            fields = {**LOST, "email": "kim@example.test", "name": "Kim", "once": visitor.field("once")}
            with suite.away("core"):
                answer = await visitor.send("/requests/new", fields)
                assert answer.status_code in {422, 503}
                assert LOST["body"] in answer.text
            sent = await visitor.send("/requests/new", fields)
            assert sent.status_code == 303, sent.text[:300]
        query = sa.select(ticket_table.c.number).where(ticket_table.c.description == LOST["body"])
        assert len(await suite.rows("core", query)) == 1


# -- poison


@pytest.mark.hard("R-13")
async def test_a_poisoned_message_dies_alone_and_can_be_tried_again(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "BACKOFF", (0, 0, 0, 0, 0))
    real, poison = predict.decide, {"on": True}

    async def decide(desk: Any, ticket: Any, cause: str) -> Any:
        if poison["on"] and str(ticket) == poison.get("ticket"):
            raise ValueError("this text cannot be read")
        return await real(desk, ticket, cause)

    monkeypatch.setattr(predict, "decide", decide)
    async with start() as suite:
        with suite.away("triage"):
            bad = await suite.ticket(CUSTOMER, **LOST)
            poison["ticket"] = bad["id"]
            good = [(await suite.ticket(CUSTOMER, **LOST))["number"] for _ in range(5)]
        suite.process.services["core"].relay.wake()  # type: ignore[union-attr]
        for number in good:
            await suite.decided(number, 60)
        dead = sa.select(job).where(job.c.state == "dead")
        (row,) = await eventually(lambda: suite.rows("triage", dead), 60, "the dead letter")
        assert "this text cannot be read" in row.error
        assert "Traceback" in row.error
        assert row.attempts == row.max_attempts
        assert (await suite.read(bad["number"]))["triage"] == "waiting"
        poison["on"] = False
        await retry_job(suite.db("triage"), row.id)
        await suite.decided(bad["number"], 60)
        assert len(await suite.decisions(bad["number"])) == 1


# -- the bell is lost


@pytest.mark.hard("R-05")
async def test_jobs_whose_bell_was_lost_are_rung_for_again(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The broker forgets everything; the table remembers."""
    async with start() as suite:
        bell = suite.process.services["triage"].bell
        assert bell is not None
        rung = bell.ring
        monkeypatch.setattr(bell, "ring", lambda *_: None)
        numbers = [(await suite.ticket(CUSTOMER, **LOST))["number"] for _ in range(5)]

        async def stored() -> bool:
            waiting = sa.select(sa.func.count()).select_from(job).where(
                job.c.state == "queued", job.c.name.contains("created")
            )  # fmt: skip
            return bool((await suite.rows("triage", waiting))[0][0] >= 5)

        await eventually(stored, what="the jobs in the table")
        monkeypatch.setattr(bell, "ring", rung)
        for number in numbers:
            await suite.decided(number, 30)


@pytest.mark.hard("R-01")
async def test_what_was_accepted_before_a_stop_is_done_after_the_start(
    start: Start, seeded: Path, tmp_path: Path
) -> None:
    data = rig.copied(seeded, tmp_path / "data")
    async with start(data) as suite:
        with suite.away("triage"):
            numbers = [(await suite.ticket(CUSTOMER, **LOST))["number"] for _ in range(4)]
            waiting = await suite.rows("core", sa.select(outbox.c.id).where(outbox.c.delivered_at.is_(None)))
            assert waiting
    async with start(data) as suite:
        for number in numbers:
            await suite.decided(number, 60)
        await suite.quiet()
        heard = await suite.rows(
            "triage", sa.select(inbox.c.event_id).where(inbox.c.type == "core.ticket.created.v1")
        )
        assert len(heard) == len(set(heard)) >= 4
