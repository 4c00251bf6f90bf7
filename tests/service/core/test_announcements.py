"""What is known or planned is told to whom it concerns, before the date, by mail once, and never to who wants none."""

import re
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from services.core.announcements import audience, mailing
from services.core.announcements.mailing import mail_slice
from services.core.models import outgoing_mail
from tests.service.core.conftest import Desk

Headers = dict[str, str]
NOTICE = {"title": {"en": "Cards are slow", "es": "Las tarjetas van lentas"}, "body": {"en": "We are on it."},
          "severity": "caution"}  # fmt: skip


async def told(desk: Desk, lead: Headers, **values: Any) -> dict[str, Any]:
    given = NOTICE | {"starts_at": desk.clock.now().isoformat()} | values
    answer = await desk.http.post("/api/v1/announcements", json=given, headers=lead)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def seen(desk: Desk, headers: Headers) -> list[str]:
    found = await desk.http.get("/api/v1/announcements/current", headers=headers)
    return [one["title"]["en"] for one in found.json()]


async def worked_off(desk: Desk) -> None:
    assert desk.service.runner is not None
    while await desk.service.runner.run_next("mail"):
        pass


async def mails(desk: Desk) -> list[Any]:
    query = outgoing_mail.select().where(outgoing_mail.c.kind == "announcement").order_by(outgoing_mail.c.id)
    return list(await desk.core.db.read(lambda conn: conn.execute(query).all()))


@pytest.mark.req(65)
async def test_customers_of_a_tag_are_told_and_mailed_before_the_date_and_nobody_else(
    desk: Desk, agent: Headers, lead: Headers, admin: Headers, customer: Headers
) -> None:
    await desk.http.post("/api/v1/tags", json={"key": "terminal"}, headers=admin)
    await desk.ticket(agent, tags=["terminal"])
    await desk.ticket(agent, requester={"email": "bob@example.com", "name": "Bob"})
    bob = await desk.person("bob@example.com", "customer")
    day = desk.clock.now() + timedelta(days=5)
    made = await told(
        desk, lead, title={"en": "New terminals"}, audience="tag", audience_value="terminal", mail=True,
        happens_at=day.isoformat(),
    )  # fmt: skip
    assert made["reach"] == 1
    assert (await seen(desk, customer), await seen(desk, bob)) == (["New terminals"], [])
    assert await seen(desk, desk.as_service("portal")) == [], "a visitor is nobody's customer"
    await worked_off(desk)
    [sent] = await mails(desk)
    assert (sent.recipient, sent.subject) == ("ana@example.com", "New terminals")
    assert sent.created_at < day
    assert "/notices/mail/" in sent.text
    changed = await desk.http.put(
        f"/api/v1/announcements/{made['id']}",
        json=NOTICE | {"starts_at": made["starts_at"], "audience": "tag", "audience_value": "terminal",
                       "mail": True, "version": 1},
        headers=lead,
    )  # fmt: skip
    assert changed.json()["mailed"] == 1
    await worked_off(desk)
    assert len(await mails(desk)) == 1, "a change mails nobody twice"


@pytest.mark.req(65)
async def test_each_audience_is_who_it_says(
    desk: Desk, agent: Headers, lead: Headers, admin: Headers
) -> None:
    await desk.http.post("/api/v1/categories", json={"key": "cards", "name": {"en": "Cards"}}, headers=admin)
    problem = (await desk.ticket(agent, requester={"email": "pat@example.com"}, type="problem"))["number"]
    people = {name: f"{name}@example.com" for name in ("category", "problem", "organization", "nobody")}
    numbers = {
        name: (
            await desk.ticket(
                agent, requester={"email": email}, **({"category": "cards"} if name == "category" else {})
            )
        )["number"]
        for name, email in people.items()
    }
    linked = await desk.http.post(
        f"/api/v1/tickets/{numbers['problem']}/links",
        json={"to": problem, "kind": "incident_of"},
        headers=agent,
    )
    assert linked.status_code in {200, 201}, linked.text
    contact = (await desk.http.get(f"/api/v1/tickets/{numbers['organization']}", headers=agent)).json()[
        "requester"
    ]["id"]
    moved = await desk.http.patch(
        f"/api/v1/contacts/{contact}", json={"version": 1, "organization": "Faro SL"}, headers=agent
    )
    assert moved.status_code == 200, moved.text
    for kind, value in (("category", "cards"), ("problem", str(problem)), ("organization", "Faro SL")):
        await told(desk, lead, title={"en": kind}, audience=kind, audience_value=value)
    for name, email in people.items():
        who = await desk.person(email, "customer")
        assert await seen(desk, who) == ([name] if name != "nobody" else []), name


@pytest.mark.req(65)
async def test_who_wants_no_such_mail_gets_none_until_they_say_otherwise(
    desk: Desk, agent: Headers, lead: Headers, admin: Headers
) -> None:
    portal = desk.as_service("portal")
    await desk.http.post("/api/v1/tags", json={"key": "terminal"}, headers=admin)
    await desk.ticket(agent, tags=["terminal"])
    target = {"audience": "tag", "audience_value": "terminal", "mail": True}
    await told(desk, lead, **target)
    await worked_off(desk)
    link = re.search(r"/notices/mail/(\S+)", (await mails(desk))[0].text)
    assert link
    path = f"/api/v1/announcement-wishes/{link[1]}"
    assert (await desk.http.get(path, headers=portal)).json() == {"wanted": True}
    assert (
        await desk.http.get(f"{path[:-1]}{'a' if path[-1] != 'a' else 'b'}", headers=portal)
    ).status_code == 404
    await desk.http.put(path, json={"wanted": False}, headers=portal)
    second = await told(desk, lead, **target)
    assert second["reach"] == 0
    await worked_off(desk)
    assert len(await mails(desk)) == 1
    await desk.http.put(path, json={"wanted": True}, headers=portal)
    await told(desk, lead, **target)
    await worked_off(desk)
    assert len(await mails(desk)) == 2


