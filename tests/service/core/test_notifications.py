"""People hear of what concerns them: once, never of their own act, and as they chose."""

from typing import Any

import pytest

from services.core.models import outgoing_mail
from tests.service.core.conftest import Desk
from tests.service.core.test_clocks import rows

Headers = dict[str, str]


async def mine(desk: Desk, who: Headers) -> list[dict[str, Any]]:
    await desk.core.follower.once()
    page = (await desk.http.get("/api/v1/notifications", headers=who)).json()
    items: list[dict[str, Any]] = page["items"]
    return items


@pytest.mark.req(102)
async def test_who_is_mentioned_in_a_note_is_told_by_page_and_mail(
    desk: Desk, agent: Headers, lead: Headers
) -> None:
    made = await desk.ticket(agent)
    note = {"kind": "note", "body": "@Marcus Hale and @lead: what do you think? @agent should know."}
    await desk.http.post(f"/api/v1/tickets/{made['number']}/messages", json=note, headers=agent)
    [told] = await mine(desk, lead)
    assert (told["kind"], told["number"], told["actor"]) == ("mention", made["number"], "Grace Oduya")
    assert await mine(desk, agent) == [], "nobody is told of their own act"
    [queued] = await rows(desk, outgoing_mail)
    assert (queued.recipient, queued.kind) == ("lead@desk.test", "notification")


@pytest.mark.req(40)
async def test_who_gets_a_ticket_is_told_unless_they_took_it(
    desk: Desk, agent: Headers, lead: Headers
) -> None:
    first, second = await desk.ticket(agent), await desk.ticket(agent)
    for ticket, to in ((first, "lead@desk.test"), (second, "agent@desk.test")):
        body = {"version": ticket["version"], "assignee": to}
        assert (
            await desk.http.patch(f"/api/v1/tickets/{ticket['number']}", json=body, headers=agent)
        ).status_code == 200
    assert [(n["kind"], n["number"]) for n in await mine(desk, lead)] == [("assigned", first["number"])]
    assert await mine(desk, agent) == []


@pytest.mark.req(40)
async def test_who_had_a_ticket_hears_where_it_went_unless_they_gave_it(
    desk: Desk, agent: Headers, lead: Headers, admin: Headers
) -> None:
    made = await desk.ticket(admin)
    path = f"/api/v1/tickets/{made['number']}"
    for who, to in ((admin, "agent@desk.test"), (admin, "lead@desk.test"), (lead, "admin@desk.test")):
        version = (await desk.http.get(path, headers=who)).json()["version"]
        body = {"version": version, "assignee": to}
        assert (await desk.http.patch(path, json=body, headers=who)).status_code == 200
        await desk.core.follower.once()
    told = [(n["kind"], n["detail"]) for n in await mine(desk, agent)]
    assert told == [("handed_on", "Marcus Hale"), ("assigned", "")]
    assert [n["kind"] for n in await mine(desk, lead)] == ["assigned"], "who gives it away knows"


@pytest.mark.req(104)
async def test_who_is_given_a_share_is_told_once(desk: Desk, agent: Headers, light: Headers) -> None:
    made = await desk.ticket(agent)
    for _ in range(2):
        share = {"staff": "light@desk.test"}
        await desk.http.post(f"/api/v1/tickets/{made['number']}/shares", json=share, headers=agent)
    assert [(n["kind"], n["number"]) for n in await mine(desk, light)] == [("shared", made["number"])]


@pytest.mark.req(81)
async def test_a_new_ticket_tells_its_team_once(
    desk: Desk, agent: Headers, admin: Headers, lead: Headers
) -> None:
    people = (await desk.http.get("/api/v1/staff", headers=admin)).json()
    members = [p["id"] for p in people if p["email"] in {"agent@desk.test", "lead@desk.test"}]
    team = {"key": "cards", "name": {"en": "Cards"}, "members": members}
    assert (await desk.http.post("/api/v1/teams", json=team, headers=admin)).status_code == 201
    made = await desk.ticket(admin, team="cards")
    assert [n["kind"] for n in await mine(desk, lead)] == ["new_ticket"]
    assert [n["kind"] for n in await mine(desk, agent)] == ["new_ticket"]
    assert await mine(desk, admin) == []
    assert made["team"] == "cards"


async def test_everybody_chooses_what_and_how(desk: Desk, agent: Headers, lead: Headers) -> None:
    chosen = [
        {"kind": "mention", "page": False, "mail": False},
        {"kind": "assigned", "page": True, "mail": False},
    ]
    kept = await desk.http.put("/api/v1/notifications/choices", json=chosen, headers=lead)
    assert {c["kind"]: (c["page"], c["mail"]) for c in kept.json()}["assigned"] == (True, False)
    made = await desk.ticket(agent)
    note = {"kind": "note", "body": "@lead please"}
    await desk.http.post(f"/api/v1/tickets/{made['number']}/messages", json=note, headers=agent)
    body = {"version": made["version"], "assignee": "lead@desk.test"}
    version = (await desk.http.get(f"/api/v1/tickets/{made['number']}", headers=agent)).json()["version"]
    await desk.http.patch(
        f"/api/v1/tickets/{made['number']}", json=body | {"version": version}, headers=agent
    )
    [told] = await mine(desk, lead)
    assert told["kind"] == "assigned"
    assert await rows(desk, outgoing_mail) == []
    page = (
        await desk.http.post("/api/v1/notifications/read", json={"ids": [told["id"]]}, headers=lead)
    ).json()
    assert page["unread"] == 0
    assert page["items"][0]["read_at"]


async def test_nobody_reads_anothers_and_customers_have_none(
    desk: Desk, agent: Headers, lead: Headers, customer: Headers
) -> None:
    made = await desk.ticket(agent)
    note = {"kind": "note", "body": "@lead please"}
    await desk.http.post(f"/api/v1/tickets/{made['number']}/messages", json=note, headers=agent)
    [told] = await mine(desk, lead)
    await desk.http.post("/api/v1/notifications/read", json={"ids": [told["id"]]}, headers=agent)
    assert [n["read_at"] for n in await mine(desk, lead)] == [None]
    assert (await desk.http.get("/api/v1/notifications", headers=customer)).status_code == 403


async def test_a_customers_answer_is_told_to_who_answers_for_it_and_who_follows(
    desk: Desk, agent: Headers, lead: Headers, admin: Headers, customer: Headers
) -> None:
    made = await desk.ticket(customer, requester=None)
    number = made["number"]
    note = {"kind": "note", "body": "@lead please keep an eye on it"}
    await desk.http.post(f"/api/v1/tickets/{number}/messages", json=note, headers=agent)
    version = (await desk.http.get(f"/api/v1/tickets/{number}", headers=agent)).json()["version"]
    body = {"version": version, "assignee": "me"}
    assert (await desk.http.patch(f"/api/v1/tickets/{number}", json=body, headers=agent)).status_code == 200
    answer = {"kind": "reply", "body": "Any news?"}
    await desk.http.post(f"/api/v1/tickets/{number}/messages", json=answer, headers=customer)
    assert [n["kind"] for n in await mine(desk, agent)] == ["replied"]
    assert sorted(n["kind"] for n in await mine(desk, lead)) == ["mention", "replied"]
    assert await mine(desk, admin) == []
