"""Around a conversation: drafts, who is there, followers, mentions, handing over with a reason."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from services.common.db.tables import outbox
from services.core.people import staff
from tests.service.core.conftest import Desk
from tests.service.core.test_together import call, refused, say

Headers = dict[str, str]


@pytest.mark.req(80)
@pytest.mark.hard("S-20")
async def test_a_draft_is_kept_for_its_writer_alone_until_it_is_sent(
    desk: Desk, agent: Headers, lead: Headers, customer: Headers
) -> None:
    ticket = await desk.ticket(agent)
    path = f"/tickets/{ticket['number']}/draft"
    for body in ("Half", "Half a thought"):
        await call(desk, "PUT", path, agent, {"kind": "note", "body": body})
    kept = await call(desk, "GET", path, agent)
    assert (kept["kind"], kept["body"]) == ("note", "Half a thought")
    assert (await call(desk, "GET", path, lead))["body"] == ""
    assert (await refused(desk, "GET", path, customer))[0] == 403
    await say(desk, ticket["number"], lead, "something else", "note")
    assert (await call(desk, "GET", path, agent))["body"] == "Half a thought"
    await say(desk, ticket["number"], agent, "Half a thought", "note")
    assert (await call(desk, "GET", path, agent))["body"] == ""


@pytest.mark.req(38)
async def test_each_sees_who_else_looks_and_writes_and_leaves(
    desk: Desk, agent: Headers, lead: Headers
) -> None:
    number = (await desk.ticket(agent))["number"]
    path = f"/tickets/{number}/presence"
    first = await call(desk, "PUT", path, agent, {"state": "looking"})
    assert (first["looking"], first["changed"]) == ([], True)
    assert (await call(desk, "PUT", path, agent, {"state": "looking"}))["changed"] is False
    seen = await call(desk, "PUT", path, lead, {"state": "writing"})
    assert ([p["name"] for p in seen["looking"]], seen["writing"]) == (["Grace Oduya"], [])
    assert [p["name"] for p in (await call(desk, "GET", path, agent))["writing"]] == ["Marcus Hale"]
    assert (await call(desk, "PUT", path, lead, {"state": "gone"}))["changed"] is True
    assert (await call(desk, "GET", path, agent))["writing"] == []
    await call(desk, "PUT", path, lead, {"state": "looking"})
    desk.clock.advance(timedelta(seconds=46))
    assert (await call(desk, "GET", path, agent))["looking"] == [], "who says nothing any more is not there"


@pytest.mark.req(102, 104)
async def test_who_is_mentioned_in_a_note_is_told_and_can_open_the_ticket(
    desk: Desk, agent: Headers, lead: Headers, light: Headers
) -> None:
    number = (await desk.ticket(agent))["number"]
    assert (await refused(desk, "GET", f"/tickets/{number}", light))[0] == 404
    await say(desk, number, agent, "@Lars Berg, is this your release? cc @marcus", "note")
    seen = await call(desk, "GET", f"/tickets/{number}", light)
    assert [one["name"] for one in seen["followers"]] == ["Marcus Hale"]
    query = sa.select(outbox.c.data).where(outbox.c.type == "core.mention.made.v1")
    told = await desk.core.db.read(lambda conn: conn.execute(query).scalars().all())
    assert len(told) == 2
    await say(desk, number, agent, "Dear @Lars Berg", "reply")
    told = await desk.core.db.read(lambda conn: conn.execute(query).scalars().all())
    assert len(told) == 2, "a public reply mentions nobody"


@pytest.mark.req(40)
async def test_a_ticket_is_followed_and_left_and_the_timeline_says_so(
    desk: Desk, agent: Headers, lead: Headers, light: Headers
) -> None:
    number = (await desk.ticket(agent))["number"]
    path = f"/tickets/{number}/followers"
    assert [p["name"] for p in await call(desk, "POST", path, agent, {})] == ["Grace Oduya"]
    both = await call(desk, "POST", path, agent, {"staff": "lead@desk.test"})
    assert [p["name"] for p in both] == ["Grace Oduya", "Marcus Hale"]
    assert (await refused(desk, "POST", path, light, {}))[0] == 404
    assert (await refused(desk, "POST", path, agent, {"staff": "nobody@desk.test"}))[0] == 422
    left = await call(desk, "DELETE", f"{path}/{both[0]['id']}", agent)
    assert [p["name"] for p in left] == ["Marcus Hale"]
    page = await call(desk, "GET", f"/tickets/{number}/messages", agent)
    assert [e["kind"] for e in page["items"] if e["entry"] == "event"] == [
        "created", "followed", "followed", "unfollowed"
    ]  # fmt: skip


@pytest.mark.req(106)
async def test_several_teams_and_departments_work_in_one_history(
    desk: Desk, agent: Headers, lead: Headers, admin: Headers, light: Headers
) -> None:
    people = {one.email: str(one.id) for one in await desk.core.db.read(staff.everyone)}
    for key, who in (("cards", "agent@desk.test"), ("loans", "lead@desk.test")):
        body = {"key": key, "name": {"en": key}, "members": [people[who]]}
        await call(desk, "POST", "/teams", admin, body)
    ticket = await desk.ticket(agent, team="cards")
    path = f"/tickets/{ticket['number']}"
    await call(desk, "POST", f"{path}/messages", agent, {"kind": "note", "body": "From cards."})
    await call(desk, "POST", f"{path}/shares", agent, {"staff": "light@desk.test"})
    version = (await call(desk, "GET", path, agent))["version"]
    moved = {"version": version, "team": "loans", "reason": "It is about a loan"}
    await call(desk, "PATCH", path, agent, moved)
    for who, text in ((lead, "From loans."), (light, "From the lawyers.")):
        await call(desk, "POST", f"{path}/messages", who, {"kind": "note", "body": text})
    histories = [await call(desk, "GET", f"{path}/messages", who) for who in (agent, lead, light)]
    said = [[e["body_text"] for e in one["items"] if e["kind"] == "note"] for one in histories]
    assert said == [["From cards.", "From loans.", "From the lawyers."]] * 3
    told = [(c["field"], c["old"], c["new"]) for e in histories[0]["items"] for c in e.get("changes") or ()]
    assert ("team", "cards", "loans") in told
    assert ("shared_with", None, "Lars Berg") in told


@pytest.mark.req(40, 41)
async def test_handing_over_says_why_and_who_had_it(desk: Desk, agent: Headers, lead: Headers) -> None:
    ticket = await desk.ticket(agent)
    path = f"/tickets/{ticket['number']}"
    ticket = await call(desk, "PATCH", path, agent, {"version": 1, "assignee": "me"})
    changes: dict[str, Any] = {"version": 2, "assignee": "lead@desk.test", "reason": "Needs a refund\nlimit"}
    await call(desk, "PATCH", path, agent, changes)
    page = await call(desk, "GET", f"{path}/messages", agent)
    last = page["items"][-1]["changes"]
    assert [(c["field"], c["new"]) for c in last if c["field"] == "reason"] == [
        ("reason", "Needs a refund limit")
    ]
    assert last[0]["old"] == ticket["assignee"]["id"]
