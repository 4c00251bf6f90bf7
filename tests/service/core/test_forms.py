"""Fields and forms of a real desk: kept by admins, enforced on everybody, asked for when they lack."""

from typing import Any

import pytest

from services.core.automation.actions import run_actions
from services.core.contract import Author
from services.core.tickets.repository import by_number
from tests.service.core.conftest import Desk

Headers = dict[str, str]

REASON = {
    "kind": "choice", "name": {"en": "What happened?", "es": "¿Qué ha pasado?"}, "required": True,
    "options": [
        {"key": "lost", "name": {"en": "I lost it", "es": "La he perdido"}},
        {"key": "stolen", "name": {"en": "It was stolen", "es": "Me la han robado"}},
    ],
}  # fmt: skip
DIGITS = {
    "kind": "text", "name": {"en": "Last four digits", "es": "Últimas cuatro cifras"}, "pattern": "[0-9]{4}",
    "help": {"en": "They are on your statement.", "es": "Están en tu extracto."}, "source": "card_digits",
    "required": True,
}  # fmt: skip
REPORT = {"kind": "text", "name": {"en": "Number of the report", "es": "Número de la denuncia"}}
RISK = {"kind": "number", "name": {"en": "Risk"}, "visibility": "staff", "required_for": ["solved", "closed"]}
CARD_DIGITS = {"kind": "text", "name": {"en": "Card"}, "target": "contact"}
SEGMENT = {"kind": "text", "name": {"en": "Segment"}, "target": "contact", "visibility": "staff"}
FORM: dict[str, Any] = {
    "name": {"en": "Lost card", "es": "Tarjeta perdida"}, "category": "cards", "tags": ["card"], "type": "incident",
    "items": [
        {"field": "reason"},
        {"field": "digits"},
        {"field": "report", "required": True, "when": [{"field": "reason", "value": ["stolen"]}]},
        {"field": "risk"},
    ],
}  # fmt: skip


async def build(desk: Desk, admin: Headers) -> None:
    """A desk with a category, fields and a form."""
    http = desk.http
    made = await http.post(
        "/api/v1/categories", json={"key": "cards", "name": {"en": "Cards"}}, headers=admin
    )
    assert made.status_code == 201
    for key, body in {"card_digits": CARD_DIGITS, "segment": SEGMENT, "reason": REASON, "digits": DIGITS,
                      "report": REPORT, "risk": RISK}.items():  # fmt: skip
        answer = await http.put(f"/api/v1/fields/{key}", json=body, headers=admin)
        assert answer.status_code == 200, answer.text
    answer = await http.put("/api/v1/forms/lost_card", json=FORM, headers=admin)
    assert answer.status_code == 200, answer.text


def codes(answer: Any) -> dict[str, str]:
    assert answer.status_code == 422, answer.text
    return {error["field"]: error["code"] for error in answer.json()["errors"]}


NEW = {"subject": "My card", "body": "It is gone.", "form": "lost_card"}


