"""A model never overwrites a person, whenever its proposal arrives; and what is sent twice is done once."""

import asyncio
import random
from contextlib import suppress
from typing import Any

import pytest
import sqlalchemy as sa

from services.common.errors import Conflict
from services.common.ids import uuid7
from services.core.client import CoreClient
from services.core.contract import Proposal, ProposedField
from services.core.models import message, ticket
from tests.suite.conftest import Start
from tests.suite.rig import AGENT, CATEGORIES, CUSTOMER, Suite

ROUNDS = 200
PRIORITIES = ("low", "normal", "high", "critical")
TAGS = (["fraud"], ["new_card"], ["blocked", "fraud"], [])
CHOICES: dict[str, tuple[Any, ...]] = {"category": CATEGORIES, "priority": PRIORITIES, "tags": TAGS}


@pytest.mark.req(39)
@pytest.mark.hard("R-07")
async def test_in_two_hundred_rounds_of_edits_and_proposals_a_persons_value_is_never_changed(
    start: Start,
) -> None:
    dice = random.Random(20261122)
    async with start() as suite:
        await suite.promise("category", "priority", "tags", threshold=0.01)  # the real decisions join in
        numbers = [await suite.ticket(CUSTOMER, body=f"I lost card {n} today") for n in range(20)]
        applied = 0
        chosen: dict[tuple[int, str], Any] = {}
        core = CoreClient(suite.process.peer("core", "triage"))
        heads = await suite.as_(AGENT)

        async def person(number: int) -> None:
            field = dice.choice(list(CHOICES))
            value = dice.choice(CHOICES[field])
            for _ in range(8):  # as an agent does whose page was behind
                seen = (await suite.http.get(f"/api/v1/tickets/{number}", headers=heads)).json()
                await asyncio.sleep(dice.random() * 0.002)
                change = {"version": seen["version"], field: value}
                answer = await suite.http.patch(f"/api/v1/tickets/{number}", json=change, headers=heads)
                if answer.status_code == 200:
                    assert answer.json()[field] == value
                    chosen[number, field] = value
                    return
                assert answer.status_code == 409, answer.text

        async def model(made: dict[str, Any]) -> None:
            fields = {
                field: ProposedField(value=dice.choice(values), probability=0.99, apply=dice.random() < 0.9)
                for field, values in CHOICES.items()
            }
            nonlocal applied
            version = dice.randint(1, 60)  # stale, right, and from the future
            given = Proposal(decision=uuid7(), version=version, fields=fields, model="v1")
            with suppress(Conflict):
                applied += bool((await core.propose(made["id"], given)).applied)

        for turn in range(ROUNDS):
            if turn % 50 == 0:
                heads = await suite.as_(AGENT)
            made = dice.choice(numbers)
            before = {key: value for key, value in chosen.items() if key[0] == made["number"]}
            work = [person(made["number"]), model(made), model(made)]
            dice.shuffle(work)
            await asyncio.gather(*work)
            now = await suite.read(made["number"])
            for (number, field), value in chosen.items():
                if number == made["number"]:
                    assert now[field] == value, f"round {turn}: {field} was {before}, {value} was chosen"
                    assert now["set_by"][field] == "person"
        await suite.quiet()
        assert len(chosen) > 30
        assert applied > 30, "the model has to have had its say"
        for (number, field), value in chosen.items():
            assert (await suite.read(number))[field] == value


@pytest.mark.hard("R-17")
async def test_fifty_requests_with_one_key_make_one_ticket_and_get_one_answer(suite: Suite) -> None:
    body = {"subject": "Only once", "body": "R-17 only once", "requester": {"email": "once@example.test"}}
    heads = {**await suite.as_(AGENT), "Idempotency-Key": "fifty-at-once"}
    answers = await asyncio.gather(*[
        suite.http.post("/api/v1/tickets", json=body, headers=heads) for _ in range(50)
    ])  # fmt: skip
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    made = await suite.rows(
        "core", sa.select(ticket.c.number).where(ticket.c.description == "R-17 only once")
    )
    assert len(made) == 1
    other = await suite.http.post("/api/v1/tickets", json={**body, "body": "Another"}, headers=heads)
    assert other.status_code == 409
    assert other.json()["code"] == "idempotency_key_reused"


@pytest.mark.hard("R-17")
async def test_a_key_belongs_to_who_sent_it(suite: Suite) -> None:
    body = {"subject": "Mine", "body": "R-17 mine"}
    key = {"Idempotency-Key": "a-key-of-several-people"}
    first = await suite.ok("POST", "/api/v1/tickets", CUSTOMER, json=body, headers=key)
    other = await suite.customer("other-key@example.test")
    second = await suite.ok("POST", "/api/v1/tickets", other, json=body, headers=key)
    assert first["number"] != second["number"]
    assert second["requester"]["email"] == other


@pytest.mark.hard("R-17")
async def test_replies_with_one_key_are_one_reply(suite: Suite) -> None:
    made = await suite.ticket(CUSTOMER)
    path, heads = (
        f"/api/v1/tickets/{made['number']}/messages",
        {**await suite.as_(AGENT), "Idempotency-Key": "reply-1"},
    )
    answers = await asyncio.gather(*[
        suite.http.post(path, json={"kind": "reply", "body": "Once"}, headers=heads) for _ in range(20)
    ])  # fmt: skip
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    stored = sa.select(message.c.id).join(ticket, ticket.c.id == message.c.ticket_id).where(
        ticket.c.number == made["number"], message.c.body_text == "Once"
    )  # fmt: skip
    assert len(await suite.rows("core", stored)) == 1


@pytest.mark.req(39)
async def test_of_two_agents_with_one_version_one_wins_and_the_other_sees_why(suite: Suite) -> None:
    made = await suite.ticket(CUSTOMER)
    version = (await suite.decided(made["number"]))["version"]
    path = f"/api/v1/tickets/{made['number']}"
    answers = await asyncio.gather(*[
        suite.call("PATCH", path, AGENT, json={"version": version, "priority": value}) for value in ("low", "high")
    ])  # fmt: skip
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    (lost,) = [answer.json() for answer in answers if answer.status_code == 409]
    (won,) = [answer.json() for answer in answers if answer.status_code == 200]
    assert lost["code"] == "core.stale_version"
    assert lost["current"]["priority"] == won["priority"]
    assert lost["current"]["version"] == won["version"]
