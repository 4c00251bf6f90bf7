"""Tickets over HTTP: their anatomy, their changes and who made them, lists and views."""

from datetime import timedelta
from typing import Any

import pytest

from tests.service.core.conftest import Desk

Headers = dict[str, str]


async def patch(desk: Desk, headers: Headers, ticket: dict[str, Any], **values: Any) -> Any:
    body = {"version": ticket["version"], **values}
    return await desk.http.patch(f"/api/v1/tickets/{ticket['number']}", json=body, headers=headers)


async def reply(
    desk: Desk, headers: Headers, number: int, body: str = "Hello", kind: str = "reply", **more: Any
) -> Any:
    return await desk.http.post(
        f"/api/v1/tickets/{number}/messages", json={"kind": kind, "body": body, **more}, headers=headers
    )


async def listed(desk: Desk, headers: Headers, **query: Any) -> list[int]:
    answer = await desk.http.get("/api/v1/tickets", params=query, headers=headers)
    assert answer.status_code == 200, answer.text
    return [row["number"] for row in answer.json()["items"]]


@pytest.mark.req(20, 21, 22, 29)
async def test_a_new_ticket_carries_its_whole_anatomy(desk: Desk, agent: Headers) -> None:
    ticket = await desk.ticket(agent, priority="high", tags=["atm"], external_id="crm-7", type="incident")
    assert ticket["number"] > 1000
    assert ticket["requester"] | {"id": ""} == {
        "id": "", "name": "Ana Ruiz", "email": "ana@example.com", "tier": "standard"
    }  # fmt: skip
    assert ticket["description"] == "The machine at the station kept my card."
    assert ticket["assignee"] is None
    assert (ticket["status"], ticket["working_label"], ticket["priority"]) == ("open", "new", "high")
    assert (ticket["type"], ticket["language"], ticket["channel"], ticket["tags"]) == (
        "incident",
        "en",
        "api",
        ["atm"],
    )
    assert ticket["set_by"] == {"priority": "person", "tags": "person", "type": "person"}
    again = (await desk.http.get(f"/api/v1/tickets/{ticket['number']}", headers=agent)).json()
    own_page = dict.fromkeys(("shared_with", "followers", "product", "rating", "remote_sessions", "teams"))
    assert again | own_page == ticket | own_page


@pytest.mark.req(20)
async def test_numbers_are_unique_and_found_by_searching_for_them(desk: Desk, agent: Headers) -> None:
    numbers = [(await desk.ticket(agent))["number"] for _ in range(5)]
    assert len(set(numbers)) == 5
    assert await listed(desk, agent, q=f"#{numbers[2]}") == [numbers[2]]


@pytest.mark.req(22)
async def test_the_description_cannot_be_changed(desk: Desk, agent: Headers) -> None:
    ticket = await desk.ticket(agent)
    answer = await patch(desk, agent, ticket, description="something else")
    assert answer.status_code == 422
    kept = (await desk.http.get(f"/api/v1/tickets/{ticket['number']}", headers=agent)).json()
    assert kept["description"] == ticket["description"]


@pytest.mark.req(21)
async def test_a_change_of_the_contact_shows_on_their_tickets(desk: Desk, agent: Headers) -> None:
    ticket = await desk.ticket(agent)
    contact = (await desk.http.get(f"/api/v1/contacts/{ticket['requester']['id']}", headers=agent)).json()
    changes = {
        "version": contact["version"],
        "name": "Ana Ruiz Gil",
        "tier": "vip",
        "organization": "Faro GmbH",
        "add_identities": [{"kind": "phone", "value": "+34 600 000 000"}],
    }
    answer = await desk.http.patch(f"/api/v1/contacts/{contact['id']}", json=changes, headers=agent)
    assert answer.status_code == 200, answer.text
    seen = (await desk.http.get(f"/api/v1/tickets/{ticket['number']}", headers=agent)).json()
    assert (seen["requester"]["name"], seen["requester"]["tier"]) == ("Ana Ruiz Gil", "vip")
    assert seen["organization"]["name"] == "Faro GmbH"


