"""Once is once: repeated requests, doubled and late messages, racing writers."""

import asyncio
import random
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from services.common.db.tables import outbox
from services.common.http.idempotency import forget_old_keys
from services.common.ids import uuid7
from services.core.models import audit, contact, message, proposal, ticket
from tests.service.core.conftest import Desk

Headers = dict[str, str]
BODY = {"subject": "Card", "body": "It is lost.", "requester": {"email": "ana@example.com", "name": "Ana"}}


async def count(desk: Desk, table: sa.Table) -> int:
    query = sa.select(sa.func.count()).select_from(table)
    found: int = await desk.core.db.read(lambda conn: conn.execute(query).scalar_one())
    return found


async def post(desk: Desk, headers: Headers, key: str, body: Any = BODY) -> Any:
    return await desk.http.post("/api/v1/tickets", json=body, headers=headers | {"Idempotency-Key": key})


@pytest.mark.hard("R-17")
async def test_fifty_posts_at_once_with_one_key_make_one_ticket(desk: Desk, agent: Headers) -> None:
    answers = await asyncio.gather(*[post(desk, agent, "k-1") for _ in range(50)])
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    for table in (ticket, message, contact):
        assert await count(desk, table) == 1


@pytest.mark.hard("R-17")
async def test_the_same_key_with_another_body_is_a_conflict(desk: Desk, agent: Headers) -> None:
    assert (await post(desk, agent, "k-1")).status_code == 201
    answer = await post(desk, agent, "k-1", BODY | {"subject": "Other"})
    assert (answer.status_code, answer.json()["code"]) == (409, "idempotency_key_reused")
    assert await count(desk, ticket) == 1


@pytest.mark.hard("R-17")
async def test_keys_belong_to_who_sent_them_and_are_kept_for_a_day(
    desk: Desk, agent: Headers, lead: Headers
) -> None:
    first, second = await post(desk, agent, "k-1"), await post(desk, lead, "k-1")
    assert first.json()["number"] != second.json()["number"]
    now = desk.clock.now()
    assert await desk.core.db.write(lambda conn: forget_old_keys(conn, now)) == 0


async def test_a_repeated_message_is_written_once(desk: Desk, agent: Headers) -> None:
    number = (await desk.ticket(agent))["number"]
    keyed = agent | {"Idempotency-Key": "m-1"}
    body = {"kind": "reply", "body": "We are looking."}
    answers = [
        await desk.http.post(f"/api/v1/tickets/{number}/messages", json=body, headers=keyed) for _ in range(3)
    ]
    assert len({answer.content for answer in answers}) == 1
    assert await count(desk, message) == 2
    other = (await desk.ticket(agent))["number"]
    answer = await desk.http.post(f"/api/v1/tickets/{other}/messages", json=body, headers=keyed)
    assert answer.status_code == 409


async def test_new_customers_at_the_same_moment_become_one_contact(desk: Desk, agent: Headers) -> None:
    answers = await asyncio.gather(
        *[desk.http.post("/api/v1/tickets", json=BODY, headers=agent) for _ in range(20)]
    )
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["number"] for answer in answers}) == 20
    assert await count(desk, contact) == 1


async def test_an_external_id_at_the_same_moment_makes_one_ticket(desk: Desk, agent: Headers) -> None:
    body = BODY | {"external_id": "crm-1"}
    answers = await asyncio.gather(
        *[desk.http.post("/api/v1/tickets", json=body, headers=agent) for _ in range(10)]
    )
    assert {answer.status_code for answer in answers} == {201}
    assert await count(desk, ticket) == 1


@pytest.mark.req(39)
@pytest.mark.hard("S-50")
async def test_of_two_who_save_at_once_one_is_told_and_no_update_is_lost(desk: Desk, agent: Headers) -> None:
    made = await desk.ticket(agent)
    url = f"/api/v1/tickets/{made['number']}"
    saved = 0
    for turn in range(8):
        version = (await desk.http.get(url, headers=agent)).json()["version"]
        changes = (
            {"version": version, "resolution": f"Step {turn}"},
            {"version": version, "subject": f"Subject {turn}"},
        )
        answers = await asyncio.gather(*[desk.http.patch(url, json=one, headers=agent) for one in changes])
        assert sorted(answer.status_code for answer in answers) == [200, 409], [a.text for a in answers]
        saved += 1
    assert (await desk.http.get(url, headers=agent)).json()["version"] == made["version"] + saved


@pytest.mark.hard("S-50")
async def test_closing_twice_at_once_closes_once(desk: Desk, agent: Headers) -> None:
    number = (await desk.ticket(agent))["number"]
    answers = await asyncio.gather(
        *[desk.http.put(f"/api/v1/tickets/{number}/closure", json={}, headers=agent) for _ in range(6)]
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409, 409, 409]
    closed = sa.select(sa.func.count()).select_from(audit).where(audit.c.action == "closed")
    assert await desk.core.db.read(lambda conn: conn.execute(closed).scalar_one()) == 1


# ---- what triage proposes


def proposed(version: int, decision: UUID | None = None, **fields: Any) -> dict[str, Any]:
    wanted = {
        name: {"value": value, "probability": 0.97, "apply": apply} for name, (value, apply) in fields.items()
    }
    return {"decision": str(decision or uuid7()), "version": version, "model": "v7", "fields": wanted}


