"""Whatever is sent gets the right problem, and nothing is half-written."""

from typing import Any

import pytest
import sqlalchemy as sa

from services.common.db.tables import idempotency, outbox
from services.core.models import audit, contact, message, ticket
from tests.service.core.conftest import Desk

Headers = dict[str, str]
GOOD = {"subject": "Card", "body": "It is lost.", "requester": {"email": "ana@example.com", "name": "Ana"}}


async def rows(desk: Desk) -> dict[str, int]:
    tables = (ticket, message, contact, outbox, idempotency, audit)
    return await desk.core.db.read(
        lambda conn: {
            t.name: conn.execute(sa.select(sa.func.count()).select_from(t)).scalar_one() for t in tables
        }
    )


BAD_FIELDS: list[tuple[dict[str, Any], str]] = [
    ({"subject": ""}, "subject"),
    ({"subject": " \t\n\u200b "}, "subject"),
    ({"body": ""}, "body"),
    ({"body": "\n \t\x00\x1b"}, "body"),
    ({"requester": {"email": "not an address"}}, "requester.email"),
    ({"requester": {"email": "a@b.c\r\nBcc: x@y.z"}}, "requester.email"),
    ({"requester": None}, "requester"),
    ({"channel": "pigeon"}, "channel"),
    ({"tags": ["Bad Tag!"]}, "tags"),
    ({"tags": [f"t{n}" for n in range(51)]}, "tags"),
    ({"priority": "urgent"}, "priority"),
    ({"category": "nothing"}, "category"),
    ({"team": "nobody"}, "team"),
    ({"type": "wish"}, "type"),
    ({"language": "Klingon"}, "language"),
    ({"fields": {"x" * 100: 1}}, "fields"),
    ({"fields": {"big": "x" * 70_000}}, "fields"),
    ({"attachments": ["01a20172-39ad-7170-bedf-ed9f4e2eabb8"]}, ""),
    ({"attachments": ["nonsense"]}, ""),
    ({"subject": 5}, ""),
    ({"surprise": 1}, ""),
    ({"number": 1}, ""),
    ({"subject": None}, ""),
]


async def test_a_bad_field_is_named_and_nothing_is_written(desk: Desk, agent: Headers) -> None:
    before = await rows(desk)
    for change, field in BAD_FIELDS:
        answer = await desk.http.post(
            "/api/v1/tickets", json=GOOD | change, headers=agent | {"Idempotency-Key": "k"}
        )
        assert answer.status_code == 422, (change, answer.text[:300])
        assert answer.headers["content-type"] == "application/problem+json"
        problem = answer.json()
        assert problem["type"].startswith("urn:triaje:problem:")
        assert problem["status"] == 422
        if field:
            assert field in {error["field"] for error in problem["errors"]}, change
    assert await rows(desk) == before


BROKEN_JSON = [
    b"",
    b"{",
    b"[]",
    b"null",
    b'"x"',
    b"\xff\xfe",
    b'{"subject": "\xff"}',
    b'{"subject": "\\ud800", "body": "x"}',
    b'{"subject": NaN}',
    b'{"subject":"a","body":"b","fields":{"n":1e999}}',
    b'{"version": 1e999}',
    b'{"fields":' + b'{"a":' * 10_000 + b"1" + b"}" * 10_000 + b"}",
    b"[" * 10_000 + b"]" * 10_000,
    b'{"subject":"a","subject":5}',
]


@pytest.mark.hard("S-46")
async def test_broken_json_is_a_problem_and_not_a_crash(desk: Desk, agent: Headers) -> None:
    before = await rows(desk)
    headers = agent | {"Content-Type": "application/json"}
    places = (("POST", "tickets"), ("PATCH", "tickets/1"), ("POST", "tickets/1/messages"))
    for body in BROKEN_JSON:
        for method, path in places:
            answer = await desk.http.request(method, f"/api/v1/{path}", content=body, headers=headers)
            assert answer.status_code in {400, 422}, (method, path, body[:40], answer.text)
            assert answer.headers["content-type"] == "application/problem+json"
    assert await rows(desk) == before


@pytest.mark.hard("S-46")
async def test_a_body_of_five_megabytes_is_refused_before_it_is_read(desk: Desk, agent: Headers) -> None:
    for path in ("/api/v1/tickets", "/api/v1/tickets/1/messages"):
        answer = await desk.http.post(path, json=GOOD | {"body": "x" * 5_000_000}, headers=agent)
        assert (answer.status_code, answer.headers["content-type"]) == (413, "application/problem+json")


async def test_a_text_of_a_megabyte_is_kept_whole(desk: Desk, agent: Headers) -> None:
    text = "señal " * 150_000
    made = await desk.ticket(agent, body=text)
    assert made["description"] == text.strip()


@pytest.mark.hard("S-18", "S-46")
async def test_control_characters_are_taken_out_and_the_rest_is_kept(desk: Desk, agent: Headers) -> None:
    made = await desk.ticket(
        agent, subject="a\r\nBcc: x@y.z\x00\u202e", body="line one\r\nline\x00 two\x1b[31m \U0001f600",
        requester={"email": "ana@example.com", "name": "A\r\nna\x07"},
    )  # fmt: skip
    assert made["subject"] == "a Bcc: x@y.z"
    assert made["description"] == "line one\nline two[31m \U0001f600"
    assert made["requester"]["name"] == "A na"