@pytest.mark.req(23, 29)
async def test_people_change_fields_and_are_remembered_for_it(desk: Desk, agent: Headers) -> None:
    ticket = await desk.ticket(agent)
    answer = await patch(
        desk, agent, ticket, priority="critical", assignee="agent@desk.test", language="es", subject="New subject",
        fields={"order": "A-7"},
    )  # fmt: skip
    changed = answer.json()
    assert (changed["priority"], changed["assignee"]["name"], changed["language"]) == (
        "critical",
        "Grace Oduya",
        "es",
    )
    assert changed["fields"] == {"order": "A-7"}
    assert set(changed["set_by"]) == {
        "priority", "assignee", "language", "subject", "fields", "fields.order"
    }  # fmt: skip
    assert set(changed["set_by"].values()) == {"person"}
    assert changed["version"] == 2


@pytest.mark.req(39)
async def test_a_stale_version_is_refused_with_the_current_state(
    desk: Desk, agent: Headers, lead: Headers
) -> None:
    ticket = await desk.ticket(agent)
    assert (await patch(desk, lead, ticket, priority="low")).status_code == 200
    answer = await patch(desk, agent, ticket, priority="critical")
    assert answer.status_code == 409
    problem = answer.json()
    assert problem["type"] == "urn:triaje:problem:core.stale_version"
    assert (problem["current"]["priority"], problem["current"]["version"]) == ("low", 2)


@pytest.mark.req(24)
async def test_statuses_move_as_allowed_and_not_otherwise(desk: Desk, agent: Headers) -> None:
    ticket = await desk.ticket(agent)
    for status in ("in_progress", "delayed", "pending", "open", "cancelled"):
        ticket = (await patch(desk, agent, ticket, status=status)).json()
        assert ticket["status"] == status
    answer = await patch(desk, agent, ticket, status="in_progress")
    assert answer.status_code == 409
    assert answer.json()["code"] == "core.illegal_transition"
    assert answer.json()["allowed"] == ["open"]


@pytest.mark.req(25, 28)
async def test_replies_move_the_status_and_the_label_and_each_move_is_logged(
    desk: Desk, agent: Headers, customer: Headers
) -> None:
    number = (await desk.ticket(agent))["number"]
    assert await listed(desk, agent, label="new") == [number]
    after = (await reply(desk, agent, number)).json()["ticket"]
    assert (after["status"], after["working_label"], after["set_by"]["status"]) == (
        "pending", "not_awaiting_reply", "rule"
    )  # fmt: skip
    after = (await reply(desk, customer, number)).json()["ticket"]
    assert (after["status"], after["working_label"]) == ("open", "awaiting_reply")
    assert await listed(desk, agent, label="awaiting_reply") == [number]
    entries = (await desk.http.get(f"/api/v1/tickets/{number}/messages", headers=agent)).json()["items"]
    moves = [
        c["new"] for e in entries if e["entry"] == "event" for c in e["changes"] if c["field"] == "status"
    ]
    assert moves == ["pending", "open"]


@pytest.mark.req(28)
async def test_a_note_moves_nothing(desk: Desk, agent: Headers) -> None:
    number = (await desk.ticket(agent))["number"]
    after = (await reply(desk, agent, number, kind="note")).json()["ticket"]
    assert (after["status"], after["working_label"]) == ("open", "new")


async def test_an_agent_may_choose_the_status_that_goes_with_a_reply(desk: Desk, agent: Headers) -> None:
    number = (await desk.ticket(agent))["number"]
    after = (await reply(desk, agent, number, status="solved")).json()["ticket"]
    assert (after["status"], after["set_by"]["status"], after["working_label"]) == (
        "solved",
        "person",
        "closed",
    )


