"""Statuses of the desk's own: they group with their category, move as the admin says, and tell the customer."""

from typing import Any

import pytest

from tests.service.core.conftest import Desk
from tests.service.core.test_clocks import clock, later, promised
from tests.service.core.test_life_by_time import said, seen

Headers = dict[str, str]
SUPPLIER = {
    "key": "waiting_supplier",
    "category": "pending",
    "name": {"en": "Waiting for the supplier", "es": "Esperando al proveedor"},
}


async def added(desk: Desk, admin: Headers, **values: Any) -> dict[str, Any]:
    answer = await desk.http.post("/api/v1/statuses", json=SUPPLIER | values, headers=admin)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def changed(desk: Desk, key: str, **values: Any) -> Any:
    admin = await desk.person("admin@desk.test", "admin")
    listed = (await desk.http.get("/api/v1/statuses", headers=admin)).json()
    version = next(one["version"] for one in listed if one["key"] == key)
    return await desk.http.patch(f"/api/v1/statuses/{key}", json={"version": version} | values, headers=admin)


async def move(desk: Desk, number: int, status: str, **values: Any) -> Any:
    agent = await desk.person("agent@desk.test", "agent")
    path = f"/api/v1/tickets/{number}"
    version = (await desk.http.get(path, headers=agent)).json()["version"]
    body = {"version": version, "status": status} | values
    return await desk.http.patch(path, json=body, headers=agent)


@pytest.mark.req(26, 141)
async def test_a_custom_status_groups_with_its_category_in_lists_search_clocks_and_actions(
    desk: Desk, agent: Headers, admin: Headers
) -> None:
    await promised(desk, admin)
    made = await added(desk, admin)
    assert "solved" in made["next"]
    assert "pending" in made["next"]
    number = (await desk.ticket(agent))["number"]
    other = (await desk.ticket(agent, subject="Another"))["number"]
    await later(desk, minutes=1)
    answer = await move(desk, number, "waiting_supplier")
    assert answer.status_code == 200, answer.text
    assert answer.json()["status_category"] == "pending"
    await later(desk, minutes=1)
    assert (await clock(desk, number, "resolution"))["state"] == "paused"
    agent = await desk.person("agent@desk.test", "agent")

    async def found(**params: str) -> list[int]:
        items = (await desk.http.get("/api/v1/tickets", params=params, headers=agent)).json()["items"]
        return [item["number"] for item in items]

    for params in (
        {"status": "pending"}, {"q": "status:pending"}, {"q": "status:waiting_supplier"},
        {"q": 'status:"esperando al proveedor"'},
    ):  # fmt: skip
        assert await found(**params) == [number], params
    assert other in await found(status="active")
    customer = await desk.person("ana@example.com", "customer")
    body = {"kind": "reply", "body": "Any news?"}
    await desk.http.post(f"/api/v1/tickets/{number}/messages", json=body, headers=customer)
    assert (await seen(desk, number))[0] == "open", "as from any status that waits"


@pytest.mark.req(24, 26)
async def test_the_admin_says_where_a_ticket_may_go_and_what_is_illegal_is_refused(
    desk: Desk, agent: Headers, admin: Headers
) -> None:
    await added(desk, admin, next=["open"], reached_from=["in_progress"])
    number = (await desk.ticket(agent))["number"]
    answer = await move(desk, number, "waiting_supplier")
    assert (answer.status_code, answer.json()["type"].rsplit(":", 1)[-1]) == (409, "core.illegal_transition")
    assert (await move(desk, number, "in_progress")).status_code == 200
    assert (await move(desk, number, "waiting_supplier")).status_code == 200
    assert (await move(desk, number, "solved")).status_code == 409
    assert (await changed(desk, "waiting_supplier", next=["open", "solved"])).status_code == 200
    assert (await move(desk, number, "solved")).status_code == 200
    assert (await changed(desk, "waiting_supplier", active=False)).status_code == 200
    await move(desk, number, "open")
    await move(desk, number, "in_progress")
    answer = await move(desk, number, "waiting_supplier")
    assert answer.status_code == 409, "switched off, it is offered no more"
    assert "waiting_supplier" not in answer.json()["allowed"]


async def test_what_cannot_be_is_told_with_its_field_and_two_admins_do_not_overwrite_each_other(
    desk: Desk, agent: Headers, admin: Headers
) -> None:
    await added(desk, admin)
    again = await desk.http.post("/api/v1/statuses", json=SUPPLIER, headers=admin)
    assert again.status_code == 409
    for wrong, field in (
        ({"next": ["nowhere"]}, "next"), ({"next": []}, "next"), ({"tells": True}, "message"),
        ({"name": {}}, "name"),
    ):  # fmt: skip
        answer = await changed(desk, "waiting_supplier", **wrong)
        assert answer.status_code == 422, answer.text
        assert answer.json()["errors"][0]["field"] == field
    assert (await changed(desk, "open", active=False)).status_code == 422
    stale = {"version": 1, "name": {"en": "Mine"}}
    assert (await changed(desk, "waiting_supplier", name={"en": "Theirs"})).status_code == 200
    admin = await desk.person("admin@desk.test", "admin")
    answer = await desk.http.patch("/api/v1/statuses/waiting_supplier", json=stale, headers=admin)
    assert answer.status_code == 409
    agent = await desk.person("agent@desk.test", "agent")
    assert (await desk.http.post("/api/v1/statuses", json=SUPPLIER, headers=agent)).status_code == 403


