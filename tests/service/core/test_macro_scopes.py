"""Who may read and use a macro, and what is counted."""

from datetime import timedelta

import pytest

from services.core.people import staff
from tests.service.core.conftest import Desk
from tests.service.core.test_together import call, refused

Headers = dict[str, str]


@pytest.mark.req(72)
@pytest.mark.hard("S-20", "S-38")
async def test_triage_drafts_from_everyones_macros_only(
    desk: Desk, admin: Headers, lead: Headers, agent: Headers, light: Headers
) -> None:
    await call(desk, "POST", "/teams", admin, {"key": "cards", "name": {"en": "Cards"}})
    members = await desk.core.db.read(staff.everyone)
    marcus = next(str(one.id) for one in members if one.email == "lead@desk.test")
    await call(desk, "PATCH", "/teams/cards", admin, {"version": 1, "members": [marcus]})
    for scope, who, more in (
        ("global", admin, {}),
        ("team", lead, {"team": "cards"}),
        ("personal", agent, {}),
    ):
        body = {"title": {"en": scope}, "body": {"en": f"{scope} text"}, "scope": scope, "key": scope, **more}
        await call(desk, "POST", "/macros", who, body)
    answer = await desk.http.get("/internal/snapshot/taxonomy", headers=desk.as_service("triage"))
    assert [one["key"] for one in answer.json()["macros"]] == ["global"]
    assert [one["key"] for one in await call(desk, "GET", "/macros", agent)] == ["global", "personal"]
    assert await call(desk, "GET", "/macros", light) == [], "light agents answer nobody"
    number = (await desk.ticket(agent))["number"]
    for hidden in ("team", "personal"):
        who = agent if hidden == "team" else lead
        assert (await refused(desk, "GET", f"/macros/{hidden}/rendering?ticket={number}", who))[0] == 404


@pytest.mark.req(45, 74)
async def test_two_macros_in_one_reply_count_once_each(desk: Desk, admin: Headers, agent: Headers) -> None:
    for key in ("hello", "bye"):
        await call(desk, "POST", "/macros", admin, {"title": {"en": key}, "body": {"en": key}, "key": key})
    number = (await desk.ticket(agent))["number"]
    body = {"kind": "reply", "body": "hello\n\nbye", "macro": "hello,bye,hello"}
    await call(desk, "POST", f"/tickets/{number}/messages", agent, body)
    found = await call(desk, "GET", "/macros", agent)
    assert {one["key"]: one["used"] for one in found} == {"hello": 1, "bye": 1}


async def made(desk: Desk, who: Headers, key: str, **more: object) -> dict[str, object]:
    body = {"title": {"en": key}, "body": {"en": f"{key}."}, "key": key, **more}
    found: dict[str, object] = await call(desk, "POST", "/macros", who, body)
    return found


@pytest.mark.req(72)
async def test_agents_keep_their_own_leads_their_teams_and_admins_everyones(
    desk: Desk, admin: Headers, lead: Headers, agent: Headers, light: Headers
) -> None:
    people = {one.email: str(one.id) for one in await desk.core.db.read(staff.everyone)}
    for key in ("cards", "loans"):
        await call(desk, "POST", "/teams", admin, {"key": key, "name": {"en": key}})
    members = [people["lead@desk.test"], people["agent@desk.test"]]
    await call(desk, "PATCH", "/teams/cards", admin, {"version": 1, "members": members})
    own = await made(desk, agent, "own", scope="personal")
    teams = await made(desk, lead, "teams", scope="team", team="cards")
    everyones = await made(desk, admin, "everyones")
    for who, wanted in (
        (agent, {"scope": "team", "team": "cards"}),
        (agent, {"scope": "global"}),
        (lead, {"scope": "team", "team": "loans"}),
        (lead, {"scope": "global"}),
        (light, {"scope": "personal"}),
    ):
        body = {"title": {"en": "x"}, "body": {"en": "x"}, **wanted}
        assert (await refused(desk, "POST", "/macros", who, body))[0] == 403, wanted
    for who, macro in ((agent, teams), (agent, everyones), (lead, everyones)):
        change = {"version": 1, "title": {"en": "mine now"}}
        assert (await refused(desk, "PATCH", f"/macros/{macro['id']}", who, change))[0] == 403
        assert (await refused(desk, "DELETE", f"/macros/{macro['id']}", who))[0] == 403
    yours = {one["key"]: one["yours"] for one in await call(desk, "GET", "/macros", agent)}
    assert yours == {"own": True, "teams": False, "everyones": False}
    assert (await desk.http.delete(f"/api/v1/macros/{own['id']}", headers=agent)).status_code == 204
    assert "own" not in {one["key"] for one in await call(desk, "GET", "/macros", agent)}
    assert "own" in {one["key"] for one in await call(desk, "GET", "/macros?retired=true", agent)}
    await call(desk, "PATCH", f"/macros/{own['id']}", agent, {"version": 2, "active": True})
    assert "own" in {one["key"] for one in await call(desk, "GET", "/macros", agent)}


