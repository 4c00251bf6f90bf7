"""What stands beside a ticket: the customer with products and history, remote sessions, teams that work along."""

from typing import Any

import pytest

from services.core.models import remote_session
from tests.service.core.conftest import Desk
from tests.service.core.test_clocks import rows
from tests.service.core.test_life_by_time import seen
from tests.service.core.test_mail_intake import mail, receive

Headers = dict[str, str]


async def ok(desk: Desk, method: str, path: str, who: Headers, body: Any = None, status: int = 200) -> Any:
    answer = await desk.http.request(method, f"/api/v1{path}", json=body, headers=who)
    assert answer.status_code == status, answer.text
    return answer.json()


async def owned(desk: Desk, agent: Headers, admin: Headers, contact: str, **values: Any) -> dict[str, Any]:
    listed = await ok(desk, "GET", "/products", admin)
    if not listed:
        body = {"key": "terminal", "name": {"en": "Card reader", "es": "Datáfono"}}
        await ok(desk, "POST", "/products", admin, body, 201)
    item = {"product": "terminal", "serial": "TR-77", "plan": "Warranty", "since": "2025-01-10"} | values
    made: dict[str, Any] = await ok(desk, "POST", f"/contacts/{contact}/items", agent, item, 201)
    return made


@pytest.mark.req(43)
async def test_a_ticket_is_about_an_item_of_its_customer_and_shows_it(
    desk: Desk, agent: Headers, admin: Headers
) -> None:
    made = await desk.ticket(agent)
    number, contact = made["number"], made["requester"]["id"]
    item = await owned(desk, agent, admin, contact)
    ticket = await ok(desk, "PUT", f"/tickets/{number}/product", agent, {"item": item["id"]})
    assert ticket["product"]["name"]["es"] == "Datáfono"
    assert ticket["product"]["item"]["serial"] == "TR-77"
    assert ticket["version"] == made["version"], "none of its fields moved, so nobody's save is stale"
    others = await desk.ticket(agent, requester={"email": "bob@example.com", "name": "Bob"})
    path = f"/tickets/{others['number']}/product"
    await ok(desk, "PUT", path, agent, {"item": item["id"]}, 409)
    assert (await ok(desk, "PUT", path, agent, {"product": "terminal"}))["product"]["item"] is None
    await ok(desk, "PUT", path, agent, {"product": "ghost"}, 422)
    assert (await ok(desk, "PUT", path, agent, {}))["product"] is None
    kinds = (await seen(desk, others["number"]))[1]
    assert kinds.count("changed") == 2, "each choice is in the history"


async def test_items_are_kept_by_agents_shared_by_an_organisation_and_checked(
    desk: Desk, agent: Headers, admin: Headers
) -> None:
    made = await desk.ticket(agent)
    contact = made["requester"]["id"]
    item = await owned(desk, agent, admin, contact)
    body = {"product": "terminal", "shared": True}
    await ok(desk, "POST", f"/contacts/{contact}/items", agent, body, 422)
    person = await ok(desk, "GET", f"/contacts/{contact}", agent)
    changes = {"version": person["version"], "organization": "Casa Sol"}
    await ok(desk, "PATCH", f"/contacts/{contact}", agent, changes)
    await ok(desk, "POST", f"/contacts/{contact}/items", agent, body | {"name": "In the shop"}, 201)
    colleague = (await desk.ticket(agent, requester={"email": "eva@example.com"}))["requester"]["id"]
    person = await ok(desk, "GET", f"/contacts/{colleague}", agent)
    changes = {"version": person["version"], "organization": "Casa Sol"}
    await ok(desk, "PATCH", f"/contacts/{colleague}", agent, changes)
    theirs = await ok(desk, "GET", f"/contacts/{colleague}/items", agent)
    assert [(one["name"], one["shared"]) for one in theirs] == [("In the shop", True)]
    path = f"/items/{item['id']}"
    late = {"version": 1, "until": "2024-01-01"}
    answer = await ok(desk, "PATCH", path, agent, late, 422)
    assert answer["errors"][0]["field"] == "until"
    changed = await ok(desk, "PATCH", path, agent, {"version": 1, "active": False, "until": "2027-01-10"})
    assert (changed["active"], changed["until"], changed["version"]) == (False, "2027-01-10", 2)
    await ok(desk, "PATCH", path, agent, {"version": 1, "plan": "Gold"}, 409)
    customer = await desk.person("ana@example.com", "customer")
    await ok(desk, "GET", f"/contacts/{contact}/items", customer, status=403)


