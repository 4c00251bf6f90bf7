"""Bad input gets the right problem or lands in quarantine; nothing is lost and nothing half-written."""

import base64
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio

from tests.suite.conftest import Start, held
from tests.suite.rig import AGENT, CUSTOMER, STRANGER, Suite

GOOD: dict[str, Any] = {"subject": "Hello", "body": "Good day", "requester": {"email": "good@example.test"}}
JSON = {"Content-Type": "application/json"}
MAIL = {"Content-Type": "message/rfc822"}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def desk(start: Start) -> AsyncIterator[Suite]:
    """A suite that nobody else writes to: rows are counted."""
    async with held(start()) as suite:
        yield suite


async def refused(desk: Suite, statuses: set[int], call: Any) -> httpx.Response:
    """A call that has to be refused with a problem document and to leave no row and no file."""
    await desk.quiet()
    before, files = await desk.counts(), _files(desk)
    answer: httpx.Response = await call
    assert answer.status_code in statuses, f"{answer.status_code} {answer.text[:300]}"
    assert answer.headers["content-type"].startswith("application/problem+json")
    problem = answer.json()
    assert problem["type"].startswith("urn:triaje:problem:")
    assert problem["status"] == answer.status_code
    assert problem["title"]
    assert "Traceback" not in answer.text
    assert await desk.counts() == before
    assert _files(desk) == files
    return answer


def _files(desk: Suite) -> int:
    return sum(path.is_file() for path in (desk.settings.data / "files").rglob("*"))


# -- JSON

BODIES: dict[str, tuple[set[int], Any]] = {
    "an empty subject": ({422}, {**GOOD, "subject": ""}),
    "a white subject": ({422}, {**GOOD, "subject": " \t\u00a0\u2003 "}),
    "a subject of what cannot be seen": ({422}, {**GOOD, "subject": "\u0000\u0007\u200b"}),
    "an empty body": ({422}, {**GOOD, "body": ""}),
    "a white body": ({422}, {**GOOD, "body": "\r\n \t"}),
    "a body of control characters": ({422}, {**GOOD, "body": "\u0000\u0001\u001b"}),
    "a body of five megabytes": ({413}, {**GOOD, "body": "x" * 5_000_000}),
    "no subject": ({422}, {"body": "x", "requester": {"email": "a@b.test"}}),
    "a number for a subject": ({422}, {**GOOD, "subject": 7}),
    "null for a body": ({422}, {**GOOD, "body": None}),
    "no requester": ({422}, {"subject": "x", "body": "x"}),
    "an unknown channel": ({422}, {**GOOD, "channel": "smoke signal"}),
    "an unknown field": ({422}, {**GOOD, "colour": "blue"}),
    "an unknown priority": ({422}, {**GOOD, "priority": "very"}),
    "an unknown category": ({422}, {**GOOD, "category": "no_such_category"}),
    "an unknown type": ({422}, {**GOOD, "type": "poem"}),
    "an attachment that is none": ({422}, {**GOOD, "attachments": ["00000000-0000-0000-0000-000000000000"]}),
    "a list for a ticket": ({422}, [GOOD]),
    "a text for a ticket": ({422}, "ticket"),
    "a fields object that is too large": (
        {422},
        {**GOOD, "fields": {f"f{n}": "x" * 2000 for n in range(90)}},
    ),
    "a field name that is none": ({422}, {**GOOD, "fields": {"DROP TABLE": 1}}),
    "tags that are none": ({422}, {**GOOD, "tags": ["has space", "<b>"]}),
    "too many tags": ({422}, {**GOOD, "tags": [f"t{n}" for n in range(500)]}),
}


@pytest.mark.parametrize("name", BODIES)
async def test_a_ticket_that_is_none_is_refused(desk: Suite, name: str) -> None:
    statuses, body = BODIES[name]
    heads = {**await desk.as_(AGENT), **JSON}
    await refused(desk, statuses, desk.http.post("/api/v1/tickets", content=json.dumps(body), headers=heads))


