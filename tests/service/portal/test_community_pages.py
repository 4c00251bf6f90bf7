"""The community's pages: read, ask, answer, accept, report, without script; moderators let through and make tickets."""

import pytest

from tests.service.portal.rig import Rig

PAGE = "/community/00000000-0000-0000-0000-00000000004d"


@pytest.mark.req(100)
async def test_questions_are_read_and_found_beside_articles_with_a_mark(rig: Rig) -> None:
    assert "¿Cómo subo el límite?" in (await rig.http.get("/community")).text
    page = (await rig.http.get(PAGE)).text
    assert "En la aplicación." in page
    assert "This solved it" in page
    assert "Sign in to answer" in page
    for path in ("/?q=limit", "/help/search?q=limit"):
        found = (await rig.http.get(path)).text
        assert f'href="{PAGE}"' in found, path
        assert "from the community" in found
    typed = await rig.post("/requests/suggestions", {"subject": "How do I raise my limit", "body": "Please"})
    assert f'href="{PAGE}"' in typed.text


@pytest.mark.req(100)
async def test_a_desk_says_for_whom_the_community_is(rig: Rig) -> None:
    rig.kb.mode = "customers"
    gone = await rig.http.get(PAGE)
    assert gone.status_code == 303
    assert gone.headers["location"].startswith("/sign-in")
    assert "/community" not in (await rig.http.get("/?q=limit")).text
    await rig.sign_in()
    assert (await rig.http.get(PAGE)).status_code == 200


@pytest.mark.req(100)
async def test_a_community_that_is_off_is_nowhere(customer: Rig) -> None:
    customer.service.extra.brands._at = None
    customer.kb.mode = "off"
    await customer.service.extra.brands.refresh()
    for path in ("/community", PAGE, "/community/new"):
        assert (await customer.http.get(path)).status_code == 404
    assert "/community" not in (await customer.http.get("/?q=limit")).text


@pytest.mark.req(100)
async def test_asking_and_answering_lose_nothing_that_was_typed(customer: Rig) -> None:
    refused = await customer.post("/community/new", {"title": "Help", "body": "A long story"})
    assert refused.status_code == 422
    assert "Ask in one sentence." in refused.text
    assert "A long story" in refused.text
    sent = await customer.post("/community/new", {"title": "How do I raise my limit?", "body": ""})
    assert (sent.status_code, sent.headers["location"]) == (303, PAGE)
    empty = await customer.post(f"{PAGE}/answers", {"body": ""})
    assert empty.status_code == 422
    await customer.post(f"{PAGE}/answers", {"body": "In the app."})
    answer = str(customer.kb.answer_id)
    for what in ("accept", "reopen", "vote", "unvote", "report"):
        done = await customer.post(f"{PAGE}/act", {"do": what, "post": answer, "reason": "spam"})
        assert done.status_code == 303
    kinds = [act[0] for act in customer.kb.community_acts]
    assert kinds == ["ask", "answer", "accept", "accept", "vote", "vote", "report"]


@pytest.mark.req(12)
async def test_a_moderator_makes_a_ticket_of_a_question_that_leads_back_to_it(agent: Rig) -> None:
    agent.kb.may_moderate = True
    assert "Make a ticket of it" in (await agent.http.get(PAGE)).text
    made = await agent.post("/admin/community/ticket", {"question": str(agent.kb.post)})
    assert made.headers["location"].startswith("/agent/tickets/")
    body, _, key = agent.core.created[-1]
    assert (body.channel, body.external_id) == ("forum", f"community:{agent.kb.post}")
    assert PAGE in body.body
    assert key == f"community:{agent.kb.post}"
    assert agent.kb.ticket == int(made.headers["location"].rsplit("/", 1)[1].partition("?")[0])
    assert f"/agent/tickets/{agent.kb.ticket}" in (await agent.http.get(PAGE)).text


@pytest.mark.req(100)
async def test_what_waits_is_let_through_or_taken_out(agent: Rig) -> None:
    page = (await agent.http.get("/admin/community")).text
    assert "&lt;b&gt;Hola&lt;/b&gt;" in page
    done = await agent.post("/admin/community", {"post": str(agent.kb.post), "state": "removed"})
    assert done.headers["location"] == "/admin/community"
    assert agent.kb.community_acts == [("decide", agent.kb.post, "removed")]


async def test_customers_do_not_moderate(customer: Rig) -> None:
    assert (await customer.http.get("/admin/community")).status_code == 404
    assert (await customer.post("/admin/community", {"state": "shown"})).status_code == 404
    assert (await customer.post("/admin/community/ticket", {})).status_code == 404