@pytest.mark.req(82, 84, 85)
async def test_a_form_is_enforced_on_customers_as_it_is_shown_to_them(
    desk: Desk, admin: Headers, customer: Headers, agent: Headers
) -> None:
    await build(desk, admin)
    http = desk.http

    async def send(fields: dict[str, Any]) -> Any:
        return await http.post("/api/v1/tickets", json={**NEW, "fields": fields}, headers=customer)

    shown = await http.post(
        "/api/v1/forms/lost_card/check", json={"fields": {"reason": "stolen"}}, headers=customer
    )
    assert shown.json()["shown"] == ["reason", "digits", "report"]
    assert shown.json()["required"] == ["reason", "digits", "report"]
    wrong = await send({"reason": "stolen", "digits": "12"})
    assert codes(wrong) == {"fields.digits": "pattern", "fields.report": "required"}
    assert codes(wrong) == {f"fields.{e['field']}": e["code"] for e in (
        await http.post("/api/v1/forms/lost_card/check", json={"fields": {"reason": "stolen", "digits": "12"}},
                        headers=customer)).json()["errors"]}  # fmt: skip
    assert codes(await send({"reason": "lost", "digits": "1234", "report": "A1"})) == {
        "fields.report": "not_shown"
    }
    assert codes(await send({"reason": "lost", "digits": "1234", "risk": 5})) == {"fields.risk": "forbidden"}
    made = await send({"reason": "stolen", "digits": "1234", "report": " A1 "})
    assert made.status_code == 201, made.text
    assert made.json()["fields"] == {"reason": "stolen", "digits": "1234", "report": "A1"}
    seen = (await http.get(f"/api/v1/tickets/{made.json()['number']}", headers=agent)).json()
    assert (seen["category"], seen["type"], seen["tags"], seen["form"]) == (
        "cards",
        "incident",
        ["card"],
        "lost_card",
    )
    assert seen["set_by"]["category"] == "rule"
    assert seen["set_by"]["fields.digits"] == "person"


@pytest.mark.req(87)
async def test_one_form_speaks_every_language_and_stores_one_set_of_values(
    desk: Desk, admin: Headers
) -> None:
    await build(desk, admin)
    form = (await desk.http.get("/api/v1/forms/lost_card", headers=desk.as_service("portal"))).json()
    reason = form["fields"][0]
    assert form["name"] == {"en": "Lost card", "es": "Tarjeta perdida"}
    assert reason["name"]["es"] == "¿Qué ha pasado?"
    assert [(o["key"], o["name"]["es"]) for o in reason["options"]] == [
        ("lost", "La he perdido"), ("stolen", "Me la han robado"),
    ]  # fmt: skip


@pytest.mark.hard("S-22")
async def test_customers_and_visitors_get_no_trace_of_what_is_the_desks_own(
    desk: Desk, admin: Headers, customer: Headers, agent: Headers
) -> None:
    await build(desk, admin)
    http = desk.http
    body = {
        **NEW,
        "requester": {"email": "ana@example.com"},
        "fields": {"reason": "lost", "risk": 7654321, "own": "free-fact"},
    }
    number = (await http.post("/api/v1/tickets", json=body, headers=agent)).json()["number"]
    answers = [
        await http.get(path, headers=who)
        for who in (customer, {}, desk.as_service("portal"))
        for path in ("/api/v1/forms", "/api/v1/forms/lost_card")
    ]
    answers += [
        await http.get(f"/api/v1/tickets/{number}", headers=customer),
        await http.get(f"/api/v1/tickets/{number}/form", headers=customer),
        await http.get(f"/api/v1/tickets/{number}/messages", headers=customer),
        await http.get("/api/v1/tickets", headers=customer),
    ]
    for answer in answers:
        assert answer.status_code == 200
        for secret in (
            '"risk"',
            "7654321",
            "segment",
            "free-fact",
            "audience",
            '"required_for":["',
            '"card_digits"',
        ):
            assert secret not in answer.text, (secret, answer.text)
    assert (await http.get("/api/v1/fields", headers=customer)).status_code == 403
    staff_form = {**FORM, "audience": "staff", "version": 1}
    await http.put("/api/v1/forms/lost_card", json=staff_form, headers=admin)
    assert (await http.get("/api/v1/forms/lost_card", headers=customer)).status_code == 404
    assert codes(await http.post("/api/v1/tickets", json=NEW, headers=customer)) == {"form": "unknown"}