ADDRESSES = (
    "", " ", "nobody", "@", "a@", "@b.test", "a b@c.test", "a@b@c.test", "a@b.test\r\nBcc: all@c.test", "a@b.test\x00",
    "<script>@b.test", "a@b..test", "a@-b.test", "x" * 400 + "@b.test", "a@" + "b" * 300, "a,b@c.test", "a@[127.0.0.1", '"@b.test',  # noqa: E501
)  # fmt: skip


@pytest.mark.hard("S-18")
@pytest.mark.parametrize("address", ADDRESSES)
async def test_an_address_that_is_none_is_refused(desk: Suite, address: str) -> None:
    body = {**GOOD, "requester": {"email": address, "name": "A"}}
    answer = await refused(desk, {422}, desk.call("POST", "/api/v1/tickets", AGENT, json=body))
    assert any("email" in error["field"] for error in answer.json()["errors"])


RAW: dict[str, tuple[set[int], bytes]] = {
    "nothing": ({400, 422}, b""),
    "half an object": ({400, 422}, b'{"subject": "x", '),
    "broken UTF-8": ({400, 422}, b'{"subject": "\xff\xfe", "body": "x", "requester": {"email": "a@b.test"}}'),
    "a half of a pair": (
        {400, 422},
        b'{"subject": "\\ud800", "body": "x", "requester": {"email": "a@b.test"}}',
    ),
    "NaN": ({400, 422}, b'{"subject": NaN}'),
    "Infinity": ({400, 422}, b'{"subject": "x", "body": "x", "fields": {"a": Infinity}}'),
    "a number beyond all": (
        {400, 422},
        b'{"subject": "x", "body": "x", "fields": {"a": 1e999}, "requester": {"email": 5}}',
    ),
    "ten thousand deep": (
        {400, 422},
        b'{"subject": "x", "body": "x", "fields": ' + b'{"a":' * 10_000 + b"1" + b"}" * 10_001,
    ),
    "a list ten thousand deep": ({400, 422}, b"[" * 10_000 + b"]" * 10_000),
    "bytes": ({400, 422}, bytes(range(256))),
    "UTF-16": ({400, 422}, json.dumps(GOOD).encode("utf-16")),
    "two objects": ({400, 422}, json.dumps(GOOD).encode() * 2),
}


@pytest.mark.hard("S-46")
@pytest.mark.parametrize("name", RAW)
async def test_json_that_is_none_is_refused(desk: Suite, name: str) -> None:
    statuses, raw = RAW[name]
    heads = {**await desk.as_(AGENT), **JSON}
    await refused(desk, statuses, desk.http.post("/api/v1/tickets", content=raw, headers=heads))


@pytest.mark.hard("S-46")
async def test_a_number_beyond_all_in_a_field_is_refused_or_kept_as_json(desk: Suite) -> None:
    raw = b'{"subject": "x", "body": "x", "fields": {"a": 1e999}, "requester": {"email": "a@b.test"}}'
    answer = await desk.http.post("/api/v1/tickets", content=raw, headers={**await desk.as_(AGENT), **JSON})
    assert answer.status_code in {201, 400, 422}, answer.text
    if answer.status_code == 201:
        read = await desk.call("GET", f"/api/v1/tickets/{answer.json()['number']}", AGENT)
        json.loads(read.text, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))


@pytest.mark.hard("S-46")
async def test_a_key_that_comes_twice_means_one_value_everywhere(desk: Suite) -> None:
    raw = b'{"subject": "first", "subject": "second", "body": "x", "requester": {"email": "a@b.test"}}'
    answer = await desk.http.post("/api/v1/tickets", content=raw, headers={**await desk.as_(AGENT), **JSON})
    assert answer.status_code in {201, 400, 422}
    if answer.status_code == 201:
        read = await desk.read(answer.json()["number"])
        assert read["subject"] == answer.json()["subject"] in {"first", "second"}


