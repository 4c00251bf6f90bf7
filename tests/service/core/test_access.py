"""Who may see and do what: the sweep over every route, and the fields that customers never get."""

import re
from typing import Any

import pytest

from tests.service.core.conftest import Desk

Headers = dict[str, str]
SECRET = "zebra-secret-of-bob"
FORMS = {"/api/v1/forms", "/api/v1/forms/{key}", "/api/v1/forms/{key}/check"}
"""What may be filled in is no secret."""
OPEN_TO_ALL = {"/.well-known/jwks.json"} | FORMS
OWN_BY_NATURE = {
    ("GET", "/api/v1/tickets"), ("GET", "/api/v1/me"), ("PATCH", "/api/v1/me"), ("POST", "/api/v1/tickets"),
    ("POST", "/api/v1/uploads"), ("GET", "/api/v1/statuses"), ("GET", "/api/v1/hours"),
    ("GET", "/api/v1/announcements/current"), ("GET", "/api/v1/brand"), ("GET", "/api/v1/brand/logo"),
}  # fmt: skip


async def bobs_things(desk: Desk, agent: Headers, admin: Headers) -> dict[str, str]:
    """Everything that Ana must not reach: Bob's ticket with a note and a file, and the desk's own entries."""
    http = desk.http
    bob = await desk.person("bob@example.com", "customer", name="Bob")
    file = (
        await http.post("/api/v1/uploads", params={"filename": "s.txt"}, content=SECRET.encode(), headers=bob)
    ).json()
    ticket = await desk.ticket(
        agent, subject=SECRET, body=SECRET, requester={"email": "bob@example.com", "name": "Bob"}, tags=["hidden"]
    )  # fmt: skip
    number = ticket["number"]
    body = {"kind": "reply", "body": SECRET, "attachments": [file["id"]]}
    assert (await http.post(f"/api/v1/tickets/{number}/messages", json=body, headers=bob)).status_code == 201
    await http.post(
        f"/api/v1/tickets/{number}/messages", json={"kind": "note", "body": SECRET}, headers=agent
    )
    await http.post("/api/v1/teams", json={"key": "cards", "name": {"en": SECRET}}, headers=admin)
    await http.post("/api/v1/categories", json={"key": "cards", "name": {"en": SECRET}}, headers=admin)
    macro = {"title": {"en": SECRET}, "body": {"en": SECRET}}
    token = (
        await http.post("/api/v1/tokens", json={"name": SECRET, "scopes": ["admin"]}, headers=admin)
    ).json()
    quarantined = (
        await http.post("/api/v1/inbound/email", content=b"x " + SECRET.encode(), headers=admin)
    ).json()
    staff = (await http.get("/api/v1/staff", headers=admin)).json()[0]
    return {
        "number": str(number),
        "ticket_id": ticket["id"],
        "attachment_id": file["id"],
        "contact_id": ticket["requester"]["id"],
        "macro": (await http.post("/api/v1/macros", json=macro, headers=admin)).json()["id"],
        "token_id": token["token"]["id"],
        "item": quarantined["quarantine"],
        "staff_id": staff["id"],
        "key": "cards",
        "view_id": "01a20172-39ad-7170-bedf-ed9f4e2eabb8",
        "job_id": "01a20172-39ad-7170-bedf-ed9f4e2eabb8",
        "handle": "x",
        "batch_id": "01a20172-39ad-7170-bedf-ed9f4e2eabb8",
        "to": str(number),
        "other": str(number),
        "kind": "related",
        "rule_id": "01a20172-39ad-7170-bedf-ed9f4e2eabb8",
        "link": "x",
        "announcement_id": "01a20172-39ad-7170-bedf-ed9f4e2eabb8",
        "file_id": "01a20172-39ad-7170-bedf-ed9f4e2eabb8",
        "item_id": "01a20172-39ad-7170-bedf-ed9f4e2eabb8",
        "session": "01a20172-39ad-7170-bedf-ed9f4e2eabb8",
        "mail": "01a20172-39ad-7170-bedf-ed9f4e2eabb8",
        "subscription": "01a20172-39ad-7170-bedf-ed9f4e2eabb8",
    }


def operations(desk: Desk) -> list[tuple[str, str]]:
    hidden = ("/api/docs", "/health", "/metrics")
    return sorted(
        (method, route.path_format)
        for route in desk.service.app.routes
        for method in getattr(route, "methods", ())
        if method not in {"OPTIONS", "HEAD"} and not route.path.startswith(hidden)
    )