@pytest.mark.req(86)
async def test_a_known_customer_finds_what_the_desk_knows_in_the_form(
    desk: Desk, admin: Headers, customer: Headers, agent: Headers
) -> None:
    await build(desk, admin)
    http = desk.http
    ticket = await desk.ticket(agent)
    contact = (await http.get(f"/api/v1/contacts/{ticket['requester']['id']}", headers=agent)).json()
    path = f"/api/v1/contacts/{contact['id']}"
    wrong = {"version": contact["version"], "fields": {"digits": "1234", "card_digits": 5}}
    assert codes(await http.patch(path, json=wrong, headers=agent)) == {
        "fields.digits": "unknown", "fields.card_digits": "invalid",
    }  # fmt: skip
    kept = {"version": contact["version"], "fields": {"card_digits": "4321", "segment": "vip-only"}}
    assert (await http.patch(path, json=kept, headers=agent)).json()["fields"] == kept["fields"]
    assert (await http.get("/api/v1/forms/lost_card", headers=customer)).json()["prefill"] == {
        "digits": "4321"
    }
    assert (await http.get("/api/v1/forms/lost_card")).json()["prefill"] == {}
    bob = await desk.person("bob@example.com", "customer")
    assert (await http.get("/api/v1/forms/lost_card", headers=bob)).json()["prefill"] == {}
    leak = {**DIGITS, "source": "segment", "version": 1}
    assert codes(await http.put("/api/v1/fields/digits", json=leak, headers=admin)) == {"source": "unknown"}


@pytest.mark.req(19)
async def test_what_a_mail_lacks_is_asked_in_the_customers_language_and_their_answer_reopens_it(
    desk: Desk, admin: Headers, customer: Headers, agent: Headers
) -> None:
    await build(desk, admin)
    http = desk.http
    ticket = await desk.ticket(
        agent, subject="Mi tarjeta", body="Hola, he perdido la tarjeta esta mañana.", channel="email",
        language="es", category="cards",
    )  # fmt: skip
    path = f"/api/v1/tickets/{ticket['number']}"
    lacks = (await http.get(f"{path}/form", headers=agent)).json()
    assert (lacks["form"], lacks["missing"], lacks["may_ask"]) == (
        "lost_card",
        ["reason", "digits"],
        ["reason", "digits"],
    )
    assert codes(await http.post(f"{path}/questions", json={"fields": ["risk"]}, headers=agent)) == {
        "fields": "unknown"
    }
    asked = await http.post(f"{path}/questions", json={"fields": ["digits", "reason"]}, headers=agent)
    assert asked.status_code == 200, asked.text
    assert asked.json()["asked_at"] is not None
    now = (await http.get(path, headers=agent)).json()
    assert now["status"] == "pending"
    said = (await http.get(f"{path}/messages", headers=customer)).json()["items"]
    letter = next(one["body_text"] for one in said if "necesitamos" in one["body_text"])
    assert "¿Qué ha pasado?" in letter
    assert "Elige entre: La he perdido, Me la han robado" in letter
    assert "Están en tu extracto." in letter
    assert f"/requests/{ticket['number']}" in letter
    assert "Risk" not in letter
    wrong = await http.put(f"{path}/form", json={"fields": {"reason": "stolen", "risk": 1}}, headers=customer)
    assert codes(wrong) == {"fields.risk": "forbidden"}
    half = await http.put(f"{path}/form", json={"fields": {"reason": "lost"}}, headers=customer)
    assert half.json()["missing"] == ["digits"]
    full = await http.put(f"{path}/form", json={"fields": {"digits": "1234"}}, headers=customer)
    assert full.json()["missing"] == []
    now = (await http.get(path, headers=agent)).json()
    assert (now["status"], now["fields"]) == ("open", {"reason": "lost", "digits": "1234"})
    assert now["working_label"] == "awaiting_reply"
    none = await http.post(f"{path}/questions", json={}, headers=agent)
    assert (none.status_code, none.json()["type"].rsplit(":", 1)[-1]) == (409, "core.nothing_missing")
    bob = await desk.person("bob@example.com", "customer")
    assert (await http.put(f"{path}/form", json={"fields": {"digits": "1"}}, headers=bob)).status_code == 404
    by_phone = await http.put(f"{path}/form", json={"fields": {"digits": "9999", "risk": 2}}, headers=agent)
    assert [f["value"] for f in by_phone.json()["fields"]] == ["lost", "9999", 2]