@pytest.mark.hard("S-46")
@pytest.mark.parametrize(
    "query",
    ["limit=1&limit=100", "status=open&status=closed", "limit=1%00", "limit=1e3", "limit=-1", "%ff=1"],
)
async def test_parameters_that_come_twice_or_are_none_do_no_harm(desk: Suite, query: str) -> None:
    answer = await desk.call("GET", f"/api/v1/tickets?{query}", AGENT)
    assert answer.status_code in {200, 400, 422}, answer.text[:300]


async def test_control_characters_are_taken_out_of_what_is_kept(desk: Suite) -> None:
    body = {"subject": "Car\u0000d\u001b[31m lo\u202est\r\nBcc: x@y.test", "body": "One\u0000\u0008 two\r\nthree\u200b",
            "requester": {"email": "ctl@example.test", "name": "Ann\u0000\r\nX: y"}}  # fmt: skip
    made = await desk.ok("POST", "/api/v1/tickets", AGENT, json=body)
    for text in (made["subject"], made["requester"]["name"]):
        assert text.isprintable(), repr(text)
    kept = made["description"]
    assert not [char for char in kept if ord(char) < 32 and char not in "\n\t"], repr(kept)
    assert kept.startswith("One two\nthree")


# -- who asks


@pytest.mark.parametrize("header", [
    "Bearer nonsense", "Bearer trj_nonsense", "Bearer ", "Basic YTpi", "Bearer a.b.c", "Bearer " + "x" * 20_000, "nonsense",  # noqa: E501
    "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4Iiwicm9sZXMiOlsiYWRtaW4iXX0.",
])  # fmt: skip
async def test_a_wrong_token_is_told_so(desk: Suite, header: str) -> None:
    call = desk.http.post("/api/v1/tickets", json=GOOD, headers={"Authorization": header})
    answer = await refused(desk, {401}, call)
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_another_customers_number_is_no_number(desk: Suite) -> None:
    made = await desk.ticket(CUSTOMER)
    await desk.decided(made["number"])
    path = f"/api/v1/tickets/{made['number']}"
    theirs = await refused(desk, {404}, desk.call("GET", path, STRANGER))
    nobodys = await refused(desk, {404}, desk.call("GET", "/api/v1/tickets/987654", STRANGER))
    assert theirs.json()["title"] == nobodys.json()["title"], "the answer does not tell which numbers exist"
    reply = {"kind": "reply", "body": "Mine now"}
    await refused(desk, {404}, desk.call("POST", f"{path}/messages", STRANGER, json=reply))


async def test_a_stale_version_gets_the_current_state(desk: Suite) -> None:
    made = await desk.ticket(CUSTOMER)
    seen = await desk.decided(made["number"])
    path = f"/api/v1/tickets/{made['number']}"
    for version in (seen["version"] - 1, seen["version"] + 7, -1):
        answer = await refused(
            desk, {409}, desk.call("PATCH", path, AGENT, json={"version": version, "priority": "low"})
        )
        assert answer.json()["code"] == "core.stale_version"
        assert answer.json()["current"]["version"] == seen["version"]


async def test_the_same_key_with_another_body_is_a_conflict(desk: Suite) -> None:
    key = {"Idempotency-Key": "bad-input-1"}
    first = await desk.ok("POST", "/api/v1/tickets", AGENT, json=GOOD, headers=key)
    again = await desk.ok("POST", "/api/v1/tickets", AGENT, json=GOOD, headers=key)
    assert again == first
    other = desk.call("POST", "/api/v1/tickets", AGENT, json={**GOOD, "body": "Another"}, headers=key)
    assert (await refused(desk, {409}, other)).json()["code"] == "idempotency_key_reused"
    for bad in ("x" * 300, "tab\tkey"):
        call = desk.call("POST", "/api/v1/tickets", AGENT, json=GOOD, headers={"Idempotency-Key": bad})
        await refused(desk, {400}, call)


# -- mail