def filled(path: str, things: dict[str, str]) -> str:
    return re.sub(r"\{(\w+)(?::\w+)?\}", lambda m: things[m[1]], path)


BODIES: dict[str, Any] = {
    "PATCH": {"version": 1}, "PUT": {}, "DELETE": None, "GET": None,
    "/messages": {"kind": "reply", "body": "hi"}, "/shares": {"staff": "agent@desk.test"},
    "/merge": {"into": 1}, "/splits": {"message": "01a20172-39ad-7170-bedf-ed9f4e2eabb8"},
    "/links": {"to": 1, "kind": "related"}, "/incident-replies": {"body": {"en": "x"}},
    "/draft": {"kind": "note", "body": "x"}, "/presence": {"state": "gone"},
    "/rating": {"score": 3}, "/remote-sessions": {"url": "https://x.test/"},
    "/batches": {"numbers": [1], "changes": {"priority": "high"}},
}  # fmt: skip


def body_for(method: str, path: str) -> Any:
    if method in {"GET", "DELETE"}:
        return None
    ending = "/" + path.rsplit("/", 1)[-1]
    return BODIES.get(ending, BODIES.get(method, {}))


@pytest.mark.req(9)
@pytest.mark.hard("S-20")
async def test_no_route_lets_a_customer_or_a_visitor_reach_what_is_not_theirs(
    desk: Desk, agent: Headers, admin: Headers, customer: Headers
) -> None:
    things = await bobs_things(desk, agent, admin)
    routes = operations(desk)
    assert len(routes) > 50
    for method, path in routes:
        url, json = filled(path, things), body_for(method, path)
        visitor = await desk.http.request(method, url, json=json)
        ana = await desk.http.request(method, url, json=json, headers=customer, params={"ticket": things["number"]}
                                      if path.endswith("/rendering") else None)  # fmt: skip
        assert SECRET not in ana.text, (method, path)
        if path in OPEN_TO_ALL and (path not in FORMS or method != "PUT"):
            continue
        assert visitor.status_code in {401, 404, 400, 422}, (method, path, visitor.status_code)
        if (method, path) not in OWN_BY_NATURE:
            assert ana.status_code in {403, 404, 400, 422}, (method, path, ana.status_code, ana.text)
        if "{number" in path or "{attachment_id" in path:
            assert ana.status_code == 404, (method, path, ana.text)
        if path.startswith("/internal"):
            assert (visitor.status_code, ana.status_code) == (404, 404) or visitor.status_code == 401


@pytest.mark.hard("S-20")
async def test_light_agents_reach_only_what_is_shared_with_them(
    desk: Desk, agent: Headers, admin: Headers, light: Headers
) -> None:
    things = await bobs_things(desk, agent, admin)
    number = things["number"]
    for method, path in operations(desk):
        if "{number" in path or "{attachment_id" in path:
            answer = await desk.http.request(
                method, filled(path, things), json=body_for(method, path), headers=light
            )
            assert answer.status_code in {404, 403}, (method, path, answer.text)
            assert SECRET not in answer.text
    assert (await desk.http.get("/api/v1/tickets", headers=light)).json()["items"] == []
    shared = await desk.http.post(
        f"/api/v1/tickets/{number}/shares", json={"staff": "light@desk.test"}, headers=agent
    )
    assert [one["name"] for one in shared.json()["shared_with"]] == ["Lars Berg"]
    assert (await desk.http.get(f"/api/v1/tickets/{number}", headers=light)).status_code == 200
    note = await desk.http.post(
        f"/api/v1/tickets/{number}/messages",
        json={"kind": "note", "body": "From legal: fine."},
        headers=light,
    )
    assert note.status_code == 201
    for method, path, body in (
        ("POST", "/messages", {"kind": "reply", "body": "x"}),
        ("PATCH", "", {"version": note.json()["ticket"]["version"], "priority": "low"}),
        ("PUT", "/closure", {}),
        ("POST", "/shares", {"staff": "light@desk.test"}),
        ("GET", "/triage", None),
    ):
        answer = await desk.http.request(method, f"/api/v1/tickets/{number}{path}", json=body, headers=light)
        assert answer.status_code == 403, (method, path, answer.text)
    who = shared.json()["shared_with"][0]["id"]
    await desk.http.delete(f"/api/v1/tickets/{number}/shares/{who}", headers=agent)
    assert (await desk.http.get(f"/api/v1/tickets/{number}", headers=light)).status_code == 404