async def test_a_status_that_needs_a_field_is_refused_by_name_until_it_is_there(
    desk: Desk, admin: Headers, customer: Headers, agent: Headers
) -> None:
    await build(desk, admin)
    http = desk.http
    ticket = await desk.ticket(agent, category="cards")
    path, version = f"/api/v1/tickets/{ticket['number']}", ticket["version"]
    refused = await http.patch(path, json={"version": version, "status": "solved"}, headers=agent)
    assert codes(refused) == {"fields.risk": "required"}
    assert refused.json()["type"].endswith("core.fields_missing")
    assert codes(await http.put(f"{path}/closure", json={}, headers=agent)) == {"fields.risk": "required"}
    reply = {"kind": "reply", "body": "Done.", "status": "solved"}
    assert codes(await http.post(f"{path}/messages", json=reply, headers=agent)) == {
        "fields.risk": "required"
    }
    both = {"version": version, "status": "solved", "fields": {"risk": "3"}}
    solved = await http.patch(path, json=both, headers=agent)
    assert (solved.json()["status"], solved.json()["fields"]) == ("solved", {"risk": 3})
    other = await desk.ticket(agent, subject="No form asks for it here")
    done = await http.patch(
        f"/api/v1/tickets/{other['number']}", json={"version": 1, "status": "solved"}, headers=agent
    )
    assert done.status_code == 200
    theirs = await desk.ticket(agent, category="cards", subject="Third")
    closed = await http.put(f"/api/v1/tickets/{theirs['number']}/closure", json={}, headers=customer)
    assert closed.json()["status"] == "solved"  # a customer's word that it is solved is not held up


@pytest.mark.req(82)
async def test_agents_change_fields_with_versions_and_every_change_has_its_line(
    desk: Desk, admin: Headers, agent: Headers
) -> None:
    await build(desk, admin)
    http = desk.http
    ticket = await desk.ticket(agent, form="lost_card", fields={"reason": "lost", "order_no": 7})
    path = f"/api/v1/tickets/{ticket['number']}"
    bad = {"version": 1, "fields": {"reason": "burnt", "digits": "12"}}
    assert codes(await http.patch(path, json=bad, headers=agent)) == {
        "fields.reason": "not_a_choice", "fields.digits": "pattern",
    }  # fmt: skip
    good = {"version": 1, "fields": {"reason": "stolen", "digits": "1234"}}
    now = (await http.patch(path, json=good, headers=agent)).json()
    assert now["fields"] == {"reason": "stolen", "digits": "1234", "order_no": 7}
    assert (await http.patch(path, json=good, headers=agent)).status_code == 409
    cleared = {"version": now["version"], "fields": {"digits": ""}}
    assert "digits" not in (await http.patch(path, json=cleared, headers=agent)).json()["fields"]
    events = (await http.get(f"{path}/messages", headers=agent)).json()["items"]
    changes = [change for event in events for change in event["changes"]]
    assert {"field": "fields.reason", "old": "lost", "new": "stolen", "set_by": "person"} in changes
    assert {"field": "fields.digits", "old": "1234", "new": None, "set_by": "person"} in changes


@pytest.mark.req(82)
async def test_a_field_in_use_is_switched_off_with_its_data_and_one_that_is_not_goes(
    desk: Desk, admin: Headers, agent: Headers
) -> None:
    await build(desk, admin)
    http = desk.http
    spare = {"kind": "text", "name": {"en": "Spare"}}
    await http.put("/api/v1/fields/spare", json=spare, headers=admin)
    assert (await http.delete("/api/v1/fields/spare", headers=admin)).json() == {
        "key": "spare",
        "deleted": True,
    }
    await http.put("/api/v1/fields/spare", json=spare, headers=admin)
    ticket = await desk.ticket(agent, fields={"spare": "kept"})
    assert (await http.delete("/api/v1/fields/spare", headers=admin)).json() == {
        "key": "spare",
        "deleted": False,
    }
    seen = (await http.get(f"/api/v1/tickets/{ticket['number']}/form", headers=agent)).json()
    assert [(f["field"]["key"], f["value"], f["field"]["active"]) for f in seen["fields"]] == [
        ("spare", "kept", False)
    ]
    assert (await http.delete("/api/v1/fields/report", headers=admin)).json()["deleted"] is False
    assert "report" not in (await http.get("/api/v1/forms/lost_card")).text
    assert (await http.delete("/api/v1/fields/nothing", headers=admin)).status_code == 404