def _multipart(depth: int, leaf: bytes) -> bytes:
    body = b"Content-Type: text/plain\r\n\r\n" + leaf
    for level in range(depth):
        mark = b"b%d" % level
        body = b'Content-Type: multipart/mixed; boundary="%b"\r\n\r\n--%b\r\n%b\r\n--%b--\r\n' % (
            mark,
            mark,
            body,
            mark,
        )
    return b"From: deep@example.test\r\nSubject: Deep\r\nMessage-ID: <deep%d@example.test>\r\n" % depth + body


HEAD = b"From: Ann <ann@example.test>\r\nSubject: Card\r\n"
TICKETS: dict[str, tuple[bytes, str]] = {
    "a charset that does not exist": (HEAD + b"Message-ID: <1@x.test>\r\nContent-Type: text/plain; charset=klingon\r\n\r\nHello card", "Hello card"),  # noqa: E501
    "a charset that is not the one": (
        HEAD + b"Message-ID: <2@x.test>\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\nCaf\xe9 card", "card",  # noqa: E501
    ),
    "broken base64": (
        HEAD + b"Message-ID: <3@x.test>\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\nSGVsbG8gY2FyZA=", "Hello card",  # noqa: E501
    ),
    "eight nested multiparts": (_multipart(8, b"Hello card"), "Hello card"),
    "no boundary": (HEAD + b"Message-ID: <4@x.test>\r\nContent-Type: multipart/mixed\r\n\r\nHello card", "Hello card"),
    "NUL bytes": (HEAD + b"Message-ID: <5@x.test>\r\n\r\nHello\x00 card", "Hello card"),
    "no Message-ID": (HEAD + b"\r\nHello card without an id", "Hello card"),
    "the same header twice": (HEAD + b"Subject: Other\r\nMessage-ID: <6@x.test>\r\n\r\nHello card", "Hello card"),
    "bare line feeds": (HEAD.replace(b"\r", b"") + b"Message-ID: <7@x.test>\n\nHello card", "Hello card"),
    "headers in eight bits": (b"From: Jos\xe9 <jose@example.test>\r\nSubject: Caf\xe9\r\nMessage-ID: <8@x.test>\r\n\r\nHello card", "Hello card"),  # noqa: E501
}  # fmt: skip
QUARANTINE: dict[str, bytes] = {
    "no headers": b"just some words\r\n",
    "nothing": b"",
    "white space": b"\r\n\r\n \r\n",
    "no sender": b"Subject: x\r\n\r\nHello",
    "a sender that is none": b"From: nobody\r\nSubject: x\r\n\r\nHello",
    "nothing to read": b"From: a@b.test\r\n\r\n",
    "a hundred deep": _multipart(100, b"Hello"),
    "ten thousand parts": (
        HEAD
        + b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n'
        + b"--b\r\n\r\nx\r\n" * 10_000
        + b"--b--\r\n"
    ),
    "headers of a megabyte": HEAD + b"X-Long: " + b"y" * 1_000_000 + b"\r\n\r\nHello",
    "its own loop": HEAD + b"X-Triaje-Loop: 1\r\n\r\nHello",
}


async def by_mail(desk: Suite, raw: bytes) -> httpx.Response:
    return await desk.call("POST", "/api/v1/inbound/email", AGENT, content=raw, headers=MAIL)


@pytest.mark.hard("S-19")
@pytest.mark.parametrize("name", TICKETS)
async def test_mail_that_is_badly_made_is_still_a_ticket(desk: Suite, name: str) -> None:
    raw, words = TICKETS[name]
    answer = await by_mail(desk, raw)
    assert answer.status_code == 201, answer.text
    ticket = answer.json()
    assert words in ticket["description"]
    before = await desk.counts()
    again = await by_mail(desk, raw)
    assert again.json()["number"] == ticket["number"], "handed in twice, it is one ticket"
    after = await desk.counts()
    assert (after["ticket"], after["message"]) == (before["ticket"], before["message"])