@pytest.mark.req(72)
async def test_what_a_macro_sets_is_checked_and_its_text_is_tried_on_a_ticket(
    desk: Desk, agent: Headers
) -> None:
    base = {"title": {"en": "x"}, "body": {}, "scope": "personal"}
    for actions, field in (
        ({"priority": "huge"}, "actions.priority"),
        ({"status": 3}, "actions.status"),
        ({"tags": "vip"}, "actions.tags"),
        ({"subject": "x"}, "actions.subject"),
        ({}, "body"),
    ):
        answer = await desk.http.post("/api/v1/macros", json={**base, "actions": actions}, headers=agent)
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)
    await made(desk, agent, "acts", scope="personal", body={}, actions={"priority": "high", "assignee": "me"})
    number = (await desk.ticket(agent))["number"]
    draft = {"en": "Hi {{ticket.requester.first_name}} {{ticket.colour}}", "es": "Hola {{agent.first_name}}"}
    shown = await call(desk, "POST", "/macros/previews", agent, {"body": draft, "ticket": number})
    assert shown == {"texts": {"en": "Hi Ana ", "es": "Hola Grace"}, "unknown": ["ticket.colour"]}
    assert len(await call(desk, "GET", "/macros", agent)) == 1, "trying keeps nothing"


@pytest.mark.req(73)
async def test_a_digit_is_bound_to_one_macro_of_each_person(
    desk: Desk, admin: Headers, lead: Headers, agent: Headers
) -> None:
    one, other = await made(desk, admin, "one"), await made(desk, admin, "other")
    await call(desk, "PUT", f"/macros/{one['id']}/key", agent, {"key": 1})
    await call(desk, "PUT", f"/macros/{one['id']}/key", lead, {"key": 2})
    await call(desk, "PUT", f"/macros/{other['id']}/key", agent, {"key": 1})

    async def bound(who: Headers) -> dict[str, int | None]:
        return {one["key"]: one["hotkey"] for one in await call(desk, "GET", "/macros", who)}

    assert await bound(agent) == {"one": None, "other": 1}
    assert await bound(lead) == {"one": 2, "other": None}
    assert (await refused(desk, "PUT", f"/macros/{one['id']}/key", agent, {"key": 10}))[0] == 422
    await call(desk, "PUT", f"/macros/{other['id']}/key", agent, {"key": None})
    assert await bound(agent) == {"one": None, "other": None}


@pytest.mark.req(74, 75)
async def test_uses_are_counted_by_period_and_what_became_of_the_tickets(desk: Desk, admin: Headers) -> None:
    async def on(by: timedelta) -> Headers:
        """Later, and signed in anew."""
        desk.clock.advance(by)
        return await desk.person("agent@desk.test", "agent")

    agent = await on(timedelta())
    macro = await made(desk, admin, "greeting")
    acts = await made(desk, admin, "acts", body={}, actions={"priority": "high"})
    numbers = [(await desk.ticket(agent))["number"] for _ in range(4)]
    reply = {"kind": "reply", "body": "Hi", "macro": "greeting"}
    await call(desk, "POST", f"/tickets/{numbers[3]}/messages", agent, reply)
    agent = await on(timedelta(days=40))
    fresh = [(await desk.ticket(agent))["number"] for _ in range(3)]
    for number in (*fresh, fresh[0]):
        await call(desk, "POST", f"/tickets/{number}/messages", agent, reply)
    ticket = await call(desk, "GET", f"/tickets/{fresh[0]}", agent)
    change = {"version": ticket["version"], "priority": "high", "macro": "acts"}
    await call(desk, "PATCH", f"/tickets/{fresh[0]}", agent, change)
    for number, minutes in ((fresh[0], 30), (fresh[1], 60)):
        agent = await on(timedelta(minutes=minutes))
        await call(desk, "PUT", f"/tickets/{number}/closure", agent, {})
    await call(desk, "DELETE", f"/tickets/{fresh[0]}/closure", agent)
    agent = await on(timedelta(minutes=30))
    await call(desk, "PUT", f"/tickets/{fresh[0]}/closure", agent, {})
    found = await call(desk, "GET", "/macros/effects?days=30", agent)
    by_macro = {one["macro"]: one for one in found["items"]}
    greeting = by_macro[macro["id"]]
    assert (greeting["uses"], greeting["tickets"], greeting["ended"], greeting["reopened"]) == (4, 3, 2, 1)
    assert greeting["minutes"] == pytest.approx((90 + 120) / 2)
    assert by_macro[acts["id"]]["uses"] == 1
    everything = found["everything"]
    assert (everything["tickets"], everything["ended"], everything["reopened"]) == (3, 2, 1)
    longer = await call(desk, "GET", "/macros/effects?days=90", agent)
    assert {one["macro"]: one["uses"] for one in longer["items"]}[macro["id"]] == 5
