"""Two agents on one ticket at once, and the model beside them."""

import asyncio
import random
from collections import Counter
from typing import Any
from uuid import uuid4

import pytest

from tests.service.core.conftest import Desk
from tests.service.core.test_together import call

Headers = dict[str, str]
ROUNDS = 200
CHOICES: dict[str, tuple[Any, ...]] = {
    "priority": ("low", "normal", "high", "critical"),
    "subject": ("Card swallowed", "Card kept by the machine", "Lost card", "A card"),
    "tags": (["atm"], ["fraud"], ["atm", "fraud"], []),
    "type": ("question", "incident", "task"),
}


@pytest.mark.req(39)
@pytest.mark.hard("S-50")
async def test_two_agents_saving_two_hundred_times_at_random_lose_no_update_without_a_conflict(
    desk: Desk, agent: Headers, lead: Headers
) -> None:
    dice = random.Random(20261122)
    number = (await desk.ticket(agent))["number"]
    path = f"/api/v1/tickets/{number}"
    accepted: list[tuple[int, str, Any]] = []
    conflicts = 0

    async def save(who: Headers, seen: dict[str, Any]) -> dict[str, Any]:
        """One save by somebody who read ``seen``; returns what they see afterwards."""
        nonlocal conflicts
        field = dice.choice(list(CHOICES))
        value = dice.choice([one for one in CHOICES[field] if one != seen[field]])
        body = {"version": seen["version"], field: value}
        await asyncio.sleep(dice.random() * 0.002)
        answer = await desk.http.patch(path, json=body, headers=who)
        if answer.status_code == 200:
            accepted.append((seen["version"], field, value))
            now: dict[str, Any] = answer.json()
            assert now[field] == value
            return now
        assert answer.status_code == 409, answer.text
        problem = answer.json()
        assert problem["current"]["version"] > seen["version"], "a conflict shows what is there now"
        conflicts += 1
        current: dict[str, Any] = problem["current"]
        return current

    async def work(who: Headers) -> None:
        seen = await call(desk, "GET", f"/tickets/{number}", who)
        for _ in range(ROUNDS // 2):
            seen = await save(who, seen)
            if dice.random() < 0.5:
                seen = await call(desk, "GET", f"/tickets/{number}", who)

    await asyncio.gather(work(agent), work(lead))
    assert len(accepted) + conflicts == ROUNDS
    assert conflicts > 0, "they never met, so nothing was tried"
    assert max(Counter(version for version, _, _ in accepted).values()) == 1, "two saves of one version"
    # Every accepted save is in the history, in order, and starts from what the one before it left.
    history: list[Any] = []
    cursor = ""
    while True:
        page = await call(desk, "GET", f"/tickets/{number}/messages?limit=100{cursor}", agent)
        history += [c for entry in page["items"] for c in entry["changes"]]
        if not page["next_cursor"]:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert [(c["field"], c["new"]) for c in history] == [
        (f, v) for _, f, v in sorted(accepted, key=lambda a: a[0])
    ]
    last: dict[str, Any] = {}
    for change in history:
        assert change["field"] not in last or change["old"] == last[change["field"]]
        last[change["field"]] = change["new"]
    end = await call(desk, "GET", f"/tickets/{number}", agent)
    assert {field: end[field] for field in last} == last


async def propose(desk: Desk, ticket: dict[str, Any], **fields: Any) -> dict[str, Any]:
    body = {
        "decision": str(uuid4()),
        "version": 1,
        "fields": {
            name: {"value": value, "probability": 0.99, "apply": True} for name, value in fields.items()
        },
        "model": "v1",
    }
    answer = await desk.http.post(
        f"/internal/tickets/{ticket['id']}/proposal", json=body, headers=desk.as_service("triage")
    )
    assert answer.status_code == 200, answer.text
    outcome: dict[str, Any] = answer.json()
    return outcome


@pytest.mark.req(38, 47)
async def test_while_somebody_edits_the_model_only_suggests(desk: Desk, agent: Headers) -> None:
    ticket = await desk.ticket(agent)
    presence = f"/tickets/{ticket['number']}/presence"
    await call(desk, "PUT", presence, agent, {"state": "writing"})
    assert (await propose(desk, ticket, priority="high"))["skipped"] == {"priority": "editing"}
    assert (await call(desk, "GET", f"/tickets/{ticket['number']}", agent))["priority"] == "normal"
    await call(desk, "PUT", presence, agent, {"state": "looking"})
    assert (await propose(desk, ticket, priority="high"))["applied"] == {"priority": "high"}


@pytest.mark.req(39, 47)
async def test_whoever_edits_and_whenever_the_model_speaks_a_persons_field_is_theirs(
    desk: Desk, agent: Headers, lead: Headers
) -> None:
    dice = random.Random(7)
    ticket = await desk.ticket(agent)
    path, number = f"/api/v1/tickets/{ticket['number']}", ticket["number"]
    mine: dict[str, Any] = {}

    async def person(who: Headers) -> None:
        for _ in range(25):
            await call(desk, "PUT", f"/tickets/{number}/presence", who, {"state": "writing"})
            before = await call(desk, "GET", f"/tickets/{number}", who)
            await asyncio.sleep(dice.random() * 0.003)
            now = await call(desk, "GET", f"/tickets/{number}", who)
            still = before["set_by"].get("priority") != "model" or now["priority"] == before["priority"]
            assert still, "the model changed a field while somebody was editing"
            value = dice.choice(CHOICES["priority"])
            saved = await desk.http.patch(
                path, json={"version": now["version"], "priority": value}, headers=who
            )
            if saved.status_code == 200:
                mine["priority"] = value

    async def model() -> None:
        for _ in range(50):
            outcome = await propose(desk, ticket, priority=dice.choice(CHOICES["priority"]))
            assert outcome["applied"] == {} or not mine
            await asyncio.sleep(0)

    await asyncio.gather(person(agent), person(lead), model())
    end = await call(desk, "GET", f"/tickets/{number}", agent)
    assert (end["set_by"]["priority"], end["priority"]) == ("person", mine["priority"])