NOT_NUMBERS = ["0", "-1", "999999", "9007199254740993", "99999999999999999999999", "1e3", "abc", "%00"]


async def test_a_number_that_is_none_finds_nothing(desk: Desk, agent: Headers) -> None:
    for number in NOT_NUMBERS:
        for method, path in (
            ("GET", ""),
            ("PATCH", ""),
            ("GET", "/messages"),
            ("PUT", "/closure"),
            ("GET", "/triage"),
        ):
            answer = await desk.http.request(
                method, f"/api/v1/tickets/{number}{path}", json={"version": 1} if method in {"PATCH", "PUT"} else None,
                headers=agent,
            )  # fmt: skip
            assert answer.status_code == 404, (method, path, answer.text)


BAD_QUERIES = [
    {"sort": "password_hash"},
    {"sort": "requester__email"},
    {"sort": "id;drop table ticket"},
    {"order": "asc"},
    {"assigned_to__password": "x"},
    {"queue__email_box_pass": "x"},
    {"status__in": "open"},
    {"nonsense": "1"},
    {"status": "open' or 1=1 --"},
    {"priority": "x"},
    {"channel": "x"},
    {"label": "x"},
    {"triage": "x"},
    {"team": "x"},
    {"category": "x"},
]


@pytest.mark.hard("S-24")
async def test_unknown_filters_and_orders_are_refused(desk: Desk, agent: Headers) -> None:
    for query in BAD_QUERIES:
        answer = await desk.http.get("/api/v1/tickets", params=query, headers=agent)
        assert (answer.status_code, answer.json()["code"]) == (422, "core.unknown_filter")


ODD_SEARCHES = ["%", "_", "' or 1=1 --", "\\", "\x00", "a%b", '"', "*"]


@pytest.mark.hard("S-24")
async def test_a_search_is_text_and_never_a_pattern_or_a_statement(desk: Desk, agent: Headers) -> None:
    await desk.ticket(agent, subject="Plain words", body="nothing else here")
    for q in ODD_SEARCHES:
        answer = await desk.http.get("/api/v1/tickets", params={"q": q}, headers=agent)
        assert answer.status_code == 200
        if q.strip("\x00"):
            assert answer.json()["items"] == []


BAD_CURSORS = ["x", "AAAA", "W10", "WyJ1cGRhdGVkLSIsIngiLCJ5Il0", "W1tdXQ", "bnVsbA"]


async def test_a_made_up_cursor_is_refused(desk: Desk, agent: Headers, admin: Headers) -> None:
    number = (await desk.ticket(agent))["number"]
    for cursor in BAD_CURSORS:
        for path in ("tickets", f"tickets/{number}/messages", "contacts", "audit", "jobs", "quarantine"):
            answer = await desk.http.get(f"/api/v1/{path}", params={"cursor": cursor}, headers=admin)
            assert (answer.status_code, path) in {(400, path), (200, f"tickets/{number}/messages")}


ODD_LIMITS = ["0", "-5", "1000000", "99999999999999999999"]


async def test_a_page_has_between_one_and_a_hundred_entries(desk: Desk, agent: Headers) -> None:
    await desk.ticket(agent)
    for limit in ODD_LIMITS:
        answer = await desk.http.get("/api/v1/tickets", params={"limit": limit}, headers=agent)
        assert answer.status_code == 200
        assert len(answer.json()["items"]) == 1


WRONG_TOKENS = [
    {},
    {"Authorization": "Bearer nonsense"},
    {"Authorization": "Basic eDp5"},
    {"Authorization": "Bearer trj_nothing"},
    {"Authorization": "Bearer a.b.c"},
]


async def test_a_wrong_token_is_told_so_and_nothing_else(desk: Desk) -> None:
    for headers in WRONG_TOKENS:
        for method, path in (
            ("POST", "/api/v1/tickets"),
            ("GET", "/api/v1/tickets"),
            ("GET", "/api/v1/me"),
            ("POST", "/api/v1/inbound/email"),
        ):
            answer = await desk.http.request(
                method, path, json=GOOD if method == "POST" else None, headers=headers
            )
            assert answer.status_code == 401
            assert "WWW-Authenticate" in answer.headers


BAD_CHANGES = [
    {"version": 1, "subject": "  "},
    {"version": 1, "status": "x"},
    {"version": 1, "assignee": "nobody@x.test"},
    {"version": 1, "tags": ["É"]},
    {"version": 1, "nonsense": 1},
    {"subject": "no version"},
    {"version": "x"},
]


async def test_a_bad_change_changes_nothing(desk: Desk, agent: Headers) -> None:
    made = await desk.ticket(agent)
    before = await rows(desk)
    for changes in BAD_CHANGES:
        answer = await desk.http.patch(f"/api/v1/tickets/{made['number']}", json=changes, headers=agent)
        assert answer.status_code == 422, answer.text
        assert await rows(desk) == before


async def test_what_customers_write_is_shown_escaped(desk: Desk, agent: Headers) -> None:
    made = await desk.ticket(agent, body="<script>alert(1)</script> & <b>bold</b>")
    entries = (await desk.http.get(f"/api/v1/tickets/{made['number']}/messages", headers=agent)).json()[
        "items"
    ]
    shown = next(entry["body_html"] for entry in entries if entry["entry"] == "message")
    assert shown == "<p>&lt;script&gt;alert(1)&lt;/script&gt; &amp; &lt;b&gt;bold&lt;/b&gt;</p>"
