"""An article into the reply, a solution into an article: one action each."""

from uuid import UUID

import pytest

from services.kb import contract as k
from tests.service.portal.rig import Rig

ARTICLE = str(UUID(int=11))


@pytest.mark.req(94, 96)
async def test_articles_stand_beside_the_ticket_with_a_button_that_links_them(agent: Rig) -> None:
    panel = (await agent.http.get("/agent/tickets/1042/help")).text
    assert 'action="/agent/tickets/1042/article-link"' in panel
    assert "Pending &lt;charges&gt;: http://127.0.0.1:8000/help/en/pending" in panel


@pytest.mark.req(96)
async def test_a_link_goes_into_the_kept_reply_without_script_and_loses_nothing(agent: Rig) -> None:
    await agent.post("/agent/tickets/1042/draft", {"kind": "reply", "body": "Hello Ana,"})
    answer = await agent.post("/agent/tickets/1042/article-link", {"article": ARTICLE, "lang": "en"})
    assert answer.headers["location"] == "/agent/tickets/1042"
    kept = await agent.core.draft(1042)
    assert kept.body == "Hello Ana,\n\nWhy I see a charge twice: http://127.0.0.1:8000/help/en/charged-twice"
    assert (await agent.http.get("/help/en/charged-twice")).status_code == 200


@pytest.mark.req(96)
async def test_what_the_customer_could_not_open_is_not_linked(
    agent: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = await agent.kb.article(UUID(int=11))
    for change in ({"visibility": "staff"}, {"state": "draft"}, {"translations": {}}):
        hidden = k.Article(**{**{f: getattr(whole, f) for f in whole.__struct_fields__}, **change})

        async def article(article: UUID, *, token: str | None = None, found: k.Article = hidden) -> k.Article:
            return found

        monkeypatch.setattr(agent.kb, "article", article)
        await agent.post("/agent/tickets/1042/article-link", {"article": ARTICLE, "lang": "en"})
        assert "/help/" not in (await agent.core.draft(1042)).body


@pytest.mark.req(98)
async def test_a_solution_becomes_an_article_by_one_click(agent: Rig) -> None:
    assert (await agent.post("/agent/tickets/1042/article")).headers["location"] == "/agent/tickets/1042"
    await agent.post("/agent/tickets/1042/messages", {"kind": "reply", "body": "It is a hold."})
    answer = await agent.post("/agent/tickets/1042/article")
    assert answer.headers["location"] == f"/admin/articles/{ARTICLE}"
    sent = agent.kb.saved[-1]
    assert (sent.number, bool(sent.question), bool(sent.reply), sent.tags) == (1042, True, True, ["refund"])


async def test_customers_do_neither(customer: Rig) -> None:
    for path in ("article-link", "article"):
        assert (await customer.post(f"/agent/tickets/1042/{path}", {"article": ARTICLE})).status_code == 404
    assert customer.kb.saved == []
