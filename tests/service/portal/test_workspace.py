"""What agents and admins do."""

import html
import json
import re
from uuid import UUID

import msgspec
import pytest

from services.triage import contract as t
from tests.service.portal.rig import Rig

HTMX = {"HX-Request": "true"}


async def post_htmx(rig: Rig, path: str, data: dict[str, str]) -> str:
    answer = await rig.post(path, data, headers=HTMX)
    assert answer.status_code == 200, answer.text
    return answer.text


@pytest.mark.req(9)
@pytest.mark.parametrize(
    "path", ["/agent", "/agent/tickets/1042", "/admin", "/admin/models", "/admin/articles", "/agent/queue"]
)
async def test_customers_find_no_workspace(customer: Rig, path: str) -> None:
    assert (await customer.http.get(path)).status_code == 404


@pytest.mark.parametrize(
    "path", ["/admin/models", "/admin/people", "/admin/categories", "/admin/dead-letters"]
)
async def test_agents_do_not_administer(agent: Rig, path: str) -> None:
    assert (await agent.http.get(path)).status_code == 403


@pytest.mark.req(1, 58)
async def test_the_queue_has_views_with_counts_and_the_tickets_of_one(agent: Rig) -> None:
    page = (await agent.http.get("/agent?view=team")).text
    assert "31" in page
    assert "Cobro duplicado" in page


@pytest.mark.req(30, 42)
async def test_an_agent_sees_notes_apart_from_replies(agent: Rig) -> None:
    page = (await agent.http.get("/agent/tickets/1042")).text
    assert '<article class="note"' in page
    assert "Internal note" in page


@pytest.mark.req(47)
async def test_a_value_that_the_model_set_carries_its_mark_and_probability(agent: Rig) -> None:
    page = (await agent.http.get("/agent/tickets/1042")).text
    assert "set by Triaje" in page
    assert "94\u202f%" in page
    assert "very likely" in page
    assert "dos veces" in page


@pytest.mark.req(47)
async def test_when_the_model_abstains_the_page_says_so_and_offers_three_labels(agent: Rig) -> None:
    page = (await agent.http.get("/agent/tickets/1040?view=triage")).text
    assert "Triaje is not sure what this is about" in page
    assert [f'data-pick="{n}"' in page for n in (1, 2, 3)] == [True, True, True]


@pytest.mark.req(47)
async def test_taking_a_label_sets_it_and_tells_triage(agent: Rig) -> None:
    form = {
        "task": "category",
        "value": "card_arrival",
        "decision": "00000000-0000-0000-0000-000000000007",
        "predicted": "duplicate_charge",
        "seen": "",
        "version": "1",
    }
    await post_htmx(agent, "/agent/tickets/1040/prediction", form)
    assert agent.core.tickets[1040].category == "card_arrival"
    assert [(o.outcome, o.value) for o in agent.triage.outcomes] == [("edited", "card_arrival")]


@pytest.mark.req(47)
async def test_accepting_the_first_label_is_recorded_as_accepted(agent: Rig) -> None:
    form = {
        "task": "category",
        "value": "duplicate_charge",
        "decision": "00000000-0000-0000-0000-000000000007",
        "predicted": "duplicate_charge",
        "version": "1",
    }
    await post_htmx(agent, "/agent/tickets/1042/prediction", form)
    assert agent.triage.outcomes[0].outcome == "accepted"


@pytest.mark.req(39)
async def test_a_field_that_somebody_changed_meanwhile_is_not_overwritten(agent: Rig) -> None:
    ticket = agent.core.tickets[1042]
    ticket.version, ticket.priority = 5, "critical"
    page = await post_htmx(
        agent,
        "/agent/tickets/1042/fields",
        {"field": "priority", "value": "low", "version": "1", "seen": "high"},
    )
    assert ticket.priority == "critical"
    assert "Somebody changed this field meanwhile" in page


@pytest.mark.req(39)
async def test_a_change_of_another_field_meanwhile_is_no_conflict(agent: Rig) -> None:
    agent.core.tickets[1042].version = 5
    await post_htmx(
        agent,
        "/agent/tickets/1042/fields",
        {"field": "priority", "value": "low", "version": "1", "seen": "high"},
    )
    assert agent.core.tickets[1042].priority == "low"


@pytest.mark.req(39)
async def test_a_reply_to_a_conversation_that_moved_on_shows_both_and_loses_neither(agent: Rig) -> None:
    agent.core.tickets[1042].version = 5
    page = await post_htmx(
        agent, "/agent/tickets/1042/messages", {"kind": "reply", "body": "My long answer", "version": "1"}
    )
    assert agent.core.posted == []
    assert "My long answer" in page
    assert "The conversation moved on" in page
    await post_htmx(
        agent, "/agent/tickets/1042/messages", {"kind": "reply", "body": "My long answer", "version": "5"}
    )
    assert agent.core.posted[0][1].body == "My long answer"