@pytest.mark.req(77, 78, 46, 13)
async def test_the_customer_stands_beside_the_ticket_with_satisfaction_open_tickets_and_every_channel(
    desk: Desk, agent: Headers
) -> None:
    first = (await desk.ticket(agent))["number"]
    second = (await desk.ticket(agent, subject="Second"))["number"]
    mailed = (await receive(desk, agent, mail("By mail now.", sender="ana@example.com"))).json()["number"]
    other = await desk.ticket(agent, requester={"email": "bob@example.com", "name": "Bob"})
    agent = await desk.person("agent@desk.test", "agent")
    for number, note in ((first, "Replaced the chip."), (second, "")):
        await ok(
            desk, "POST", f"/tickets/{number}/messages", agent, {"kind": "reply", "body": "We did it."}, 201
        )
        await ok(desk, "POST", f"/tickets/{number}/messages", agent, {"kind": "note", "body": "secret"}, 201)
        await ok(desk, "PUT", f"/tickets/{number}/closure", agent, {"resolution": note})
    customer = await desk.person("ana@example.com", "customer")
    for number, score in ((first, 5), (second, 2)):
        await ok(desk, "PUT", f"/tickets/{number}/rating", customer, {"score": score})
    agent = await desk.person("agent@desk.test", "agent")
    contact = (await ok(desk, "GET", f"/tickets/{first}", agent))["requester"]["id"]
    found = await ok(desk, "GET", f"/contacts/{contact}/overview", agent)
    assert found["satisfaction"] == {"answered": 2, "csat": 0.5, "average": 3.5}
    assert [one["number"] for one in found["open"]] == [mailed]
    assert found["contact"]["open_tickets"] == 1
    assert [(one["number"], one["resolution"], one["score"]) for one in found["before"]] == [
        (second, "We did it.", 2), (first, "Replaced the chip.", 5),
    ]  # fmt: skip
    assert {one["channel"] for one in found["said"]} == {"api", "email"}
    assert not any("secret" in one["excerpt"] for one in found["said"])
    assert {one["number"] for one in found["said"]} == {first, second, mailed}
    empty = await ok(desk, "GET", f"/contacts/{other['requester']['id']}/overview", agent)
    assert empty["satisfaction"] == {"answered": 0, "csat": None, "average": None}


@pytest.mark.req(128)
async def test_a_crms_adapter_brings_where_customers_stand_in_the_funnel(desk: Desk, agent: Headers) -> None:
    contact = (await desk.ticket(agent))["requester"]["id"]
    adapter = await desk.api_token("tickets:read", "tickets:write")
    stages = [
        {"email": "ANA@example.com", "stage": "Renewal"},
        {"email": "nobody@example.com", "stage": "Lead"},
    ]
    body = {"source": "our CRM", "stages": stages}
    kept = await ok(desk, "POST", "/contacts/funnel", adapter, body)
    assert kept == {"changed": 1, "unknown": ["nobody@example.com"]}
    assert (await ok(desk, "POST", "/contacts/funnel", adapter, body))["changed"] == 0
    found = await ok(desk, "GET", f"/contacts/{contact}", agent)
    assert (found["funnel"]["stage"], found["funnel"]["source"]) == ("Renewal", "our CRM")
    body = {"stages": [{"email": "ana@example.com", "stage": ""}]}
    await ok(desk, "POST", "/contacts/funnel", adapter, body)
    assert (await ok(desk, "GET", f"/contacts/{contact}", agent))["funnel"] is None


