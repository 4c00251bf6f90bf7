"""Nobody reads or changes what is not theirs: every route with every role, field by field, filter by filter."""

import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import httpx
import pytest
import pytest_asyncio
import sqlalchemy as sa

from services.common.ids import uuid7
from services.core.models import contact, staff
from tests.suite import access
from tests.suite.conftest import Start, held
from tests.suite.rig import ADMIN, AGENT, CUSTOMER, LEAD, LIGHT, STRANGER, Suite

SECRET_WORDS = "zebra-canary-7311"
SECRET_FIELD = "internal_score"
INSIDE = {
    "category", "category_name", "priority", "tags", "team", "team_name", "sla", "set_by", "resolution", "reopens",
    "triage", "external_id", "suggestion_session", "shared_with",
}  # fmt: skip
EMAILS = {
    access.STRANGER: STRANGER, access.LIGHT: LIGHT, access.AGENT: AGENT, access.LEAD: LEAD, access.ADMIN: ADMIN,
}  # fmt: skip


@dataclass
class Scene:
    """A ticket of one customer with everything that hangs on it, and the ids of it all."""

    suite: Suite
    ticket: dict[str, Any]
    ids: dict[str, str]
    heads: dict[str, dict[str, str]] = field(default_factory=dict)

    async def sign_in(self) -> None:
        """Fresh tokens: a person's is good for a minute."""
        self.heads = {role: await self.suite.as_(email) for role, email in EMAILS.items()}
        self.heads[access.VISITOR] = {}
        self.heads[access.TOKEN] = await self.suite.client("kb:read")

    async def call(self, name: str, role: str) -> httpx.Response:
        method, _, path = name.partition(" ")
        url = re.sub(r"{(\w+)}", lambda m: self.ids.get(m[1], str(uuid7())), path)
        if "/versions/" in path:
            url = url.replace(f"/en/{self.ids['number']}/", "/en/1/")
        body = access.BODIES.get(name)
        if body is not None:
            body = json.loads(json.dumps(body).replace('"TICKET"', json.dumps(self.ticket["id"])))
        params = {"ticket": self.ids["number"]} if path.endswith("/rendering") else None
        return await self.suite.http.request(method, url, headers=self.heads[role], json=body, params=params)


async def _scene(suite: Suite) -> Scene:
    ticket = await suite.ticket(CUSTOMER)
    number = ticket["number"]
    decided = await suite.decided(number)
    fields = {SECRET_FIELD: SECRET_WORDS}
    changes = {"version": decided["version"], "priority": "critical", "tags": ["vip-only"], "fields": fields}
    await suite.ok("PATCH", f"/api/v1/tickets/{number}", AGENT, json=changes)
    file = await suite.ok("POST", "/api/v1/uploads?filename=inside.txt", AGENT, content=SECRET_WORDS.encode())
    note = {"kind": "note", "body": f"Between us: {SECRET_WORDS}", "attachments": [file["id"]]}
    await suite.ok("POST", f"/api/v1/tickets/{number}/messages", AGENT, json=note)
    help_ = await suite.ok("GET", f"/api/v1/tickets/{number}/recommendations", AGENT)
    texts = {"en": {"title": "For staff", "body_markdown": SECRET_WORDS, "slug": "for-staff"}}
    article = {"translations": texts, "state": "published", "visibility": "staff"}
    made = await suite.ok("POST", "/api/v1/kb/articles", AGENT, json=article)
    view = await suite.ok(
        "POST", "/api/v1/views", ADMIN, json={"name": {"en": "Mine"}, "filters": {"tag": "vip-only"}}
    )
    session = (await suite.http.post("/api/v1/kb/suggestions", json={"subject": "lost card"})).json()[
        "session"
    ]
    people = await suite.rows("core", sa.select(contact.c.id).where(contact.c.email == CUSTOMER))
    colleagues = await suite.rows("core", sa.select(staff.c.id).where(staff.c.email == ADMIN))
    macros = await suite.ok("GET", "/api/v1/macros", AGENT)
    changes = {"numbers": [number], "changes": {"add_tags": ["swept"]}}
    batch = await suite.ok("POST", "/api/v1/batches", AGENT, json=changes)
    scene = Scene(suite, ticket, {
        "batch_id": batch["id"], "to": str(number), "other": str(number), "kind": "related",
        "number": str(number), "attachment_id": file["id"], "contact_id": str(people[0][0]),
        "staff_id": str(colleagues[0][0]), "decision": (await suite.decisions(number))[0]["id"],
        "recommendation": help_["replies"][0]["id"], "article_id": made["id"], "slug": "no-such-page", "lang": "en",
        "view_id": view["id"], "session": session, "macro": macros[0]["key"], "version": "v1", "task": "category",
        "key": "cards",
    })  # fmt: skip
    await scene.sign_in()
    return scene


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def scene(start: Start) -> AsyncIterator[Scene]:
    async with held(start()) as suite:
        yield await _scene(suite)