@pytest.mark.req(30, 33)
async def test_closing_and_reopening_keep_the_history_and_are_counted(
    desk: Desk, agent: Headers, customer: Headers
) -> None:
    number = (await desk.ticket(agent))["number"]
    await reply(desk, agent, number, "We sent a new card.")
    closed = await desk.http.put(
        f"/api/v1/tickets/{number}/closure", json={"resolution": "New card sent"}, headers=agent
    )
    assert (closed.json()["status"], closed.json()["resolution"]) == ("closed", "New card sent")
    assert closed.json()["closed_at"]
    twice = await desk.http.put(f"/api/v1/tickets/{number}/closure", json={}, headers=agent)
    assert (twice.status_code, twice.json()["code"]) == (409, "core.ticket_already_closed")
    after = (await reply(desk, customer, number, "It is not here")).json()["ticket"]
    assert (after["status"], after["closed_at"]) == ("open", None)
    ticket = (await desk.http.get(f"/api/v1/tickets/{number}", headers=agent)).json()
    assert ticket["reopens"] == 1
    entries = (await desk.http.get(f"/api/v1/tickets/{number}/messages", headers=agent)).json()["items"]
    kinds = [entry["kind"] for entry in entries]
    assert kinds == ["created", "reply", "reply", "changed", "closed", "reply", "reopened"]
    assert all(entry["author"]["kind"] and entry["at"] for entry in entries)


async def test_reopening_twice_counts_once(desk: Desk, agent: Headers) -> None:
    number = (await desk.ticket(agent))["number"]
    await desk.http.put(f"/api/v1/tickets/{number}/closure", json={}, headers=agent)
    for _ in range(2):
        answer = await desk.http.delete(f"/api/v1/tickets/{number}/closure", headers=agent)
        assert answer.status_code == 200
    assert answer.json()["reopens"] == 1


@pytest.mark.req(32)
async def test_every_change_is_in_the_audit_log_and_the_log_can_only_be_read(
    desk: Desk, agent: Headers, lead: Headers
) -> None:
    ticket = await desk.ticket(agent)
    await patch(desk, agent, ticket, priority="high", status="in_progress")
    page = (await desk.http.get("/api/v1/audit", params={"number": ticket["number"]}, headers=lead)).json()
    changed, created = page["items"]
    assert (created["action"], changed["author"]["name"]) == ("created", "Grace Oduya")
    assert {(c["field"], c["old"], c["new"], c["set_by"]) for c in changed["changes"]} == {
        ("priority", "normal", "high", "person"), ("status", "open", "in_progress", "person"),
    }  # fmt: skip
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        answer = await desk.http.request(method, "/api/v1/audit", headers=lead, json={})
        assert answer.status_code == 405


@pytest.mark.req(30)
async def test_the_timeline_is_paged_in_order_without_a_gap(desk: Desk, agent: Headers) -> None:
    number = (await desk.ticket(agent))["number"]
    for place in range(7):
        await reply(desk, agent, number, f"note {place}", kind="note")
    seen: list[str] = []
    cursor = None
    while True:
        query = {"limit": 3} | ({"cursor": cursor} if cursor else {})
        page = (await desk.http.get(f"/api/v1/tickets/{number}/messages", params=query, headers=agent)).json()
        seen += [entry["body_text"] for entry in page["items"] if entry["kind"] == "note"]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == [f"note {place}" for place in range(7)]


@pytest.mark.req(30)
async def test_the_timeline_is_paged_back_from_its_newest_entry(desk: Desk, agent: Headers) -> None:
    number = (await desk.ticket(agent))["number"]
    for place in range(7):
        await reply(desk, agent, number, f"note {place}", kind="note")
    pages: list[list[str]] = []
    cursor = None
    while True:
        query = {"limit": 3, "newest": "true"} | ({"cursor": cursor} if cursor else {})
        page = (await desk.http.get(f"/api/v1/tickets/{number}/messages", params=query, headers=agent)).json()
        pages.append([entry["body_text"] for entry in page["items"] if entry["kind"] == "note"])
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert pages[0] == ["note 4", "note 5", "note 6"]  # a page reads from old to new
    assert [text for page in reversed(pages) for text in page] == [f"note {place}" for place in range(7)]


