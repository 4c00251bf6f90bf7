"""The search field, the order of the queue, and searches kept as views."""

import pytest

from tests.service.portal.rig import Rig

HTMX = {"HX-Request": "true"}


@pytest.mark.req(80)
async def test_a_wrong_search_is_explained_where_the_rows_would_be(agent: Rig) -> None:
    page = (await agent.http.get("/agent/queue?q=card+(", headers=HTMX)).text
    assert "Character 7: ( does not fit here. Expected: ), word." in page
    whole = await agent.http.get("/agent?q=card+(")
    assert whole.status_code == 200
    assert "does not fit here" in whole.text


@pytest.mark.req(68)
async def test_the_queue_is_sorted_as_asked(agent: Rig) -> None:
    page = (await agent.http.get("/agent?view=team&sort=breach")).text
    assert agent.core.asked[-1]["sort"] == "breach"
    assert '<option value="breach" selected' in page
    await agent.http.get("/agent?view=team&sort=password")
    assert agent.core.asked[-1]["sort"] is None


@pytest.mark.req(58)
async def test_a_search_is_kept_as_a_view_and_removed_again(agent: Rig) -> None:
    form = {"do": "save", "name": "Refunds", "q": "refund is:open", "sort": "created", "view": "team"}
    answer = await agent.post("/agent/views", form)
    assert (answer.status_code, answer.headers["location"]) == (303, "/agent?view=v1")
    (kept,) = agent.core.kept_views
    assert (kept.filters, kept.sort, kept.scope) == ({"q": "refund is:open"}, "created", "personal")
    page = (await agent.http.get("/agent?view=v1")).text
    assert "Refunds" in page
    assert "Remove this view" in page
    await agent.post("/agent/views", {"do": "delete", "view": "v1"})
    assert agent.core.kept_views == []


@pytest.mark.req(78)
async def test_solved_tickets_are_found_by_meaning_and_their_absence_is_quiet(agent: Rig) -> None:
    page = (await agent.http.get("/agent/solved?q=charged+twice", headers=HTMX)).text
    assert "Cobro repetido" in page
    assert "Es una retención." in page
    agent.triage.away = True
    answer = await agent.http.get("/agent/solved?q=charged+twice", headers=HTMX)
    assert (answer.status_code, "Cobro" in answer.text) == (200, False)


async def test_the_form_token_is_in_no_address(agent: Rig) -> None:
    page = (await agent.http.get("/agent?q=card")).text
    search = page.partition('<form class="desk-filter"')[2].partition("</form>")[0]
    assert search
    assert "_csrf" not in search