BAD_FIELDS: list[tuple[str, dict[str, Any], str]] = [
    ("x", {"kind": "choice", "name": {"en": "X"}}, "options"),
    ("x", {"kind": "text", "name": {"en": "X"}, "pattern": "(?=a)"}, "pattern"),
    ("x", {"kind": "number", "name": {"en": "X"}, "pattern": "a"}, "pattern"),
    ("x", {"kind": "number", "name": {"en": "X"}, "minimum": "many"}, "minimum"),
    ("x", {"kind": "number", "name": {"en": "X"}, "minimum": "5", "maximum": "4"}, "maximum"),
    ("x", {"kind": "date", "name": {"en": "X"}, "maximum": "2026-13-01"}, "maximum"),
    ("x", {"kind": "text", "name": {}}, "name"),
    ("x", {"kind": "text", "name": {"en": "X"}, "required_for": ["nowhere"]}, "required_for"),
    ("x", {"kind": "text", "name": {"en": "X"}, "source": "nothing"}, "source"),
    ("reason", {"kind": "text", "name": {"en": "X"}, "version": 1}, "kind"),
    ("status", {"kind": "text", "name": {"en": "X"}}, "key"),
]


@pytest.mark.parametrize(("key", "body", "field"), BAD_FIELDS)
async def test_a_definition_that_cannot_work_is_refused_with_its_place(
    desk: Desk, admin: Headers, key: str, body: dict[str, Any], field: str
) -> None:
    if key == "reason":
        await desk.http.put("/api/v1/fields/reason", json=REASON, headers=admin)
    answer = await desk.http.put(f"/api/v1/fields/{key}", json=body, headers=admin)
    assert field in codes(answer), answer.text


@pytest.mark.req(83)
async def test_a_form_keeps_its_order_and_conditions_look_only_upwards(
    desk: Desk, admin: Headers, agent: Headers
) -> None:
    await build(desk, admin)
    http = desk.http
    items = [FORM["items"][n] for n in (1, 0, 2)]
    moved = await http.put(
        "/api/v1/forms/lost_card", json={**FORM, "items": items, "version": 1}, headers=admin
    )
    assert [one["field"] for one in moved.json()["items"]] == ["digits", "reason", "report"]
    items = [FORM["items"][n] for n in (2, 0)]
    wrong = await http.put(
        "/api/v1/forms/lost_card", json={**FORM, "items": items, "version": 2}, headers=admin
    )
    assert codes(wrong) == {"items.0.when": "order"}
    twice = {**FORM, "items": [{"field": "reason"}, {"field": "reason"}, {"field": "segment"}], "version": 2}
    assert codes(await http.put("/api/v1/forms/lost_card", json=twice, headers=admin)) == {
        "items.1.field": "taken", "items.2.field": "unknown",
    }  # fmt: skip
    stale = await http.put("/api/v1/forms/lost_card", json={**FORM, "version": 1}, headers=admin)
    assert (stale.status_code, stale.json()["version"]) == (409, 2)
    assert (await http.put("/api/v1/forms/other", json=FORM, headers=agent)).status_code == 403


