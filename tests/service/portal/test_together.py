"""Merging, splitting, linking and acting on many, as the pages do it."""

from datetime import UTC, datetime

import pytest

from services.core import contract as c
from tests.service.portal.rig import Rig

HTMX = {"HX-Request": "true"}
AT = datetime(2026, 11, 20, tzinfo=UTC)


@pytest.mark.req(37)
async def test_a_likely_duplicate_is_offered_and_merged_or_put_aside(agent: Rig) -> None:
    hint = c.DuplicateHint(number=1040, subject="Card twice", score=0.96, at=AT)
    agent.core.kept_relations[1042] = c.Relations(links=[], merged=[], duplicates=[hint])
    page = (await agent.http.get("/agent/tickets/1042")).text
    assert "Perhaps the same request" in page
    assert "#1040 Card twice" in page
    agent.core.tickets[1040].requester = agent.core.tickets[1042].requester
    answer = await agent.post("/agent/tickets/1042/together", {"do": "merge", "to": "1040"})
    assert answer.headers["location"].startswith("/agent/tickets/1040")
    await agent.post("/agent/tickets/1042/together", {"do": "dismiss", "to": "1040"})
    assert agent.core.acts == [("merge", 1042, 1040), ("dismiss", 1042, 1040)]


@pytest.mark.req(36)
async def test_links_are_made_shown_and_answered_together(agent: Rig) -> None:
    await agent.post("/agent/tickets/1042/together", {"do": "incident_of", "to": "#1040"}, headers=HTMX)
    assert agent.core.acts == [("incident_of", 1042, 1040)]
    link = c.Link(kind="problem_of", number=1040, subject="App", status="open", status_category="open")
    agent.core.kept_relations[1042] = c.Relations(links=[link], merged=[], duplicates=[])
    page = (await agent.http.get("/agent/tickets/1042")).text
    assert "problem behind" in page
    assert "Answer the 1 incident at once" in page
    await agent.post("/agent/tickets/1042/incident-replies", {"en": "It works", "es": ""})
    assert agent.core.acts[-1] == ("incidents", 1042, {"en": "It works"})


async def test_what_cannot_be_done_with_two_tickets_is_said_and_the_page_stays(agent: Rig) -> None:
    agent.core.tickets[1040].requester = c.ContactRef(id=agent.core.tickets[1040].id, name="Other")
    page = await agent.post("/agent/tickets/1042/together", {"do": "merge", "to": "1040"}, headers=HTMX)
    assert page.status_code == 200
    assert "different customers" in page.headers["HX-Trigger"]


@pytest.mark.req(80)
async def test_the_selected_tickets_are_changed_and_the_way_back_stands_there(agent: Rig) -> None:
    form = {"numbers": ["1042", "1040"], "act": "priority=high"}
    page = await agent.post("/agent/batch", form, headers=HTMX)
    assert "2 tickets changed" in page.text
    assert "1 left as it was" in page.text
    assert page.headers["HX-Trigger"] == "desk:tickets"
    assert "data-undo" in page.text
    undone = await agent.post(
        "/agent/batches/undo", {"batch": str(agent.core._batch("done").id)}, headers=HTMX
    )
    assert "Taken back. 1 was changed since and stays." in undone.text
    assert [act[0] for act in agent.core.acts] == ["batch", "undo"]
    assert agent.core.acts[0][2].priority == "high"


async def test_nothing_selected_changes_nothing(agent: Rig) -> None:
    await agent.post("/agent/batch", {"act": "priority=high"}, headers=HTMX)
    await agent.post("/agent/batch", {"numbers": "1042", "act": ""}, headers=HTMX)
    assert agent.core.acts == []


async def test_a_merged_tickets_page_leads_to_the_one_that_goes_on(agent: Rig, customer: Rig) -> None:
    agent.core.tickets[1040].merged_into = 1042
    await agent.sign_in("luis@example.org")
    assert (await agent.http.get("/agent/tickets/1040")).headers["location"].startswith("/agent/tickets/1042")