@pytest.mark.req(9)
async def test_a_customer_sees_their_own_tickets_and_only_those(
    desk: Desk, agent: Headers, customer: Headers
) -> None:
    mine = await desk.ticket(customer, requester=None)
    other = await desk.ticket(agent, requester={"email": "bob@example.com", "name": "Bob"})
    listed = (await desk.http.get("/api/v1/tickets", headers=customer)).json()["items"]
    assert [row["number"] for row in listed] == [mine["number"]]
    for query in (
        {"q": str(other["number"])},
        {"requester": "bob@example.com"},
        {"requester": other["requester"]["id"]},
    ):
        assert (await desk.http.get("/api/v1/tickets", params=query, headers=customer)).json()["items"] == []
    missing = await desk.http.get("/api/v1/tickets/424242", headers=customer)
    foreign = await desk.http.get(f"/api/v1/tickets/{other['number']}", headers=customer)
    same = ("status", "type", "title", "code")
    assert {k: foreign.json()[k] for k in same} == {k: missing.json()[k] for k in same}


@pytest.mark.req(42)
@pytest.mark.hard("S-22")
async def test_customers_never_get_notes_or_the_desks_own_fields(
    desk: Desk, agent: Headers, customer: Headers
) -> None:
    ticket = await desk.ticket(
        agent, priority="critical", tags=["vip-scam"], fields={"risk": "internal-risk"}
    )
    number = ticket["number"]
    file = (await desk.http.post("/api/v1/uploads", content=b"internal-file", headers=agent)).json()
    for kind, body, attached in (("note", "internal-note", [file["id"]]), ("reply", "public-answer", [])):
        posted = {"kind": kind, "body": body, "attachments": attached}
        await desk.http.post(f"/api/v1/tickets/{number}/messages", json=posted, headers=agent)
    body = {"decision": "01a20172-39ad-7170-bedf-ed9f4e2eabb8", "version": 3, "model": "internal-model",
            "fields": {"language": {"value": "es", "probability": 0.99, "apply": True}}}  # fmt: skip
    proposed = await desk.http.post(
        f"/internal/tickets/{ticket['id']}/proposal", json=body, headers=desk.as_service()
    )
    assert proposed.status_code == 200
    await desk.http.put(
        f"/api/v1/tickets/{number}/closure", json={"resolution": "internal-resolution"}, headers=agent
    )
    texts = [
        (await desk.http.get(path, headers=customer)).text
        for path in (f"/api/v1/tickets/{number}", f"/api/v1/tickets/{number}/messages", "/api/v1/tickets")
    ]
    reply = {"kind": "reply", "body": "Still broken"}
    texts.append(
        (await desk.http.post(f"/api/v1/tickets/{number}/messages", json=reply, headers=customer)).text
    )
    assert "public-answer" in texts[1]
    for text in texts:
        for hidden in ("internal-", "critical", "vip-scam", '"priority"', '"set_by":{', '"tags"', '"sla"', "@desk.test",
                       '"triage"', '"tier"', '"resolution"'):  # fmt: skip
            assert hidden not in text, (hidden, text[:400])
    assert (await desk.http.get(f"/api/v1/attachments/{file['id']}", headers=customer)).status_code == 404
    for query in ({"q": "internal-note"}, {"q": "internal-resolution"}):
        assert (await desk.http.get("/api/v1/tickets", params=query, headers=customer)).json()["items"] == []
    for query in ({"priority": "critical"}, {"tag": "vip-scam"}, {"sort": "priority"}, {"assignee": "none"}):
        assert (await desk.http.get("/api/v1/tickets", params=query, headers=customer)).status_code == 403


NOT_THEIRS = [
    {"priority": "critical"},
    {"category": "cards"},
    {"team": "cards"},
    {"tags": ["x"]},
    {"type": "incident"},
    {"external_id": "x"},
    {"requester": {"email": "bob@example.com"}},
    {"role": "admin"},
    {"is_admin": True},
    {"author_id": "x"},
    {"created_at": "2020-01-01T00:00:00Z"},
    {"tenant_id": 1},
    {"status": "closed"},
    {"assignee": "me"},
    {"set_by": {}},
    {"channel": "email"},
]


