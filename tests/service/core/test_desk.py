"""The desk's own words and people: taxonomy, macros, teams, training examples, commands."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from services.common.db.tables import outbox
from services.core import cli
from services.core.client import CoreClient
from tests.service.core.conftest import SECRET, Desk

Headers = dict[str, str]


async def add(desk: Desk, headers: Headers, what: str, **body: Any) -> dict[str, Any]:
    answer = await desk.http.post(f"/api/v1/{what}", json=body, headers=headers)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def events(desk: Desk, prefix: str) -> list[dict[str, Any]]:
    query = sa.select(outbox.c.data).where(outbox.c.type.startswith(prefix)).order_by(outbox.c.id)
    return list(await desk.core.db.read(lambda conn: conn.execute(query).scalars().all()))


@pytest.mark.req(49, 50)
async def test_an_admin_grows_a_tree_of_categories_without_code(
    desk: Desk, admin: Headers, agent: Headers
) -> None:
    for key, parent in (("money", None), ("cards", "money"), ("lost", "cards")):
        await add(desk, admin, "categories", key=key, parent=parent, name={"en": key.title(), "es": key})
    tree = (await desk.http.get("/api/v1/categories", headers=agent)).json()
    assert [(one["key"], one["path"], one["leaf"]) for one in tree] == [
        ("money", ["money"], False), ("cards", ["money", "cards"], False), ("lost", ["money", "cards", "lost"], True)
    ]  # fmt: skip
    await desk.ticket(agent, category="lost")
    rolled_up = await desk.http.get("/api/v1/tickets", params={"category": "money"}, headers=agent)
    assert len(rolled_up.json()["items"]) == 1
    version = tree[0]["version"]
    circle = await desk.http.patch(
        "/api/v1/categories/money", json={"version": version, "parent": "lost"}, headers=admin
    )
    assert circle.status_code == 422
    versions = [event["version"] for event in await events(desk, "core.taxonomy.")]
    assert versions == [versions[0], versions[0] + 1, versions[0] + 2]


@pytest.mark.req(48, 49)
async def test_a_category_is_renamed_described_and_switched_off_but_its_key_stays(
    desk: Desk, admin: Headers, agent: Headers
) -> None:
    made = await add(desk, admin, "categories", key="cards", name={"en": "Cards"})
    changes = {
        "version": 1,
        "name": {"en": "Plastic", "es": "Plástico"},
        "definition": {"en": "All about cards."},
    }
    changed = await desk.http.patch("/api/v1/categories/cards", json=changes, headers=admin)
    assert (changed.json()["id"], changed.json()["key"], changed.json()["version"]) == (
        made["id"],
        "cards",
        2,
    )
    stale = await desk.http.patch("/api/v1/categories/cards", json=changes, headers=admin)
    assert (stale.status_code, stale.json()["version"]) == (409, 2)
    ticket = await desk.ticket(agent, category=made["id"])
    assert (ticket["category"], ticket["category_name"]["es"]) == ("cards", "Plástico")
    await desk.http.patch("/api/v1/categories/cards", json={"version": 2, "active": False}, headers=admin)
    refused = await desk.http.patch(
        f"/api/v1/tickets/{ticket['number']}", json={"version": 1, "category": "cards"}, headers=agent
    )
    assert refused.status_code == 422
    assert (await desk.http.get(f"/api/v1/tickets/{ticket['number']}", headers=agent)).json()[
        "category"
    ] == "cards"
    taken = await desk.http.post(
        "/api/v1/categories", json={"key": "cards", "name": {"en": "x"}}, headers=admin
    )
    assert (taken.status_code, taken.json()["code"]) == (409, "core.key_taken")


@pytest.mark.req(48)
async def test_what_a_priority_means_is_the_admins_to_say(desk: Desk, admin: Headers, agent: Headers) -> None:
    body = {"version": 1, "definition": {"en": "Money is leaving.", "es": "Se va el dinero."}}
    assert (await desk.http.patch("/api/v1/priorities/critical", json=body, headers=admin)).status_code == 200
    shown = (await desk.http.get("/api/v1/priorities", headers=agent)).json()
    assert [(p["key"], p["rank"]) for p in shown] == [("low", 1), ("normal", 2), ("high", 3), ("critical", 4)]
    assert shown[3]["definition"]["es"] == "Se va el dinero."


@pytest.mark.req(52)
async def test_tags_come_by_use_are_counted_and_retired(desk: Desk, admin: Headers, agent: Headers) -> None:
    for tags in (["fraud", "atm"], ["fraud"], []):
        await desk.ticket(agent, tags=tags)
    counts = {t["key"]: t["tickets"] for t in (await desk.http.get("/api/v1/tags", headers=agent)).json()}
    assert counts == {"fraud": 2, "atm": 1}
    assert (await desk.http.delete("/api/v1/tags/atm", headers=admin)).json()["active"] is False
    assert (await desk.http.delete("/api/v1/tags/nothing", headers=admin)).status_code == 404


@pytest.mark.req(18, 72)
async def test_macros_have_scopes_variables_and_languages(
    desk: Desk, admin: Headers, lead: Headers, agent: Headers
) -> None:
    body = {"en": "Hi {{ticket.requester.first_name|there}}, {{nothing}}#{{ticket.number}}. {{agent.first_name}}",
            "es": "Hola, {{ticket.requester.first_name|qué tal}}"}  # fmt: skip
    shared = await add(desk, admin, "macros", title={"en": "Greeting"}, body=body)
    own = await add(desk, agent, "macros", title={"en": "Mine"}, body={"en": "x"}, scope="personal")
    refused = await desk.http.post(
        "/api/v1/macros", json={"title": {"en": "x"}, "body": {"en": "x"}}, headers=agent
    )
    assert refused.status_code == 403
    await add(desk, admin, "teams", key="cards", name={"en": "Cards"})
    team = await add(desk, admin, "macros", title={"en": "T"}, body={"en": "x"}, scope="team", team="cards")
    usable = {m["key"] for m in (await desk.http.get("/api/v1/macros", headers=agent)).json()}
    assert usable == {shared["key"], own["key"]}
    assert team["key"] not in usable
    assert (
        await desk.http.get(f"/api/v1/macros/{own['id']}/rendering?ticket=1", headers=lead)
    ).status_code == 404
    ticket = await desk.ticket(agent)
    query = {"ticket": ticket["number"]}
    shown = await desk.http.get(f"/api/v1/macros/{shared['key']}/rendering", params=query, headers=agent)
    assert shown.json()["text"] == f"Hi Ana, #{ticket['number']}. Grace"
    spanish = await desk.ticket(agent, language="es", requester={"email": "x@example.com", "name": ""})
    query = {"ticket": spanish["number"]}
    shown = await desk.http.get(f"/api/v1/macros/{shared['key']}/rendering", params=query, headers=agent)
    assert (shown.json()["language"], shown.json()["text"]) == ("es", "Hola, x")
    assert shared["variables"] == [
        "agent.first_name",
        "nothing",
        "ticket.number",
        "ticket.requester.first_name",
    ]
    changed = await desk.http.patch(
        f"/api/v1/macros/{shared['id']}", json={"version": 1, "title": {"en": "Hello"}}, headers=admin
    )
    assert changed.json()["title"] == {"en": "Hello"}
    assert (await desk.http.delete(f"/api/v1/macros/{own['id']}", headers=agent)).status_code == 204


@pytest.mark.req(74)
async def test_the_use_of_a_macro_is_counted_with_the_reply(
    desk: Desk, admin: Headers, agent: Headers
) -> None:
    made = await add(desk, admin, "macros", title={"en": "Greeting"}, body={"en": "Hi"})
    number = (await desk.ticket(agent))["number"]
    for _ in range(2):
        body = {"kind": "reply", "body": "Hi", "macro": made["id"]}
        await desk.http.post(f"/api/v1/tickets/{number}/messages", json=body, headers=agent)
    assert (await desk.http.get("/api/v1/macros", headers=agent)).json()[0]["used"] == 2


@pytest.mark.req(126)
async def test_staff_teams_capacity_and_load(desk: Desk, admin: Headers) -> None:
    await add(desk, admin, "teams", key="cards", name={"en": "Cards", "es": "Tarjetas"})
    made = await add(
        desk, admin, "staff", email="Noa@desk.test", name="Noa", roles=["agent"], password="a long pass phrase",
        teams=["cards"], skills=["cards"], languages=["es"], capacity=3,
    )  # fmt: skip
    assert (made["email"], made["teams"], made["capacity"], made["load"]) == (
        "noa@desk.test",
        ["cards"],
        3,
        0,
    )
    ticket = await desk.ticket(admin)
    await desk.http.patch(
        f"/api/v1/tickets/{ticket['number']}", json={"version": 1, "assignee": made["id"]}, headers=admin
    )
    everyone = {s["name"]: s for s in (await desk.http.get("/api/v1/staff", headers=admin)).json()}
    assert everyone["Noa"]["load"] == 1
    teams = (await desk.http.get("/api/v1/teams", headers=admin)).json()
    assert [member["name"] for member in teams[0]["members"]] == ["Noa"]
    twice = {"email": "noa@desk.test", "name": "N", "roles": ["agent"]}
    assert (await desk.http.post("/api/v1/staff", json=twice, headers=admin)).status_code == 409
    weak = {"email": "z@desk.test", "name": "N", "roles": ["agent"], "password": "short"}
    assert (await desk.http.post("/api/v1/staff", json=weak, headers=admin)).status_code == 422
    assert len(await events(desk, "core.staff.")) >= 2


async def test_the_last_admin_cannot_leave(desk: Desk, admin: Headers) -> None:
    [ines] = (await desk.http.get("/api/v1/staff", headers=admin)).json()
    for change in ({"roles": ["agent"]}, {"active": False}):
        answer = await desk.http.patch(
            f"/api/v1/staff/{ines['id']}", json={"version": ines["version"]} | change, headers=admin
        )
        assert (answer.status_code, answer.json()["code"]) == (409, "core.last_admin")


async def test_an_identity_belongs_to_one_contact(desk: Desk, agent: Headers) -> None:
    ana = (await desk.ticket(agent))["requester"]["id"]
    await desk.ticket(agent, requester={"email": "bob@example.com", "name": "Bob"})
    body = {"version": 1, "add_identities": [{"kind": "email", "value": "Bob@Example.com"}]}
    answer = await desk.http.patch(f"/api/v1/contacts/{ana}", json=body, headers=agent)
    assert (answer.status_code, answer.json()["code"]) == (409, "core.identity_taken")
    body["add_identities"] = [{"kind": "email", "value": "ana@work.example"}]
    contact = (await desk.http.patch(f"/api/v1/contacts/{ana}", json=body, headers=agent)).json()
    assert {i["value"] for i in contact["identities"]} == {"ana@example.com", "ana@work.example"}
    again = await desk.ticket(agent, requester={"email": "ana@work.example", "name": "A."})
    assert again["requester"]["id"] == ana


async def test_closed_tickets_become_training_examples_in_pages(
    desk: Desk, admin: Headers, agent: Headers
) -> None:
    await add(desk, admin, "categories", key="cards", name={"en": "Cards"})
    numbers = []
    for place in range(5):
        ticket = await desk.ticket(agent, category="cards", tags=["atm"])
        numbers.append(ticket["number"])
        for kind, body in (("reply", "First answer"), ("note", "internal"), ("reply", f"The answer {place}")):
            message = {"kind": kind, "body": body}
            await desk.http.post(f"/api/v1/tickets/{ticket['number']}/messages", json=message, headers=agent)
        desk.clock.advance(timedelta(seconds=1))
        await desk.http.put(f"/api/v1/tickets/{ticket['number']}/closure", json={}, headers=agent)
    open_one = await desk.ticket(agent)
    client = CoreClient(InProcess(desk))  # type: ignore[arg-type]
    seen, after = [], None
    while True:
        page = await client.training_examples(after=after, limit=2)
        seen += page.items
        after = page.next_after
        if after is None:
            break
    assert [one.number for one in seen] == numbers
    assert open_one["number"] not in numbers
    first = seen[0]
    assert (first.category, first.tags, first.resolution) == ("cards", ["atm"], "The answer 0")
    assert first.set_by["category"] == "person"
    assert first.labelled_at["category"] <= first.closed_at
    text = await client.ticket_text(open_one["id"])
    assert [entry.text for entry in text.thread] == [open_one["description"]]
    assert (text.contact_ref, text.tier) == (first.contact_ref, "standard")


class InProcess:
    """A peer with a service's token and nothing between."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def get(self, path: str, type: Any, *, params: Any = None, token: str | None = None) -> Any:
        import msgspec

        answer = await self._desk.http.get(path, params=params, headers=self._desk.as_service())
        assert answer.status_code == 200, answer.text
        return msgspec.json.decode(answer.content, type=type)