@pytest.mark.hard("S-19", "S-03")
@pytest.mark.parametrize("name", QUARANTINE)
async def test_mail_that_cannot_be_a_ticket_is_kept_byte_for_byte(desk: Suite, name: str) -> None:
    raw = QUARANTINE[name]
    await desk.quiet()
    before = await desk.counts()
    answer = await by_mail(desk, raw)
    assert answer.status_code == 202, answer.text[:300]
    kept = answer.json()
    assert kept["reason"]
    after = await desk.counts()
    assert after["quarantine"] == before["quarantine"] + 1
    for table in ("ticket", "message", "contact", "contact_identity", "attachment", "outbox"):
        assert after[table] == before[table], table
    source = await desk.call("GET", f"/api/v1/quarantine/{kept['quarantine']}/source", AGENT)
    assert source.content == raw
    assert source.headers["content-disposition"].startswith("attachment")
    listed = await desk.ok("GET", "/api/v1/quarantine", AGENT)
    assert kept["quarantine"] in {item["id"] for item in listed["items"]}
    again = await by_mail(desk, raw)
    assert again.json()["quarantine"] == kept["quarantine"], "the same bytes are one entry"


@pytest.mark.req(16)
@pytest.mark.hard("S-03")
async def test_mail_with_a_file_of_twenty_megabytes_comes_through_whole(desk: Suite) -> None:
    content = bytes(range(256)) * (
        18_900_000 // 256
    )  # as base64 it is 25.5 MB, just what providers let through
    raw = (
        HEAD + b'Message-ID: <big@x.test>\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\n\r\nSee the file.\r\n--b\r\n'  # noqa: E501
        b"Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n"
        b'Content-Disposition: attachment; filename="../../big\x00.bin"\r\n\r\n' + base64.encodebytes(content) + b"\r\n--b--\r\n"  # noqa: E501
    )  # fmt: skip
    answer = await by_mail(desk, raw)
    assert answer.status_code == 201, answer.text[:300]
    (entry,) = [e for e in await desk.timeline(answer.json()["number"]) if e["entry"] == "message"]
    (file,) = entry["attachments"]
    assert "/" not in file["name"]
    assert "\x00" not in file["name"]
    got = await desk.call("GET", f"/api/v1/attachments/{file['id']}", AGENT)
    assert got.content == content
    assert got.headers["content-disposition"].startswith("attachment")
    too_large = await by_mail(desk, raw + b"x" * 3_000_000)
    assert too_large.status_code == 413


# -- the portal's form


@pytest.mark.parametrize(("field", "value"), [
    ("subject", ""), ("subject", " \t "), ("body", ""), ("body", "\r\n \r\n"), ("email", ""), ("email", "nobody"),
    ("email", "a b@c.test"), ("email", "a@b.test, c@d.test"), ("email", "<script>@b.test"),
])  # fmt: skip
async def test_the_form_says_what_is_wrong_and_keeps_what_was_written(
    desk: Suite, field: str, value: str
) -> None:
    await desk.quiet()
    async with desk.browser() as visitor:
        await visitor.open("/requests/new")
        before = await desk.counts()
        form = {
            "subject": "Kept subject",
            "body": "Kept words",
            "email": "v@example.test",
            "once": visitor.field("once"),
            field: value,
        }
        answer = await visitor.send("/requests/new", form)
        assert answer.status_code == 422, answer.text[:300]
        kept = {"subject": "Kept subject", "body": "Kept words"}
        kept.pop(field, None)
        for words in kept.values():
            assert words in answer.text
        assert await desk.counts() == before


async def test_a_form_of_five_megabytes_is_refused_as_too_large(desk: Suite) -> None:
    async with desk.browser() as visitor:
        await visitor.open("/requests/new")
        before = await desk.counts()
        form = {
            "subject": "Long",
            "body": "x" * 5_000_000,
            "email": "v@example.test",
            "once": visitor.field("once"),
        }
        answer = await visitor.send("/requests/new", form)
        assert answer.status_code in {413, 422}
        assert await desk.counts() == before