async def propose(desk: Desk, made: dict[str, Any], body: dict[str, Any]) -> dict[str, Any]:
    answer = await desk.http.post(
        f"/internal/tickets/{made['id']}/proposal", json=body, headers=desk.as_service()
    )
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def seen(desk: Desk, headers: Headers, made: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = (await desk.http.get(f"/api/v1/tickets/{made['number']}", headers=headers)).json()
    return found


@pytest.fixture
async def taxonomy(desk: Desk, admin: Headers) -> None:
    for key in ("cards", "loans"):
        await desk.http.post("/api/v1/categories", json={"key": key, "name": {"en": key}}, headers=admin)
        await desk.http.post("/api/v1/tags", json={"key": f"about-{key}"}, headers=admin)
        await desk.http.post("/api/v1/teams", json={"key": key, "name": {"en": key}}, headers=admin)


@pytest.mark.req(47, 51)
async def test_above_the_promise_it_is_set_by_the_model_and_logged(
    desk: Desk, agent: Headers, taxonomy: None
) -> None:
    made = await desk.ticket(agent)
    outcome = await propose(desk, made, proposed(
        1, category=("cards", True), priority=("high", True), tags=(["about-cards"], True), team=("loans", False),
        language=("es", True), status=("closed", True),
    ))  # fmt: skip
    assert outcome["applied"] == {
        "category": "cards",
        "priority": "high",
        "tags": ["about-cards"],
        "language": "es",
    }
    assert outcome["skipped"] == {"team": "suggested", "status": "unknown_field"}
    after = await seen(desk, agent, made)
    assert (after["category"], after["priority"], after["tags"], after["team"]) == (
        "cards", "high", ["about-cards"], None
    )  # fmt: skip
    assert after["set_by"] == dict.fromkeys(("category", "priority", "tags", "language"), "model")
    assert (after["triage"], after["version"]) == ("decided", 2)
    entries = (await desk.http.get(f"/api/v1/tickets/{made['number']}/messages", headers=agent)).json()[
        "items"
    ]
    assert (entries[-1]["author"]["kind"], entries[-1]["author"]["name"]) == ("model", "v7")


@pytest.mark.req(51)
@pytest.mark.hard("R-07")
async def test_what_a_person_set_or_changed_meanwhile_is_never_overwritten(
    desk: Desk, agent: Headers, taxonomy: None
) -> None:
    made = await desk.ticket(agent, category="loans")
    changed = {"version": 1, "tags": [], "priority": "low"}
    assert (
        await desk.http.patch(f"/api/v1/tickets/{made['number']}", json=changed, headers=agent)
    ).status_code == 200
    outcome = await propose(desk, made, proposed(
        1, category=("cards", True), priority=("critical", True), tags=(["about-cards"], True)
    ))  # fmt: skip
    assert outcome["applied"] == {}
    assert outcome["skipped"] == {"category": "person", "priority": "person", "tags": "person"}
    after = await seen(desk, agent, made)
    assert (after["category"], after["priority"], after["tags"], after["version"]) == ("loans", "low", [], 2)


async def test_values_that_the_desk_does_not_know_are_skipped(
    desk: Desk, agent: Headers, taxonomy: None
) -> None:
    made = await desk.ticket(agent)
    outcome = await propose(desk, made, proposed(
        1, category=("gone", True), tags=(["gone"], True), team=(5, True), assignee=("nobody", True),
        priority=([], True),
    ))  # fmt: skip
    assert set(outcome["skipped"].values()) == {"unknown_value"}
    assert (await seen(desk, agent, made))["version"] == 1


async def test_an_abstention_sends_the_ticket_to_human_triage(desk: Desk, agent: Headers) -> None:
    made = await desk.ticket(agent)
    await propose(desk, made, proposed(1) | {"abstained": True})
    views = {v["key"]: v["count"] for v in (await desk.http.get("/api/v1/views", headers=agent)).json()}
    assert views["triage"] == 1


@pytest.mark.hard("R-15")
async def test_a_decision_delivered_three_times_over_acts_once(
    desk: Desk, agent: Headers, taxonomy: None
) -> None:
    made = await desk.ticket(agent)
    body = proposed(1, category=("cards", True))
    outcomes = await asyncio.gather(*[propose(desk, made, body) for _ in range(6)])
    outcomes.append(await propose(desk, made, body))
    assert all(outcome == outcomes[0] for outcome in outcomes)
    assert (await seen(desk, agent, made))["version"] == 2
    assert await count(desk, proposal) == 1


@pytest.mark.hard("R-15", "R-16")
async def test_decisions_in_any_order_and_number_lead_to_the_newest_state(
    desk: Desk, agent: Headers, taxonomy: None
) -> None:
    shuffle = random.Random(7).shuffle
    for _ in range(4):
        made = await desk.ticket(agent)
        older = proposed(1, category=("loans", True), priority=("low", True)) | {"abstained": True}
        note = {"kind": "note", "body": "so that the version moves"}
        await desk.http.post(f"/api/v1/tickets/{made['number']}/messages", json=note, headers=agent)
        newer = proposed(
            (await seen(desk, agent, made))["version"], category=("cards", True), priority=("high", True)
        )
        first, rest = newer, [older, newer, older, newer]
        shuffle(rest)
        await propose(desk, made, first)
        for body in rest:
            await propose(desk, made, body)
        after = await seen(desk, agent, made)
        assert (after["category"], after["priority"], after["triage"]) == ("cards", "high", "decided")


async def test_every_ticket_leaves_one_event_with_ids_and_no_text(desk: Desk, agent: Headers) -> None:
    made = await desk.ticket(agent, suggestion_session="s-1")
    events = await desk.core.db.read(lambda conn: conn.execute(
        sa.select(outbox).where(outbox.c.type.like("core.ticket.%"))).mappings().all())  # fmt: skip
    assert [event["type"] for event in events] == ["core.ticket.created.v1"]
    data = events[0]["data"]
    assert (data["ticket"], data["number"], data["suggestion_session"]) == (made["id"], made["number"], "s-1")
    assert made["subject"] not in str(data)
    assert made["requester"]["id"] not in data["contact_ref"]
