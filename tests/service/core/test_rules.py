"""Rules run on what happens and on time, once, with a line in the history, and never in a circle."""

from typing import Any

import pytest

from services.core.models import notification, outgoing_mail
from tests.service.core.conftest import Desk
from tests.service.core.test_clocks import later, rows

Headers = dict[str, str]


async def ruled(desk: Desk, admin: Headers, **values: Any) -> dict[str, Any]:
    given = {"name": "Rule", "events": ["created"], "actions": [{"do": "raise_priority"}]} | values
    answer = await desk.http.post("/api/v1/rules", json=given, headers=admin)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def read(desk: Desk, number: int) -> dict[str, Any]:
    who = await desk.person("agent@desk.test", "agent")
    found: dict[str, Any] = (await desk.http.get(f"/api/v1/tickets/{number}", headers=who)).json()
    return found


async def lines(desk: Desk, number: int) -> list[dict[str, Any]]:
    who = await desk.person("agent@desk.test", "agent")
    page = (await desk.http.get(f"/api/v1/tickets/{number}/messages", headers=who)).json()
    return [e for e in page["items"] if e["kind"] == "rule_ran"]


@pytest.mark.req(54, 62)
async def test_a_trigger_word_raises_the_priority_and_the_history_names_the_word(
    desk: Desk, agent: Headers, admin: Headers
) -> None:
    words = {"field": "words", "value": ["stolen", "robad*"]}
    await ruled(
        desk, admin, name="Urgent words", all=[words],
        actions=[{"do": "set", "field": "priority", "value": "critical"}, {"do": "add_tags", "value": ["theft"]}],
    )  # fmt: skip
    hit = await desk.ticket(agent, subject="My card was stolen")
    miss = await desk.ticket(agent)
    await desk.core.follower.once()
    found = await read(desk, hit["number"])
    assert (found["priority"], found["tags"], found["set_by"]["priority"]) == ("critical", ["theft"], "rule")
    [line] = await lines(desk, hit["number"])
    assert line["changes"][0]["new"] == {"name": "Urgent words", "why": ["“stolen”"]}
    assert await lines(desk, miss["number"]) == []
    [rule] = (await desk.http.get("/api/v1/rules", headers=agent)).json()
    assert rule["runs"] == 1


@pytest.mark.req(53)
async def test_a_vip_customer_goes_first(desk: Desk, agent: Headers, admin: Headers) -> None:
    await ruled(desk, admin, name="VIP", all=[{"field": "tier", "value": ["vip"]}])
    made = await desk.ticket(agent)
    contact = made["requester"]["id"]
    await desk.http.patch(f"/api/v1/contacts/{contact}", json={"version": 1, "tier": "vip"}, headers=agent)
    other = await desk.ticket(agent)
    await desk.core.follower.once()
    assert (await read(desk, other["number"]))["priority"] == "high"


@pytest.mark.req(62)
async def test_rules_that_set_off_one_another_come_to_an_end(
    desk: Desk, agent: Headers, admin: Headers
) -> None:
    for name, value in (("Up", "high"), ("Down", "low")):
        await ruled(
            desk, admin, name=name, events=["created", "updated"],
            all=[{"field": "priority", "op": "is_not", "value": [value]}],
            actions=[{"do": "set", "field": "priority", "value": value}],
        )  # fmt: skip
    made = await desk.ticket(agent)
    await desk.core.follower.once()
    assert not await desk.core.follower.behind()
    assert 2 <= len(await lines(desk, made["number"])) <= 6


@pytest.mark.req(59, 62)
async def test_a_timed_rule_reminds_once_a_silence(
    desk: Desk, agent: Headers, admin: Headers, lead: Headers
) -> None:
    old = await desk.ticket(agent)
    rule = await ruled(
        desk, admin, kind="timed", name="Nobody answered", events=[], since="customer", hours=4,
        all=[{"field": "status", "value": ["open"]}], actions=[{"do": "notify", "value": "leads"}],
    )  # fmt: skip
    assert desk.service.runner is not None
    await desk.service.runner.run_next("slow")
    new = await desk.ticket(agent)
    for hours in (3, 2, 20):
        await later(desk, hours=hours)
    assert [len(await lines(desk, one["number"])) for one in (old, new)] == [1, 1]
    told = [row for row in await rows(desk, notification) if row.kind == "rule"]
    assert len(told) == 4, "two leads, two tickets"
    admin = await desk.person("admin@desk.test", "admin")
    assert (await desk.http.delete(f"/api/v1/rules/{rule['id']}", headers=admin)).status_code == 204