@pytest.mark.hard("S-23")
async def test_a_customer_cannot_assign_what_is_not_theirs_to_say(desk: Desk, customer: Headers) -> None:
    for extra in NOT_THEIRS:
        body = {"subject": "x", "body": "y"} | extra
        answer = await desk.http.post("/api/v1/tickets", json=body, headers=customer)
        assert answer.status_code in {403, 422}, (extra, answer.text)
    assert (await desk.http.get("/api/v1/tickets", headers=customer)).json()["items"] == []


@pytest.mark.hard("S-23")
async def test_a_customer_may_say_solved_and_reopen_and_nothing_else(desk: Desk, customer: Headers) -> None:
    ticket = await desk.ticket(customer, requester=None)
    url = f"/api/v1/tickets/{ticket['number']}"
    for change in (
        {"priority": "critical"},
        {"subject": "x"},
        {"assignee": "me"},
        {"resolution": "x"},
        {"tags": []},
    ):
        answer = await desk.http.patch(url, json={"version": 1} | change, headers=customer)
        assert (answer.status_code, answer.json()["code"]) == (403, "core.field_not_allowed")
    answer = await desk.http.patch(url, json={"version": 1, "status": "closed"}, headers=customer)
    assert answer.status_code == 409
    solved = await desk.http.put(f"{url}/closure", json={}, headers=customer)
    assert solved.json()["status"] == "solved"
    assert (await desk.http.delete(f"{url}/closure", headers=customer)).json()["status"] == "open"
    for message in ({"kind": "note", "body": "x"}, {"kind": "reply", "body": "x", "status": "closed"}):
        assert (await desk.http.post(f"{url}/messages", json=message, headers=customer)).status_code == 403


@pytest.mark.req(126)
async def test_only_admins_change_the_desk_itself(
    desk: Desk, agent: Headers, lead: Headers, admin: Headers
) -> None:
    attempts = [
        ("POST", "/api/v1/categories", {"key": "a", "name": {"en": "A"}}),
        ("POST", "/api/v1/teams", {"key": "a", "name": {"en": "A"}}),
        ("POST", "/api/v1/tags", {"key": "a"}),
        ("POST", "/api/v1/staff", {"email": "x@desk.test", "name": "X", "roles": ["admin"]}),
        ("PATCH", "/api/v1/priorities/low", {"version": 1}),
        ("POST", "/api/v1/tokens", {"name": "x", "scopes": ["admin"]}),
        ("GET", "/api/v1/tokens", None),
        ("GET", "/api/v1/jobs", None),
    ]
    for method, path, body in attempts:
        for who in (agent, lead):
            assert (await desk.http.request(method, path, json=body, headers=who)).status_code == 403, path
        assert (await desk.http.request(method, path, json=body, headers=admin)).status_code in {200, 201}, (
            path
        )


@pytest.mark.hard("S-33")
async def test_api_tokens_do_what_their_scopes_say(desk: Desk, agent: Headers) -> None:
    number = (await desk.ticket(agent))["number"]
    reader, other = await desk.api_token("tickets:read"), await desk.api_token("kb:read")
    assert (await desk.http.get(f"/api/v1/tickets/{number}", headers=reader)).status_code == 200
    for method, path, body in (
        ("POST", "/api/v1/tickets", {"subject": "x", "body": "y", "requester": {"email": "a@b.example"}}),
        ("PATCH", f"/api/v1/tickets/{number}", {"version": 1, "priority": "low"}),
        ("POST", f"/api/v1/tickets/{number}/messages", {"kind": "note", "body": "x"}),
        ("POST", "/api/v1/uploads", None),
        ("POST", "/api/v1/inbound/email", None),
        ("GET", f"/api/v1/tickets/{number}/triage", None),
        ("POST", "/api/v1/tokens", {"name": "x", "scopes": ["admin"]}),
    ):
        assert (await desk.http.request(method, path, json=body, headers=reader)).status_code == 403, path
    for path in (
        "tickets",
        f"tickets/{number}",
        f"tickets/{number}/messages",
        "categories",
        "staff",
        "contacts",
        "views",
    ):
        answer = await desk.http.get(f"/api/v1/{path}", headers=other)
        assert answer.status_code in {403, 404}, (path, answer.text)