@pytest.mark.req(46)
async def test_one_query_finds_all_tickets_of_a_customer_on_every_channel(desk: Desk, agent: Headers) -> None:
    mine = [(await desk.ticket(agent, channel=channel))["number"] for channel in ("email", "phone", "chat")]
    await desk.ticket(agent, requester={"email": "bob@example.com", "name": "Bob"})
    assert set(await listed(desk, agent, requester="ana@example.com")) == set(mine)
    assert set(await listed(desk, agent, requester="ana@example.com", channel="phone,chat")) == set(mine[1:])


QUERIES = [
    {"status": "in_progress"},
    {"priority": "critical"},
    {"tag": "fraud"},
    {"assignee": "me"},
    {"assignee": "agent@desk.test"},
    {"team": "cards"},
    {"category": "cards"},
    {"category": "lost_card"},
    {"channel": "phone"},
    {"type": "incident"},
    {"q": "stolen wallet"},
    {"q": "WALLET"},
    {"label": "new", "q": "stolen"},
]


@pytest.mark.req(1)
async def test_each_filter_finds_its_ticket_and_no_other(desk: Desk, admin: Headers, agent: Headers) -> None:
    await desk.http.post("/api/v1/teams", json={"key": "cards", "name": {"en": "Cards"}}, headers=admin)
    for key, parent in (("cards", None), ("lost_card", "cards"), ("other", None)):
        body = {"key": key, "name": {"en": key}, "parent": parent}
        assert (await desk.http.post("/api/v1/categories", json=body, headers=admin)).status_code == 201
    for place in range(3):
        await desk.ticket(agent, subject=f"Ordinary {place}", category="other", channel="email")
    wanted = await desk.ticket(
        agent, subject="My wallet was stolen", body="In the train.", category="lost_card", team="cards",
        priority="critical", tags=["fraud"], channel="phone", type="incident",
    )  # fmt: skip
    await patch(desk, agent, wanted, status="in_progress", assignee="me")
    for query in QUERIES:
        assert await listed(desk, agent, **query) == [wanted["number"]], query


SORTS = ("created", "created:asc", "updated", "-updated", "updated:asc", "priority", "number:asc", "breach")


async def test_pages_by_keyset_show_every_ticket_once_in_order(desk: Desk, agent: Headers) -> None:
    for place in range(11):
        await desk.ticket(agent, priority=("low", "normal", "high", "critical")[place % 4])
        if place % 3 == 0:
            desk.clock.advance(timedelta(seconds=1))
    agent = await desk.person("agent@desk.test", "agent")
    for sort in SORTS:
        whole = await listed(desk, agent, sort=sort)
        assert await paged(desk, agent, sort) == whole, sort
        assert len(set(whole)) == 11


