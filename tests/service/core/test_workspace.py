"""The workspace's ticket: one reading that says what its parts say, and to nobody more than they do."""

import pytest

from tests.service.core.conftest import Desk
from tests.service.core.test_together import call, refused, say

Headers = dict[str, str]


@pytest.mark.req(16, 30, 77)
async def test_one_reading_says_what_the_parts_say(desk: Desk, agent: Headers) -> None:
    first, other = await desk.ticket(agent, body="First words"), await desk.ticket(agent)
    number = first["number"]
    await say(desk, number, agent, "We look into it.")
    await say(desk, number, agent, "Ask the bank.", "note")
    await call(desk, "PUT", f"/tickets/{number}/draft", agent, {"kind": "note", "body": "half a sentence"})
    await call(desk, "POST", f"/tickets/{number}/links", agent, {"kind": "parent_of", "to": other["number"]})
    await call(desk, "POST", f"/tickets/{other['number']}/links", agent, {"kind": "related", "to": number})
    found = await call(desk, "GET", f"/tickets/{number}/workspace", agent)
    contact = first["requester"]["id"]
    assert found["ticket"] == await call(desk, "GET", f"/tickets/{number}", agent)
    assert found["timeline"] == await call(desk, "GET", f"/tickets/{number}/messages?limit=100", agent)
    assert found["draft"] == await call(desk, "GET", f"/tickets/{number}/draft", agent)
    assert found["draft"]["body"] == "half a sentence"
    assert found["relations"] == await call(desk, "GET", f"/tickets/{number}/relations", agent)
    assert [(one["kind"], one["number"]) for one in found["relations"]["links"]] == [
        ("parent_of", other["number"]),
        ("related", other["number"]),
    ]
    assert found["customer"] == await call(desk, "GET", f"/contacts/{contact}/overview", agent)


@pytest.mark.req(30)
async def test_of_a_long_conversation_it_holds_the_newest_part(desk: Desk, agent: Headers) -> None:
    number = (await desk.ticket(agent, body="First words"))["number"]
    for place in range(100):
        await say(desk, number, agent, f"note {place}", "note")
    found = (await call(desk, "GET", f"/tickets/{number}/workspace", agent))["timeline"]
    assert found["items"][-1]["body_text"] == "note 99"
    assert "First words" not in {one["body_text"] for one in found["items"]}
    await say(desk, number, agent, "note 100", "note")
    path = f"/tickets/{number}/workspace?since={found['next_cursor']}"
    live = (await call(desk, "GET", path, agent))[
        "timeline"
    ]  # a page that is open loses nothing at its beginning
    assert [one["id"] for one in live["items"][:-1]] == [one["id"] for one in found["items"]]
    assert (live["items"][-1]["body_text"], live["next_cursor"]) == ("note 100", found["next_cursor"])
    query = f"newest=true&limit=100&cursor={found['next_cursor']}"
    assert (await refused(desk, "GET", f"/tickets/{number}/workspace?since=WyJ4Il0", agent))[0] == 400
    before = await call(desk, "GET", f"/tickets/{number}/messages?{query}", agent)
    assert [one["body_text"] for one in before["items"] if one["entry"] == "message"] == ["First words"]
    assert before["next_cursor"] is None


@pytest.mark.req(60)
async def test_nobody_sees_more_by_it(desk: Desk, agent: Headers, light: Headers, customer: Headers) -> None:
    number = (await desk.ticket(agent))["number"]
    path = f"/tickets/{number}/workspace"
    assert (await refused(desk, "GET", path, customer))[0] == 403
    assert (await refused(desk, "GET", path, light))[0] == 404
    await call(desk, "POST", f"/tickets/{number}/shares", agent, {"staff": "light@desk.test"})
    found = await call(desk, "GET", path, light)
    assert (found["relations"], found["customer"]) == (None, None)
    reader = await desk.api_token("tickets:read")
    read = await call(desk, "GET", path, reader)
    assert (read["relations"], read["draft"]["body"]) == (None, "")
    assert read["customer"]["contact"]["email"] == "ana@example.com"