@pytest.mark.req(65)
async def test_mail_is_bounded_for_an_announcement_and_for_a_person(
    desk: Desk, agent: Headers, lead: Headers, admin: Headers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mailing, "MOST", 3)
    monkeypatch.setattr(mailing, "SLICE", 2)
    await desk.http.post("/api/v1/tags", json={"key": "terminal"}, headers=admin)
    for n in range(5):
        await desk.ticket(agent, requester={"email": f"c{n}@example.com"}, tags=["terminal"])
    target = {"audience": "tag", "audience_value": "terminal", "mail": True}
    assert (await told(desk, lead, **target))["reach"] == 3
    await worked_off(desk)
    assert len({m.recipient for m in await mails(desk)}) == len(await mails(desk)) == 3
    for _ in range(audience.A_DAY + 1):
        await told(desk, lead, **target)
    await worked_off(desk)
    counted: dict[str, int] = {}
    for one in await mails(desk):
        counted[one.recipient] = counted.get(one.recipient, 0) + 1
    assert max(counted.values()) == audience.A_DAY


@pytest.mark.req(65)
async def test_it_is_shown_and_mailed_from_its_start_until_its_end(
    desk: Desk, agent: Headers, lead: Headers, admin: Headers
) -> None:
    await desk.http.post("/api/v1/tags", json={"key": "terminal"}, headers=admin)
    await desk.ticket(agent, tags=["terminal"])
    start, end = desk.clock.now() + timedelta(hours=2), desk.clock.now() + timedelta(hours=4)
    target = {"audience": "tag", "audience_value": "terminal", "mail": True}
    made = await told(desk, lead, starts_at=start.isoformat(), ends_at=end.isoformat(), **target)
    portal = desk.as_service("portal")
    await told(desk, lead, starts_at=start.isoformat(), ends_at=end.isoformat())
    assert await seen(desk, portal) == []
    await worked_off(desk)
    assert await mails(desk) == []
    desk.clock.advance(timedelta(hours=3))
    assert await seen(desk, desk.as_service("portal")) == ["Cards are slow"]
    await worked_off(desk)
    assert len(await mails(desk)) == 1
    desk.clock.advance(timedelta(hours=2))
    assert await seen(desk, desk.as_service("portal")) == []
    late = await desk.core.db.write(lambda conn: mail_slice(conn, desk.core, UUID(made["id"])))
    assert late == 0, "what is over is mailed to nobody"


@pytest.mark.req(36)
async def test_this_affects_me_counts_a_person_once_and_makes_them_part_of_the_problem(
    desk: Desk, agent: Headers, lead: Headers, customer: Headers
) -> None:
    problem = (await desk.ticket(agent, requester={"email": "pat@example.com"}))["number"]
    made, plain = await told(desk, lead, problem=problem), await told(desk, lead)
    path = f"/api/v1/announcements/{made['id']}/affected"
    for headers, body in ((customer, {}), (customer, {}), (desk.as_service("portal"), {"visitor": "b1"}),
                          (desk.as_service("portal"), {"visitor": "b1"})):  # fmt: skip
        assert (await desk.http.post(path, json=body, headers=headers)).status_code == 204
    assert (await desk.http.post(path, json={}, headers=agent)).status_code == 403
    other = await desk.http.post(f"/api/v1/announcements/{plain['id']}/affected", json={}, headers=customer)
    assert other.status_code == 404, "a notice without a problem is not about anybody"
    assert (await desk.http.get(f"/api/v1/announcements/{made['id']}", headers=agent)).json()["affected"] == 2
    news = await told(
        desk, lead, title={"en": "Solved"}, audience="problem", audience_value=str(problem), mail=True
    )
    assert "Solved" in await seen(desk, customer)
    assert news["reach"] == 1


async def test_what_cannot_be_is_refused_with_the_field_and_leads_alone_speak(
    desk: Desk, agent: Headers, lead: Headers
) -> None:
    now = desk.clock.now()
    given = NOTICE | {"starts_at": now.isoformat()}
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"title": {}}, "title"),
        ({"ends_at": (now - timedelta(hours=1)).isoformat()}, "ends_at"),
        ({"happens_at": (now - timedelta(hours=1)).isoformat()}, "happens_at"),
        ({"audience": "tag", "audience_value": "nope"}, "audience_value"),
        ({"audience": "problem", "audience_value": "x"}, "audience_value"),
        ({"problem": 424242}, "problem"),
        ({"mail": True}, "mail"),
    ]
    for values, name in wrong:
        answer = await desk.http.post("/api/v1/announcements", json=given | values, headers=lead)
        assert answer.status_code == 422, values
        assert name in [e["field"] for e in answer.json()["errors"]], answer.text
    assert (await desk.http.post("/api/v1/announcements", json=given, headers=agent)).status_code == 403
    made = await told(desk, lead)
    path = f"/api/v1/announcements/{made['id']}"
    assert (await desk.http.put(path, json=given | {"version": 1}, headers=lead)).json()["version"] == 2
    assert (await desk.http.put(path, json=given | {"version": 1}, headers=lead)).status_code == 409
    assert (await desk.http.delete(path, headers=lead)).status_code == 204
    assert (await desk.http.get(path, headers=agent)).status_code == 404
