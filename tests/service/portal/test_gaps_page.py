"""The page of what is asked and not answered."""

from uuid import UUID

import pytest

from tests.service.portal.rig import Rig


@pytest.mark.req(97, 99)
async def test_gaps_are_shown_with_questions_and_replies_and_drafted_by_one_click(agent: Rig) -> None:
    page = (await agent.http.get("/admin/gaps")).text
    assert "Coffee filter &lt;broken&gt;" in page
    assert "In the &lt;b&gt;shop&lt;/b&gt;." in page
    assert 'href="/agent/tickets/1042"' in page
    answer = await agent.post("/admin/gaps/draft", {"gap": str(UUID(int=31)), "act": "draft"})
    assert answer.headers["location"] == f"/admin/articles/{UUID(int=11)}"


@pytest.mark.req(97)
async def test_a_published_article_shows_what_became_of_its_questions_with_an_interval(agent: Rig) -> None:
    page = " ".join((await agent.http.get("/admin/gaps")).text.split())
    row = page.split("Card &lt;delivery&gt;")[1].split("</tr>")[0]
    assert "37 of 1,204" in row
    assert "11 of 1,310" in row
    assert 'class="n good"' in row
    assert all(figure in row for figure in ("73", "86", "46"))
    assert "not measured yet" in page.split("Too early")[1]


@pytest.mark.req(123)
async def test_topics_of_closed_tickets_are_shown_with_what_grows(agent: Rig) -> None:
    page = " ".join((await agent.http.get("/admin/gaps")).text.split())
    row = page.split("Card &lt;never&gt; came")[1].split("</tr>")[0]
    assert 'class="n bad"' in row
    assert all(figure in row for figure in ("4", "21", "410"))
    assert "28 days" in page


async def test_a_gap_can_be_dismissed_and_looked_for_anew(agent: Rig) -> None:
    await agent.post("/admin/gaps/draft", {"gap": str(UUID(int=31)), "act": "dismiss"})
    await agent.post("/admin/gaps/search")
    assert agent.kb.saved == [UUID(int=31), "look"]
    gone = await agent.post("/admin/gaps/draft", {"gap": str(UUID(int=32)), "act": "draft"})
    assert gone.headers["location"] == "/admin/gaps"


async def test_customers_find_no_such_page(customer: Rig) -> None:
    assert (await customer.http.get("/admin/gaps")).status_code == 404