async def test_a_dry_run_says_what_it_would_do_and_does_nothing(
    desk: Desk, agent: Headers, admin: Headers
) -> None:
    made = await desk.ticket(agent, subject="Phishing mail")
    await desk.ticket(agent)
    rule = {
        "name": "Try", "events": ["created"], "all": [{"field": "words", "value": ["phishing"]}],
        "actions": [
            {"do": "raise_priority"}, {"do": "add_tags", "value": ["fraud"]}, {"do": "notify", "value": "team"},
        ],
    }  # fmt: skip
    tried = (await desk.http.post("/api/v1/rules/dry-run", json=rule, headers=admin)).json()
    assert (tried["looked_at"], tried["matched"]) == (2, 1)
    [match] = tried["matches"]
    assert (match["number"], match["why"]) == (made["number"], ["“phishing”"])
    assert match["would"] == ["priority: high", "tag: fraud", "notify"]
    assert (await read(desk, made["number"]))["version"] == made["version"]


@pytest.mark.hard("S-11")
async def test_a_rules_words_are_filled_from_a_list_and_nothing_else(
    desk: Desk, agent: Headers, admin: Headers
) -> None:
    text = {"en": "Hi {{contact.first_name|there}}, {{7*7}} {{''.__class__}} {% raw %} #{{ticket.number}}"}
    await ruled(desk, admin, actions=[{"do": "reply", "text": text}])
    made = await desk.ticket(agent, requester={"email": "eve@example.com", "name": "{{ticket.number}}"})
    await desk.core.follower.once()
    page = (await desk.http.get(f"/api/v1/tickets/{made['number']}/messages", headers=agent)).json()
    [sent] = [e["body_text"] for e in page["items"] if e["automatic"]]
    assert "49" not in sent
    assert "class" not in sent
    assert "{" not in sent
    assert f"#{made['number']}" in sent
    [queued] = await rows(desk, outgoing_mail)
    assert queued.kind == "notice"


async def test_what_cannot_be_a_rule_is_refused(desk: Desk, agent: Headers, admin: Headers) -> None:
    for wrong in (
        {"name": ""},
        {"events": []},
        {"events": ["exploded"]},
        {"kind": "timed", "hours": 0},
        {"actions": []},
        {"actions": [{"do": "rm -rf"}]},
        {"actions": [{"do": "set", "field": "priority", "value": "huge"}]},
        {"actions": [{"do": "set", "field": "version", "value": 1}]},
        {"all": [{"field": "password", "value": ["x"]}]},
        {"all": [{"field": "words", "value": [""]}]},
    ):
        given = {"name": "Rule", "events": ["created"], "actions": [{"do": "raise_priority"}]} | wrong
        assert (await desk.http.post("/api/v1/rules", json=given, headers=admin)).status_code == 422, wrong
    good = {"name": "Rule", "events": ["created"], "actions": [{"do": "raise_priority"}]}
    assert (await desk.http.post("/api/v1/rules", json=good, headers=agent)).status_code == 403
    made = await ruled(desk, admin)
    first = await desk.http.put(f"/api/v1/rules/{made['id']}", json=good | {"version": 1}, headers=admin)
    assert first.status_code == 200
    assert (
        await desk.http.put(f"/api/v1/rules/{made['id']}", json=good | {"version": 1}, headers=admin)
    ).status_code == 409


@pytest.mark.req(62, 82)
async def test_a_rule_asks_for_what_was_answered_in_a_field_of_the_desks_own(
    desk: Desk, agent: Headers, admin: Headers
) -> None:
    for key, target in (("amount", "ticket"), ("member_since", "contact")):
        field = {"kind": "amount" if target == "ticket" else "text", "name": {"en": key}, "target": target}
        kept = await desk.http.put(f"/api/v1/fields/{key}", json=field, headers=admin)
        assert kept.is_success, kept.text
    much = {"field": "field.amount", "op": "at_least", "value": ["1000"]}
    await ruled(desk, admin, name="Much money", all=[much])
    hit = await desk.ticket(agent, fields={"amount": "2500"})
    miss = await desk.ticket(agent, fields={"amount": "250"})
    await desk.core.follower.once()
    assert (await read(desk, hit["number"]))["priority"] == "high"
    assert (await read(desk, miss["number"]))["priority"] == "normal"
    [line] = await lines(desk, hit["number"])
    assert line["changes"][0]["new"]["name"] == "Much money"
    for field in ("field.nothing", "field.member_since", "field."):
        rule = {
            "name": "x",
            "events": ["created"],
            "actions": [{"do": "raise_priority"}],
            "all": [{**much, "field": field}],
        }
        answer = await desk.http.post("/api/v1/rules", json=rule, headers=admin)
        assert answer.status_code == 422, field
