"""Around the conversation, as the page does it: kept text, who is there, following, reasons, macros that act."""

import pytest

from services.core import contract as c
from tests.service.portal.rig import Rig

HTMX = {"HX-Request": "true"}


async def test_text_kept_at_the_desk_stands_in_the_composer_again(agent: Rig) -> None:
    answer = await agent.post("/agent/tickets/1042/draft", {"kind": "note", "body": "Half a thought"})
    assert answer.status_code == 204
    page = (await agent.http.get("/agent/tickets/1042")).text
    assert ">Half a thought</textarea>" in page
    assert 'value="note" checked' in page


@pytest.mark.req(38)
async def test_who_else_is_there_is_shown_and_others_are_told(agent: Rig) -> None:
    someone = c.StaffRef(id=agent.core.tickets[1042].id, name="Marta Gil")
    agent.core.here = c.Presence(looking=[], writing=[someone], changed=True)
    before = agent.live.last_id
    page = await agent.post("/agent/tickets/1042/presence", {"state": "looking"}, headers=HTMX)
    assert "Marta Gil is writing" in page.text
    assert agent.live.last_id != before
    assert agent.core.acts == [("here", 1042, "looking")]


async def test_a_ticket_is_followed_and_left(agent: Rig) -> None:
    await agent.post("/agent/tickets/1042/followers", {"do": "follow"})
    await agent.post("/agent/tickets/1042/followers", {"do": "leave"})
    assert [act[0] for act in agent.core.acts] == ["follow", "unfollow"]


@pytest.mark.req(104)
async def test_a_ticket_is_shared_with_another_department_and_no_longer(agent: Rig) -> None:
    agent.core.tickets[1042].shared_with = []
    page = (await agent.http.get("/agent/tickets/1042")).text
    assert "Share with another department" in page
    lars = page.split('id="share-with"', 1)[1].split('<option value="', 2)[2].split('"', 1)[0]
    await agent.post("/agent/tickets/1042/shares", {"staff": lars})
    page = (await agent.http.get("/agent/tickets/1042")).text
    assert "No longer share with Lars Berg" in page
    await agent.post("/agent/tickets/1042/shares", {"staff": lars, "do": "end"})
    assert agent.core.tickets[1042].shared_with == []


@pytest.mark.req(72)
async def test_a_macro_sets_what_it_sets_with_the_reply_and_without_text(agent: Rig) -> None:
    macro = "00000000-0000-0000-0000-000000000009"
    agent.core.macro_acts = {"priority": "critical", "tags": ["vip"], "status": "solved"}
    form = {"kind": "reply", "body": "Solved", "macro": macro, "version": "1"}
    await agent.post("/agent/tickets/1042/messages", form, headers=HTMX)
    assert agent.core.posted[0][1].status == "solved"
    assert agent.core.tickets[1042].priority == "critical"
    assert "vip" in (agent.core.tickets[1042].tags or [])
    await agent.post("/agent/tickets/1040/macros", {"macro": macro}, headers=HTMX)
    assert agent.core.tickets[1040].priority == "critical"


@pytest.mark.req(42)
async def test_the_way_from_a_note_to_a_reply_is_guarded(agent: Rig) -> None:
    page = (await agent.http.get("/agent/tickets/1042")).text
    assert "This was written as a private note" in page
    assert "The reply leaves in a moment." in page