async def test_every_route_of_the_api_has_a_line_in_the_policy(suite: Suite) -> None:
    document = (await suite.http.get("/api/docs/openapi.json")).json()
    routes = {f"{method.upper()} {path}" for path, item in document["paths"].items() for method in item}
    assert routes == set(access.POLICY)
    bodies = {
        f"{method.upper()} {path}"
        for path, item in document["paths"].items()
        for method, call in item.items()
        if "requestBody" in call
    }
    assert bodies == set(access.BODIES), (
        "a body that is not valid would be refused before the right is checked"
    )


@pytest.mark.req(125)
@pytest.mark.hard("S-20")
@pytest.mark.parametrize("role", access.ROLES)
async def test_a_role_is_refused_every_route_that_is_not_its_own(scene: Scene, role: str) -> None:
    before = await scene.suite.counts()
    await scene.sign_in()
    wrong = []
    for name, (allowed, denied) in access.POLICY.items():
        if role in allowed:
            continue
        answer = await scene.call(name, role)
        if answer.status_code not in access.refusal(role, denied):
            wrong.append(f"{name}: {answer.status_code} {answer.text[:200]}")
        elif SECRET_WORDS in answer.text:
            wrong.append(f"{name}: the refusal tells the secret")
    assert not wrong, "\n".join(wrong)
    assert await scene.suite.counts() == before, "something that was refused left a row"