@pytest.mark.req(39)
async def test_a_reply_is_sent_when_only_a_field_moved_on_meanwhile(agent: Rig) -> None:
    agent.core.tickets[1042].version = 5
    last = str(agent.core.timelines[1042][-1].id)
    form = {"kind": "reply", "body": "My answer", "version": "1", "last": last}
    await post_htmx(agent, "/agent/tickets/1042/messages", form)
    assert [(m.body, m.version) for _, m, _ in agent.core.posted] == [("My answer", 5)]


@pytest.mark.req(42)
async def test_a_note_is_a_note_and_sets_no_status(agent: Rig) -> None:
    await post_htmx(
        agent,
        "/agent/tickets/1042/messages",
        {"kind": "note", "body": "For us", "status": "solved", "version": "1"},
    )
    message = agent.core.posted[0][1]
    assert (message.kind, message.status) == ("note", None)


@pytest.mark.req(76)
async def test_a_draft_that_was_sent_is_told_to_triage(agent: Rig) -> None:
    form = {
        "kind": "reply",
        "body": "As drafted",
        "draft": "00000000-0000-0000-0000-000000000008",
        "status": "pending",
        "version": "1",
    }
    answer = await agent.post("/agent/tickets/1042/messages", form, headers=HTMX)
    assert agent.triage.drafts[0].text == "As drafted"
    told = json.loads(answer.headers["hx-trigger"])
    assert told["desk:sent"]["key"] == "ticket:1042"


@pytest.mark.req(76)
async def test_a_draft_is_shown_with_its_sources_and_never_sent_by_itself(agent: Rig) -> None:
    page = (await agent.http.get("/agent/tickets/1042/help")).text
    assert 'id="source-1"' in page
    assert 'data-source="2"' in page
    assert agent.core.posted == []


@pytest.mark.req(76)
async def test_a_refused_draft_is_recorded(agent: Rig) -> None:
    await agent.post("/agent/drafts/00000000-0000-0000-0000-000000000008/refusal", headers=HTMX)
    assert agent.triage.drafts[0].outcome == "refused"


async def test_the_workspace_works_without_script(agent: Rig) -> None:
    answer = await agent.post(
        "/agent/tickets/1042/fields",
        {"field": "status", "value": "solved", "version": "1", "seen": "open", "view": "mine"},
    )
    assert answer.headers["location"] == "/agent/tickets/1042?view=mine"
    assert agent.core.tickets[1042].status == "solved"


@pytest.mark.hard("R-16")
async def test_while_triage_is_away_the_agent_works_on(agent: Rig) -> None:
    agent.triage.away = True
    page = (await agent.http.get("/agent/tickets/1042")).text
    assert "Triage is away" in page
    await post_htmx(agent, "/agent/tickets/1042/messages", {"kind": "reply", "body": "Hello", "version": "1"})
    assert len(agent.core.posted) == 1
    assert "away for a moment" in (await agent.http.get("/agent/tickets/1042/help")).text


@pytest.mark.req(72)
@pytest.mark.req(57)
async def test_who_could_take_it_is_said_with_reasons_and_taken_or_refused(agent: Rig) -> None:
    marta, noa = UUID(int=71), UUID(int=72)
    agent.triage.routing = t.Routing(
        marta,
        [
            t.Candidate(marta, "Marta Gil", 0.2, 3, 20, 0.4, ["duplicate_charge"]),
            t.Candidate(noa, "Noa Vidal", 0.1, 5, 20, 0.0),
        ],
        {"full": 1},
        {"en": "Marta Gil has 3 of 20 tickets.", "es": "Marta Gil tiene 3 de 20 tickets."},
    )
    agent.core.tickets[1042].assignee = None
    page = (await agent.http.get("/agent/tickets/1042")).text
    panel = page.split('id="hand-title"', 1)[1].split("</section>", 1)[0]
    assert "holds 3 of 20 · solved 40 in 100 of the most similar · can Duplicate charge" in panel
    assert "Marta Gil has 3 of 20 tickets." in panel
    assert f'value="{marta}" data-take-advice' in panel
    await agent.post("/agent/tickets/1042/advice/refusal", {"decision": str(UUID(int=7))})
    assert [(o.task, o.outcome) for o in agent.triage.outcomes] == [("assignee", "refused")]
    again = (await agent.http.get("/agent/tickets/1042")).text.split('id="hand-title"', 1)[1]
    assert "Marta Gil" not in again.split("</section>", 1)[0]
    form = {
        "field": "assignee",
        "value": str(noa),
        "version": "1",
        "decision": str(UUID(int=7)),
        "predicted": str(marta),
    }
    await agent.post("/agent/tickets/1042/fields", form)
    assert agent.triage.outcomes[-1].outcome == "edited"