@pytest.mark.req(27)
async def test_a_status_tells_the_customer_once_a_move_in_their_language_without_a_brace(
    desk: Desk, agent: Headers, admin: Headers
) -> None:
    text = {
        "en": "EN",
        "es": "Hola {{contact.first_name}}: {{ ticket.number }} {{nothing}} {{ agent.name|nadie }}}}.",
    }
    await added(desk, admin, message=text, tells=True)
    number = (await desk.ticket(agent, body="La máquina se tragó mi tarjeta y necesito otra."))["number"]
    await desk.core.follower.once()
    assert (await move(desk, number, "waiting_supplier")).status_code == 200
    for _ in range(3):
        await later(desk, minutes=5)
    assert await said(desk, number) == [f"Hola Ana: {number}  nadie."]
    await move(desk, number, "waiting_supplier", priority="high")
    await later(desk, minutes=5)
    assert len(await said(desk, number)) == 1, "staying is no move"
    await move(desk, number, "open")
    await later(desk, minutes=5)
    await move(desk, number, "waiting_supplier")
    await later(desk, minutes=5)
    assert len(await said(desk, number)) == 2
    assert (await seen(desk, number))[0] == "waiting_supplier", "telling moves nothing"


@pytest.mark.req(35)
async def test_solving_explains_how_and_what_follows_and_the_customers_own_word_is_not_answered(
    desk: Desk, agent: Headers, admin: Headers
) -> None:
    assert (await changed(desk, "solved", tells=True)).status_code == 200
    assert (await changed(desk, "closed", tells=True)).status_code == 200
    number = (await desk.ticket(agent))["number"]
    await later(desk, minutes=1)
    await move(desk, number, "solved", resolution="We unblocked the card by hand.")
    await later(desk, minutes=1)
    [text] = await said(desk, number)
    assert "We unblocked the card by hand." in text
    assert "opens again" in text
    assert "/rating/" in text
    await move(desk, number, "closed")
    await later(desk, minutes=1)
    assert len(await said(desk, number)) == 1, "closing what is solved is no news"
    theirs = (await desk.ticket(await desk.person("agent@desk.test", "agent"), subject="Mine"))["number"]
    customer = await desk.person("ana@example.com", "customer")
    await desk.http.put(f"/api/v1/tickets/{theirs}/closure", json={}, headers=customer)
    await later(desk, minutes=1)
    assert await said(desk, theirs) == []


@pytest.mark.req(31)
async def test_a_desk_that_wants_it_gets_a_word_on_what_solved_it_and_finds_it_again(
    desk: Desk, agent: Headers, admin: Headers
) -> None:
    for key in ("solved", "closed"):
        assert (await changed(desk, key, needs_resolution=True)).status_code == 200
    agent = await desk.person("agent@desk.test", "agent")
    number = (await desk.ticket(agent))["number"]
    path = f"/api/v1/tickets/{number}"
    for answer in (
        await move(desk, number, "solved"),
        await desk.http.put(f"{path}/closure", json={}, headers=agent),
    ):
        assert answer.status_code == 422, answer.text
        assert answer.json()["errors"][0]["field"] == "resolution"
    batch = {"numbers": [number], "changes": {"status": "closed"}}
    items = (await desk.http.post("/api/v1/batches", json=batch, headers=agent)).json()["items"]
    assert [(i["state"], i["reason"]) for i in items] == [("skipped", "core.resolution_needed")]
    assert (await move(desk, number, "solved", resolution="Quokka firmware replaced")).status_code == 200
    listed = await desk.http.get("/api/v1/tickets", params={"q": "quokka"}, headers=agent)
    assert [item["number"] for item in listed.json()["items"]] == [number]
    second = (await desk.ticket(agent, subject="Another"))["number"]
    reply = {"kind": "reply", "body": "I have replaced the fuse.", "status": "solved"}
    answer = await desk.http.post(f"/api/v1/tickets/{second}/messages", json=reply, headers=agent)
    assert answer.status_code == 201
    assert answer.json()["ticket"]["resolution"] == "I have replaced the fuse."
    third = (await desk.ticket(agent, subject="A third"))["number"]
    customer = await desk.person("ana@example.com", "customer")
    answer = await desk.http.put(f"/api/v1/tickets/{third}/closure", json={}, headers=customer)
    assert answer.status_code == 200, "the customer owes no explanation"