@pytest.mark.hard("S-20")
@pytest.mark.parametrize("role", access.ROLES)
async def test_a_role_reads_every_route_that_is_its_own(scene: Scene, role: str) -> None:
    await scene.sign_in()
    wrong = []
    for name, (allowed, _) in access.POLICY.items():
        if role not in allowed or not name.startswith("GET "):
            continue
        answer = await scene.call(name, role)
        may_be_absent = "{" in name or name in access.ABSENT
        if answer.status_code not in {200, 404} or (answer.status_code == 404 and not may_be_absent):
            wrong.append(f"{name}: {answer.status_code} {answer.text[:200]}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.hard("S-20")
async def test_what_belongs_to_a_ticket_is_found_by_its_owner_and_agents_only(scene: Scene) -> None:
    await scene.sign_in()
    suite, number = scene.suite, scene.ids["number"]
    own = await suite.call("GET", f"/api/v1/tickets/{number}", CUSTOMER)
    assert own.status_code == 200
    for path in (f"/api/v1/attachments/{scene.ids['attachment_id']}", f"/api/v1/tickets/{number}/triage"):
        assert (await suite.call("GET", path, CUSTOMER)).status_code in {403, 404}, path
    listed = await suite.ok("GET", "/api/v1/tickets", STRANGER, params={"q": number})
    assert listed["items"] == [], "the list finds no foreign ticket by its number"
    asked = await suite.ok("GET", "/api/v1/tickets", STRANGER, params={"requester": CUSTOMER})
    assert asked["items"] == []


@pytest.mark.req(104)
@pytest.mark.hard("S-20")
async def test_a_light_agent_reads_and_notes_on_what_is_shared_and_nothing_else(suite: Suite) -> None:
    light = await suite.colleague("light-too@desk.test", "light")
    ticket = await suite.ticket(CUSTOMER)
    path = f"/api/v1/tickets/{ticket['number']}"
    assert (await suite.call("GET", path, light)).status_code == 404
    await suite.ok("POST", f"{path}/shares", AGENT, json={"staff": light})
    await suite.ok("GET", path, light)
    await suite.ok("POST", f"{path}/messages", light, json={"kind": "note", "body": "It is ours."})
    refused = await suite.call("POST", f"{path}/messages", light, json={"kind": "reply", "body": "Hello"})
    assert refused.status_code == 403
    version = (await suite.decided(ticket["number"]))["version"]
    change = {"version": version, "priority": "low"}
    assert (await suite.call("PATCH", path, light, json=change)).status_code == 403
    other = await suite.ticket(STRANGER)
    assert (await suite.call("GET", f"/api/v1/tickets/{other['number']}", light)).status_code == 404
    rows = (await suite.ok("GET", "/api/v1/tickets", light))["items"]
    assert [row["number"] for row in rows] == [ticket["number"]]


@pytest.mark.hard("S-20")
@pytest.mark.parametrize(
    "path", ["/internal/events", "//internal/events", "/internal/", "/internal/sessions", "/%69nternal/sessions",
             "/api/../internal/sessions", "/./internal/events", "/api/v1/kb/../../../internal/passages", "/INTERNAL/events",  # noqa: E501
             "//internal//events", "/internal/events/", "/api//internal/sessions"],
)  # fmt: skip
async def test_what_services_say_to_each_other_cannot_be_reached_from_outside(
    suite: Suite, path: str
) -> None:
    event = {"id": str(uuid7()), "type": "core.ticket.updated.v1", "at": "2026-01-01T00:00:00Z", "data": {}}
    async with suite.browser() as browser:
        await browser.open("/sign-in")
        for heads in ({}, await suite.as_(ADMIN), {"X-CSRF-Token": browser.csrf}):
            answer = await browser.http.post(path, json={"events": [event]}, headers=heads)
            assert answer.status_code in {401, 403, 404, 405}, answer.text[:300]


# -- field by field


@pytest.mark.req(42)
@pytest.mark.hard("S-22")
async def test_a_customer_never_gets_what_is_the_desks_own(scene: Scene) -> None:
    suite, number = scene.suite, scene.ids["number"]
    ticket = await suite.ok("GET", f"/api/v1/tickets/{number}", CUSTOMER)
    assert not INSIDE & ticket.keys()
    assert "tier" not in ticket["requester"]
    listed = await suite.ok("GET", "/api/v1/tickets", CUSTOMER, params={"q": number})
    assert [row["number"] for row in listed["items"]] == [int(number)]
    assert not INSIDE & listed["items"][0].keys()
    said = [ticket, listed, await suite.timeline(int(number), CUSTOMER)]
    said.append(await suite.ok("GET", "/api/v1/kb/search", CUSTOMER, params={"q": "zebra canary"}))
    said.append(await suite.ok("POST", "/api/v1/kb/suggestions", CUSTOMER, json={"subject": "zebra canary"}))
    said.append(await suite.ok("GET", "/api/v1/kb/articles", CUSTOMER, params={"q": "staff"}))
    posted = await suite.ok(
        "POST", f"/api/v1/tickets/{number}/messages", CUSTOMER, json={"kind": "reply", "body": "Hi"}
    )
    said.append(posted)
    assert not INSIDE & posted["ticket"].keys()
    text = json.dumps(said)
    for word in (SECRET_WORDS, SECRET_FIELD, "vip-only", "For staff", "critical", AGENT):
        assert word not in text, f"{word!r} is the desk's own"


@pytest.mark.hard("S-22")
async def test_the_portal_shows_a_customer_nothing_of_the_desks_own(scene: Scene) -> None:
    number = scene.ids["number"]
    async with scene.suite.browser() as browser:
        await browser.sign_in(CUSTOMER)
        pages = [
            await browser.open(path)
            for path in ("/requests", f"/requests/{number}", f"/help/search?q={SECRET_WORDS}")
        ]
        for page in pages:
            assert page.status_code == 200
            for word in (f"Between us: {SECRET_WORDS}", SECRET_FIELD, "vip-only", "For staff", AGENT):
                assert word not in page.text, f"{word!r} on {page.request.url}"
        for path in (
            f"/agent/tickets/{number}",
            "/agent",
            "/admin",
            "/admin/models",
            f"/agent/tickets/{number}/help",
        ):
            answer = await browser.open(path)
            assert answer.status_code in {403, 404}, path
        for path in (f"/attachments/{scene.ids['attachment_id']}", "/help/en/for-staff"):
            assert (await browser.open(path)).status_code == 404, path


@pytest.mark.hard("S-20")
async def test_the_portal_shows_nobody_a_foreign_request(scene: Scene) -> None:
    number = scene.ids["number"]
    async with scene.suite.browser() as browser:
        asked = await browser.open(f"/requests/{number}")
        assert (asked.status_code, asked.headers["location"]) == (303, f"/sign-in?next=/requests/{number}")
        await browser.open("/sign-in")
        opened = await scene.suite.core_session(STRANGER)
        browser.http.cookies.update(opened)
        for path in (f"/requests/{number}", "/requests/999999", f"/attachments/{scene.ids['attachment_id']}"):
            assert (await browser.open(path)).status_code == 404, path
        await browser.open("/requests/new")
        for path, form in (
            (f"/requests/{number}/messages", {"body": "Mine now"}),
            (f"/requests/{number}/closure", {}),
        ):
            assert (await browser.send(path, form)).status_code == 404, path


# -- mass assignment


@pytest.mark.hard("S-23")
@pytest.mark.parametrize("extra", [
    {"id": str(uuid7())}, {"number": 1}, {"created_at": "2001-01-01T00:00:00Z"}, {"requester_id": str(uuid7())},
    {"author_id": "x"}, {"role": "admin"}, {"is_admin": True}, {"tenant_id": 1}, {"version": 9}, {"set_by": {}},
    {"status": "closed"}, {"assignee": "me"}, {"triage": "decided"},
])  # fmt: skip
async def test_a_field_that_is_not_on_the_list_is_refused(suite: Suite, extra: dict[str, Any]) -> None:
    body = {"subject": "Hello", "body": "Hello", "requester": {"email": "who@example.test"}, **extra}
    before = await suite.counts()
    answer = await suite.call("POST", "/api/v1/tickets", AGENT, json=body)
    assert answer.status_code in {400, 422}, answer.text
    assert await suite.counts() == before


@pytest.mark.hard("S-23")
@pytest.mark.parametrize("extra", [
    {"priority": "critical"}, {"category": "age_limit"}, {"tags": ["vip"]}, {"team": "cards"}, {"type": "incident"},
    {"external_id": "x"}, {"requester": {"email": STRANGER}}, {"channel": "phone"},
])  # fmt: skip
async def test_a_customer_sets_nothing_that_is_the_desks(suite: Suite, extra: dict[str, Any]) -> None:
    before = await suite.counts()
    answer = await suite.call(
        "POST", "/api/v1/tickets", CUSTOMER, json={"subject": "Hi", "body": "Hi", **extra}
    )
    assert answer.status_code in {403, 422}, answer.text
    assert await suite.counts() == before


@pytest.mark.hard("S-23")
async def test_nobody_gives_themselves_rights(suite: Suite) -> None:
    for who, extra in ((CUSTOMER, {"roles": ["admin"]}), (AGENT, {"roles": ["admin"]}), (AGENT, {"scopes": ["admin"]}),
                       (CUSTOMER, {"email": ADMIN}), (CUSTOMER, {"kind": "staff"}), (LIGHT, {"epoch": 9})):  # fmt: skip
        answer = await suite.call("PATCH", "/api/v1/me", who, json={"locale": "en", **extra})
        assert answer.status_code in {400, 422}, answer.text
    me = await suite.ok("GET", "/api/v1/me", AGENT)
    assert me["roles"] == ["agent"]


@pytest.mark.hard("S-23")
async def test_a_customers_changes_of_a_ticket_are_solving_and_reopening(suite: Suite) -> None:
    ticket = await suite.ticket(CUSTOMER)
    path = f"/api/v1/tickets/{ticket['number']}"
    version = (await suite.decided(ticket["number"]))["version"]
    for changes in ({"priority": "critical"}, {"assignee": AGENT}, {"subject": "Other"}, {"fields": {"a": 1}},
                    {"resolution": "x"}, {"status": "closed"}, {"status": "cancelled"}, {"team": None}):  # fmt: skip
        answer = await suite.call("PATCH", path, CUSTOMER, json={"version": version, **changes})
        assert answer.status_code in {403, 409, 422}, f"{changes}: {answer.text}"
    for body in ({"kind": "note", "body": "x"}, {"kind": "reply", "body": "x", "status": "closed"}):
        assert (await suite.call("POST", f"{path}/messages", CUSTOMER, json=body)).status_code == 403
    assert (await suite.read(ticket["number"]))["version"] == version
    solved = await suite.ok("PATCH", path, CUSTOMER, json={"version": version, "status": "solved"})
    assert solved["status"] == "solved"


# -- filters and orders


@pytest.mark.hard("S-24")
@pytest.mark.parametrize("query", [
    {"password_hash": "a"}, {"assignee__password_hash": "a"}, {"requester.password": "a"}, {"sort": "password_hash"},
    {"sort": "requester__email"}, {"sort": "created;drop table ticket"}, {"sort": "(select 1)"}, {"sort": "priority:asc,id"},  # noqa: E501
    {"status": "open' or '1'='1"}, {"priority": "low)--"}, {"category": "x' union select 1--"}, {"type": "x"},
    {"channel": "email,x'"}, {"label": "new' --"}, {"triage": "*"}, {"team": "'; --"}, {"cursor": "bm9uc2Vuc2U"},
    {"cursor": "'"}, {"view": "no-such-view"}, {"limit": "many"},
])  # fmt: skip
async def test_a_filter_or_an_order_that_is_none_is_refused(suite: Suite, query: dict[str, str]) -> None:
    answer = await suite.call("GET", "/api/v1/tickets", AGENT, params=query)
    assert answer.status_code in {400, 404, 422}, answer.text[:400]
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert "sql" not in answer.text.lower()


@pytest.mark.hard("S-24")
@pytest.mark.parametrize("query", [
    {"q": "%"}, {"q": "_"}, {"q": "' or 1=1 --"}, {"q": "\\"}, {"assignee": "' or '1'='1"}, {"requester": "%@%"},
    {"tag": "' or 1=1 --"}, {"q": "a" * 5000}, {"q": "\x00"},
])  # fmt: skip
async def test_words_with_a_meaning_for_a_database_have_none(suite: Suite, query: dict[str, str]) -> None:
    await suite.ticket(CUSTOMER)
    answer = await suite.call("GET", "/api/v1/tickets", AGENT, params=query)
    assert answer.status_code in {200, 400, 422}, answer.text[:400]
    if answer.status_code == 200 and query != {"q": "\x00"}:
        assert answer.json()["items"] == [], "nothing has these words in it"


@pytest.mark.hard("S-24")
@pytest.mark.parametrize("query", [
    {"priority": "critical"}, {"tag": "fraud"}, {"category": "age_limit"}, {"team": "cards"}, {"assignee": "none"},
    {"triage": "decided"}, {"type": "question"}, {"sort": "priority"}, {"sort": "breach"}, {"view": "all"}, {"view": "mine"},  # noqa: E501
])  # fmt: skip
async def test_a_customer_cannot_ask_for_what_they_may_not_see(suite: Suite, query: dict[str, str]) -> None:
    """Else the answer to a filter would tell what the fields do not."""
    answer = await suite.call("GET", "/api/v1/tickets", CUSTOMER, params=query)
    assert answer.status_code in {403, 404}, answer.text[:300]


@pytest.mark.hard("S-22")
async def test_customers_words_do_not_find_notes(suite: Suite) -> None:
    ticket = await suite.ticket(CUSTOMER)
    note = {"kind": "note", "body": "quokka-secret"}
    await suite.ok("POST", f"/api/v1/tickets/{ticket['number']}/messages", AGENT, json=note)
    for query in ({"q": "quokka-secret"}, {"q": "demo.test"}):
        assert (await suite.ok("GET", "/api/v1/tickets", CUSTOMER, params=query))["items"] == []


# -- no 500 anywhere

HOSTILE: tuple[Any, ...] = (
    None, "", "\x00", "\ud800 half", "x" * 3000, -1, 2**70, True, [None], {"a": {"a": [{}]}}, "'; --", "2026-13-45T99:99:99Z",  # noqa: E501
)  # fmt: skip


@pytest.mark.hard("S-20", "S-46")
async def test_no_route_falls_over_whatever_it_is_given(start: Start) -> None:
    async with start() as suite:
        scene = await _scene(suite)
        document = (await suite.http.get("/api/docs/openapi.json")).json()
        fallen = []
        for name in access.POLICY:
            method, _, path = name.partition(" ")
            call = document["paths"][path][method.lower()]
            queries = [p["name"] for p in call.get("parameters", []) if p["in"] == "query"]
            takes = "{" in path or queries or name in access.BODIES
            await scene.sign_in()
            for value in HOSTILE if takes else HOSTILE[:1]:
                url = re.sub(r"{(\w+)}", lambda m: scene.ids.get(m[1], str(uuid7())), path)
                shown = str(value).encode("utf-8", "replace").decode()[:300]
                if "{" in path and isinstance(value, str | int):
                    url = re.sub(r"{(\w+)}", quote(shown, safe="") or "0", path)
                params = dict.fromkeys(queries, shown) if queries else None
                bodies = [{}] if name not in access.BODIES else _mutated(access.BODIES[name], value)
                for body in bodies:
                    content = json.dumps(body).encode() if name in access.BODIES else None
                    answer = await suite.http.request(
                        method, url, params=params, content=content,
                        headers={**scene.heads[access.ADMIN], "Content-Type": "application/json"},
                    )  # fmt: skip
                    if answer.status_code >= 500:
                        fallen.append(
                            f"{name} {url[:80]} {str(params)[:100]} {str(body)[:150]}: {answer.text[:200]}"
                        )
        assert not fallen, "\n".join(fallen[:20])


def _mutated(body: dict[str, Any], value: Any) -> list[Any]:
    """The body with each of its fields replaced, and replaced as a whole."""
    fields = body if value in HOSTILE[::2] else ()
    return [value, *({**body, key: value} for key in fields)]