@pytest.mark.req(79)
@pytest.mark.hard("S-35")
async def test_a_remote_session_is_a_link_on_the_ticket_until_it_ends(desk: Desk, agent: Headers) -> None:
    number = (await desk.ticket(agent))["number"]
    path = f"/tickets/{number}/remote-sessions"
    for wrong in (
        "javascript:alert(1)", "http://plain.example/x", "https://me:pw@x.example/", "https://", "https://x.ex/a b",
        "data:text/html,x", "//x.example", "https://[",
    ):  # fmt: skip
        answer = await ok(desk, "POST", path, agent, {"url": wrong}, 422)
        assert answer["errors"][0]["field"] == "url", wrong
    link = "https://support.example/join/812"
    ticket = await ok(desk, "POST", path, agent, {"url": link, "label": "Look at the app"}, 201)
    assert ticket["remote_sessions"][0]["url"] == link
    customer = await desk.person("ana@example.com", "customer")
    theirs = await ok(desk, "GET", f"/tickets/{number}", customer)
    assert [one["url"] for one in theirs["remote_sessions"]] == [link]
    await ok(desk, "POST", path, customer, {"url": link}, 403)
    agent = await desk.person("agent@desk.test", "agent")
    session = ticket["remote_sessions"][0]["id"]
    await ok(desk, "DELETE", f"{path}/{session}", agent)
    await ok(desk, "DELETE", f"{path}/{session}", agent)
    assert (await ok(desk, "GET", f"/tickets/{number}", customer))["remote_sessions"] == []
    kinds = (await seen(desk, number))[1]
    assert (kinds.count("session_began"), kinds.count("session_ended")) == (1, 1)
    assert len(await rows(desk, remote_session)) == 1


@pytest.mark.req(106)
async def test_several_teams_work_on_one_ticket_with_one_history(
    desk: Desk, agent: Headers, admin: Headers, light: Headers
) -> None:
    staff = {one["email"]: one["id"] for one in await ok(desk, "GET", "/staff", admin)}
    for key, member in (("cards", "agent@desk.test"), ("legal", "light@desk.test")):
        body = {"key": key, "name": {"en": key.title()}, "members": [staff[member]]}
        await ok(desk, "POST", "/teams", admin, body, 201)
    number = (await desk.ticket(agent, team="cards"))["number"]
    path = f"/tickets/{number}"
    await ok(desk, "GET", path, light, status=404)
    ticket = await ok(desk, "PUT", f"{path}/teams/legal", agent)
    assert (ticket["team"], ticket["teams"]) == ("cards", ["legal"])
    await ok(desk, "PUT", f"{path}/teams/legal", agent)
    await ok(desk, "PUT", f"{path}/teams/ghosts", agent, status=422)
    await ok(desk, "POST", f"{path}/messages", light, {"kind": "note", "body": "Legal says yes."}, 201)
    queue = await ok(desk, "GET", "/tickets?team=mine", light)
    assert [one["number"] for one in queue["items"]] == [number], "in the queue of both teams"
    queue = await ok(desk, "GET", "/tickets?team=mine", agent)
    assert [one["number"] for one in queue["items"]] == [number]
    told = await ok(desk, "GET", "/notifications", light)
    assert [one["number"] for one in told["items"]] == [number]
    page = await ok(desk, "GET", f"{path}/messages", agent)
    kinds = [one["kind"] for one in page["items"]]
    assert kinds.count("team_joined") == 1
    assert any(one["body_text"] == "Legal says yes." for one in page["items"])
    await ok(desk, "DELETE", f"{path}/teams/legal", agent)
    await ok(desk, "GET", path, light, status=404)
    page = await ok(desk, "GET", f"{path}/messages", agent)
    assert any(one["body_text"] == "Legal says yes." for one in page["items"]), "its words stay"


@pytest.mark.req(21)
async def test_an_edit_of_the_customer_shows_on_all_their_tickets(desk: Desk, agent: Headers) -> None:
    first, second = await desk.ticket(agent), await desk.ticket(agent, subject="Second")
    contact = first["requester"]["id"]
    person = await ok(desk, "GET", f"/contacts/{contact}", agent)
    changes = {
        "version": person["version"], "name": "Ana María Ruiz", "tier": "vip", "organization": "Casa Sol",
        "add_identities": [{"kind": "phone", "value": "+34 600 000 000"}],
    }  # fmt: skip
    await ok(desk, "PATCH", f"/contacts/{contact}", agent, changes)
    for made in (first, second):
        ticket = await ok(desk, "GET", f"/tickets/{made['number']}", agent)
        shown = ticket["requester"]
        assert (shown["name"], shown["tier"], shown["email"]) == ("Ana María Ruiz", "vip", "ana@example.com")
        assert ticket["organization"]["name"] == "Casa Sol"
    found = await ok(desk, "GET", f"/contacts/{contact}/overview", agent)
    assert {one["kind"] for one in found["contact"]["identities"]} == {"email", "phone"}
    await ok(desk, "PATCH", f"/contacts/{contact}", agent, changes, 409)