async def test_a_macro_comes_filled_for_the_ticket(agent: Rig) -> None:
    answer = await agent.http.get("/agent/macros/00000000-0000-0000-0000-000000000005?ticket=1042")
    assert answer.json() == {"text": "Es una retención, no un cobro."}


async def test_the_models_page_shows_figures_curve_labels_and_corrections(admin: Rig) -> None:
    page = (await admin.http.get("/admin/models")).text
    for words in [
        "Category model 14",
        "93.1",
        "data-points",
        "Duplicate charge",
        "needs about 20 more",
        "Top-up failed",
        "Challenger 15",
        "hardly by luck",
    ]:
        assert words in page, words


async def test_an_admin_retrains_promotes_and_rolls_back(admin: Rig) -> None:
    await admin.post("/admin/models/trainings", {"task": "category"})
    assert "6,120 of 8,840" in (await admin.http.get("/admin/models")).text
    await admin.post("/admin/models/promote", {"version": "15"})
    await admin.post("/admin/models/rollback")
    await admin.post("/admin/models/promise", {"task": "category", "precision": "0.97", "enabled": "1"})
    assert admin.triage.actions == ["train", "promote 15", "rollback", "promise category 0.97"]


async def test_the_models_page_says_when_triage_is_away(admin: Rig) -> None:
    admin.triage.away = True
    answer = await admin.http.get("/admin/models")
    assert answer.status_code == 503
    assert "Triage is away" in answer.text


async def test_an_article_is_saved_against_the_version_that_was_read(admin: Rig) -> None:
    form = {
        "id": "00000000-0000-0000-0000-00000000000b",
        "version": "2",
        "title_en": "New title",
        "body_en": "My text",
        "state": "published",
    }
    answer = await admin.post("/admin/articles/save", form)
    assert answer.status_code == 409
    assert "My text" in answer.text
    assert (await admin.post("/admin/articles/save", form | {"version": "3"})).status_code == 303


@pytest.mark.hard("S-09")
async def test_a_preview_is_sanitised(admin: Rig) -> None:
    answer = await admin.post(
        "/admin/articles/preview",
        {"preview": "en", "body_en": "**b** [x](javascript:alert(1)) <script>alert(1)</script>"},
    )
    assert "<p>**b**" in answer.text, "what the knowledge base made of it is shown"
    assert "<script>" not in answer.text
    assert 'href="javascript' not in answer.text


def talk(rig: Rig, number: int, count: int) -> None:
    """A conversation of so many customer's messages."""
    said = rig.core.timelines[number][0]
    rig.core.timelines[number] = [
        msgspec.structs.replace(said, id=UUID(int=place + 1), body_text=f"Message {place}.")
        for place in range(count)
    ]


@pytest.mark.req(30)
async def test_a_long_conversation_opens_at_its_newest_part_and_leads_back(agent: Rig) -> None:
    talk(agent, 1042, 230)
    page = (await agent.http.get("/agent/tickets/1042")).text
    assert "Message 229." in page
    assert "Message 130." in page
    assert "Message 129." not in page
    assert 'value="00000000-0000-0000-0000-0000000000e6"' in page  # a reply knows the newest message
    back = html.unescape(re.search(r'href="(/agent/tickets/1042/earlier[^"]+)"', page)[1])  # type: ignore[index]
    part = (await agent.http.get(back, headers=HTMX)).text
    assert "Message 129." in part
    assert "Message 30." in part
    assert "Message 29." not in part
    assert "<html" not in part
    whole = (await agent.http.get(back)).text  # without script
    assert "Message 129." in whole
    assert "Message 229." not in whole
    assert "Newest messages" in whole
    assert 'value="00000000-0000-0000-0000-0000000000e6"' in whole
    further = html.unescape(re.search(r'href="(/agent/tickets/1042/earlier[^"]+)"', part)[1])  # type: ignore[index]
    first = (await agent.http.get(further, headers=HTMX)).text
    assert "Message 0." in first
    assert "Earlier messages" not in first
    assert first.count("Split off") == 29  # the first message is the ticket itself


@pytest.mark.req(30)
async def test_a_customers_long_conversation_opens_at_its_newest_part(customer: Rig) -> None:
    talk(customer, 1042, 130)
    page = (await customer.http.get("/requests/1042")).text
    assert "Message 129." in page
    assert "Message 29." not in page
    back = html.unescape(re.search(r'href="(/requests/1042\?cursor=[^"]+)"', page)[1])  # type: ignore[index]
    before = (await customer.http.get(back)).text
    assert "Message 29." in before
    assert "Message 0." in before
    assert "Message 129." not in before
    assert "Newest messages" in before
    live = re.search(r'hx-get="(/requests/1042[^"]*)"', before)[1]  # type: ignore[index]
    assert html.unescape(live) == back  # a live update shows the same part