@pytest.mark.req(146)
async def test_a_ticket_is_worked_on_while_triage_is_away(desk: Desk, agent: Headers) -> None:
    number = (await desk.ticket(agent))["number"]
    for path in ("triage", "recommendations"):
        answer = await desk.http.get(f"/api/v1/tickets/{number}/{path}", headers=agent)
        assert (answer.status_code, answer.json()["code"]) == (503, "core.triage_unavailable")
        assert answer.headers["Retry-After"]
    reply = {"kind": "reply", "body": "Hello"}
    assert (
        await desk.http.post(f"/api/v1/tickets/{number}/messages", json=reply, headers=agent)
    ).status_code == 201


async def test_every_public_route_is_in_the_api_description(desk: Desk) -> None:
    described = (await desk.http.get("/api/docs/openapi.json")).json()["paths"]
    routed = {
        route.path_format
        for route in desk.service.app.routes
        if route.path.startswith("/api/v1") and getattr(route, "methods", None)
    }
    assert routed <= set(described) | {""}
    for path, operations in described.items():
        assert not path.startswith("/internal")
        for method, operation in operations.items():
            assert operation.get("summary") or operation.get("description"), (method, path)


@pytest.mark.parametrize("role", ["customer", "agent"])
def test_people_and_tokens_are_made_on_the_command_line(
    role: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRIAJE_DATA", str(tmp_path))
    monkeypatch.setenv("TRIAJE_SECRET", SECRET)
    runner = CliRunner()
    made = runner.invoke(cli.user, ["add", "new@desk.test", "--role", role, "--json"])
    assert made.exit_code == 0, made.output
    assert set(json.loads(made.output)) == {"id", "email", "role", "password"}
    again = runner.invoke(
        cli.user, ["add", "new@desk.test", "--role", role, "--password", "a good long one 1"]
    )
    assert again.output.strip() == f"new@desk.test is {role} now."
    wrong = runner.invoke(cli.user, ["add", "nonsense", "--role", role])
    assert (wrong.exit_code, wrong.output.strip()) == (1, "Error: nonsense is no e-mail address")
    assert runner.invoke(cli.user, ["add", "x@desk.test", "--role", "king"]).exit_code == 2
    token = runner.invoke(cli.token, ["add", "CRM", "--scope", "tickets:read", "--scope", "kb:read"])
    assert token.output.strip().splitlines()[-1].startswith("trj_")
    assert runner.invoke(cli.token, ["add", "CRM", "--scope", "root"]).exit_code == 2