async def paged(desk: Desk, headers: Headers, sort: str) -> list[int]:
    seen: list[int] = []
    cursor = None
    while True:
        query = {"limit": 4, "sort": sort} | ({"cursor": cursor} if cursor else {})
        page = (await desk.http.get("/api/v1/tickets", params=query, headers=headers)).json()
        seen += [row["number"] for row in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            return seen


@pytest.mark.req(47, 68)
async def test_a_queue_by_priority_has_the_critical_first(desk: Desk, agent: Headers) -> None:
    numbers = {
        level: (await desk.ticket(agent, priority=level))["number"] for level in ("low", "critical", "normal")
    }
    assert await listed(desk, agent, sort="priority") == [
        numbers["critical"],
        numbers["normal"],
        numbers["low"],
    ]


@pytest.mark.req(58)
async def test_views_are_queues_with_counts_of_ones_own_and_of_others(
    desk: Desk, agent: Headers, lead: Headers
) -> None:
    mine = await desk.ticket(agent)
    await patch(desk, agent, mine, assignee="me")
    await desk.ticket(agent)
    counts = {v["key"]: v["count"] for v in (await desk.http.get("/api/v1/views", headers=agent)).json()}
    assert (counts["mine"], counts["unassigned"], counts["open"], counts["triage"]) == (1, 1, 2, 0)
    assert await listed(desk, agent, view="mine") == [mine["number"]]
    assert await listed(desk, lead, view="mine") == []
    assert await listed(desk, lead, assignee="agent@desk.test") == [mine["number"]]


@pytest.mark.req(58)
async def test_saved_views_belong_to_who_saved_them_and_leads_share(
    desk: Desk, agent: Headers, lead: Headers
) -> None:
    body = {"name": {"en": "Urgent"}, "filters": {"priority": "high,critical"}, "sort": "created"}
    await desk.ticket(agent, priority="high")
    own = (await desk.http.post("/api/v1/views", json=body, headers=agent)).json()
    assert own["count"] == 1
    refused = await desk.http.post("/api/v1/views", json=body | {"scope": "shared"}, headers=agent)
    assert refused.status_code == 403
    shared = (await desk.http.post("/api/v1/views", json=body | {"scope": "shared"}, headers=lead)).json()
    keys = {v["key"] for v in (await desk.http.get("/api/v1/views", headers=lead)).json()}
    assert shared["id"] in keys
    assert own["id"] not in keys
    assert (
        await desk.http.get("/api/v1/tickets", params={"view": own["id"]}, headers=lead)
    ).status_code == 404
    assert (await desk.http.delete(f"/api/v1/views/{shared['id']}", headers=agent)).status_code == 403
    assert (await desk.http.delete(f"/api/v1/views/{own['id']}", headers=agent)).status_code == 204


@pytest.mark.req(16)
async def test_a_file_comes_back_byte_for_byte_as_a_download(
    desk: Desk, agent: Headers, customer: Headers
) -> None:
    content = bytes(range(256)) * 999
    upload = await desk.http.post(
        "/api/v1/uploads", params={"filename": "../../\u200b.htaccess"}, content=content, headers=customer
    )
    assert upload.status_code == 201
    file = upload.json()
    assert (file["name"], file["size"]) == ("htaccess", len(content))
    number = (await desk.ticket(customer, requester=None))["number"]
    posted = await reply(desk, customer, number, "See this", attachments=[file["id"]])
    assert posted.json()["entry"]["attachments"] == [file]
    answer = await desk.http.get(f"/api/v1/attachments/{file['id']}", headers=agent)
    assert answer.content == content
    assert answer.headers["content-disposition"].startswith("attachment;")
    assert "sandbox" in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    second = await reply(desk, customer, number, "Again", attachments=[file["id"]])
    assert (second.status_code, second.json()["code"]) == (422, "core.attachment_unusable")


async def test_a_file_that_is_too_large_is_refused(desk: Desk, customer: Headers) -> None:
    answer = await desk.http.post("/api/v1/uploads", content=b"x" * 25_000_001, headers=customer)
    assert answer.status_code == 413
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.req(6)
async def test_the_portal_form_makes_a_ticket_with_every_field(
    desk: Desk, agent: Headers, admin: Headers
) -> None:
    for key, kind in (("branch", "text"), ("consent", "yes_no")):
        field = {"kind": kind, "name": {"en": key, "es": key}}
        made = await desk.http.put(f"/api/v1/fields/{key}", json=field, headers=admin)
        assert made.status_code == 200, made.text
    form = {
        "subject": "Opening hours",
        "body": "When do you open?",
        "requester": {"email": "new@example.com", "name": "N"},
        "channel": "form",
        "fields": {"branch": "Vigo", "consent": True},
        "suggestion_session": "s-1",
    }
    answer = await desk.http.post("/api/v1/tickets", json=form, headers=desk.as_service("portal"))
    assert answer.status_code == 201
    seen = (await desk.http.get(f"/api/v1/tickets/{answer.json()['number']}", headers=agent)).json()
    assert (seen["channel"], seen["fields"]) == ("form", {"branch": "Vigo", "consent": True})
    assert seen["suggestion_session"] == "s-1"
    assert set(seen["set_by"]) <= {"fields", "fields.branch", "fields.consent"}


async def test_an_external_id_makes_one_ticket_per_channel(desk: Desk, agent: Headers) -> None:
    first = await desk.ticket(agent, external_id="x1", channel="phone")
    again = await desk.ticket(agent, external_id="x1", channel="phone", subject="Other")
    other = await desk.ticket(agent, external_id="x1", channel="chat")
    assert first["number"] == again["number"] != other["number"]