@pytest.mark.req(19)
async def test_a_rule_asks_by_itself_and_only_once(desk: Desk, admin: Headers, agent: Headers) -> None:
    await build(desk, admin)
    http = desk.http
    rule = {"name": "Ask", "events": ["created"], "actions": [{"do": "ask_missing"}],
            "all": [{"field": "channel", "op": "is", "value": ["email"]}]}  # fmt: skip
    assert (await http.post("/api/v1/rules", json=rule, headers=admin)).status_code == 201
    ticket = await desk.ticket(agent, category="cards", channel="email")
    core = desk.core
    row = await core.db.read(lambda conn: by_number(conn, ticket["number"], core.actor))
    steps: list[dict[str, Any]] = [{"do": "ask_missing"}]
    author = Author(kind="rule", id="r", name="Ask")
    done = await core.db.write(
        lambda conn: run_actions(conn, core, row, steps, author=author, at=desk.clock.now(), chain=[])
    )
    assert done == ["ask_missing"]
    now = (await http.get(f"/api/v1/tickets/{ticket['number']}", headers=agent)).json()
    assert (now["status"], now["set_by"]["status"]) == ("pending", "rule")
    row = await core.db.read(lambda conn: by_number(conn, ticket["number"], core.actor))
    again = await core.db.write(
        lambda conn: run_actions(conn, core, row, steps, author=author, at=desk.clock.now(), chain=[])
    )
    assert again == []


@pytest.mark.req(44)
async def test_templates_are_kept_by_leads_and_checked_as_a_ticket_would_be(
    desk: Desk, admin: Headers, lead: Headers, agent: Headers, customer: Headers
) -> None:
    await build(desk, admin)
    http, path = desk.http, "/api/v1/ticket-templates/call"
    body = {"name": "A call about a card", "subject": "Call:", "body": "They say:", "form": "lost_card",
            "fields": {"reason": "lost"}, "category": "cards", "priority": "high", "tags": ["phone"]}  # fmt: skip
    assert (await http.put(path, json=body, headers=agent)).status_code == 403
    assert (await http.put(path, json=body, headers=customer)).status_code == 403
    wrong = {**body, "category": "nowhere", "fields": {"reason": "burnt"}, "form": "none", "name": " "}
    assert set(codes(await http.put(path, json=wrong, headers=lead))) == {
        "category",
        "fields.reason",
        "form",
        "name",
    }
    kept = await http.put(path, json=body, headers=lead)
    assert kept.status_code == 200, kept.text
    assert (await http.put(path, json=body, headers=lead)).status_code == 409
    found = (await http.get("/api/v1/ticket-templates", headers=agent)).json()
    assert [(t["key"], t["fields"], t["priority"]) for t in found] == [("call", {"reason": "lost"}, "high")]
    assert (await http.delete(path, headers=lead)).status_code == 204
    assert (await http.get("/api/v1/ticket-templates", headers=agent)).json() == []


async def test_tickets_are_found_by_their_own_fields(
    desk: Desk, admin: Headers, customer: Headers, agent: Headers
) -> None:
    await build(desk, admin)
    one = await desk.ticket(agent, form="lost_card", fields={"reason": "lost", "digits": "1234", "risk": 9})
    two = await desk.ticket(agent, form="lost_card", fields={"reason": "stolen"})

    async def found(q: str, who: Headers = agent) -> Any:
        return await desk.http.get("/api/v1/tickets", params={"q": q}, headers=who)

    async def numbers(q: str) -> list[int]:
        return sorted(t["number"] for t in (await found(q)).json()["items"])

    assert await numbers("field.reason:lost") == [one["number"]]
    assert await numbers("field.reason:lost,stolen") == [one["number"], two["number"]]
    assert await numbers("-field.reason:lost") == [two["number"]]
    assert await numbers("field.risk:9 field.digits:1234") == [one["number"]]
    assert await numbers('field.digits:"1234"') == [one["number"]]
    assert await numbers("campo.reason:stolen") == [two["number"]]
    assert (await found("field.risk:9", customer)).status_code == 403
