"""Versions with their differences, and the articles that somebody should look at."""

from uuid import UUID

import pytest

from services.kb.contract import ArticleVersion
from services.portal.admin.upkeep import compare
from tests.service.portal.fakes import NOW
from tests.service.portal.rig import Rig

ARTICLE = UUID(int=11)


@pytest.mark.req(88)
async def test_a_version_shows_what_it_changed_and_an_older_one_can_be_restored(agent: Rig) -> None:
    page = (await agent.http.get(f"/admin/articles/{ARTICLE}/versions/en")).text
    assert "<del>Two</del>" in page
    assert "<ins>&lt;b&gt;Three&lt;/b&gt;</ins>" in page
    assert "Restore this state" not in page, "it is the newest one"
    older = (await agent.http.get(f"/admin/articles/{ARTICLE}/versions/en?number=2")).text
    assert "Restore this state" in older
    form = {"article": str(ARTICLE), "lang": "en", "number": "2", "version": "3"}
    answer = await agent.post("/admin/articles/restore", form)
    assert answer.headers["location"] == f"/admin/articles/{ARTICLE}"
    assert agent.kb.saved == [("en", 2)]
    stale = await agent.post("/admin/articles/restore", {**form, "version": "2"})
    assert stale.headers["location"].endswith("/versions/en")


@pytest.mark.req(101)
async def test_the_review_says_which_articles_need_a_look_and_why(agent: Rig) -> None:
    page = (await agent.http.get("/admin/articles/review")).text
    assert "Fees &lt;old&gt;" in page
    assert "not changed for a year" in page
    assert "/help/en/gone" in page


async def test_customers_see_neither(customer: Rig) -> None:
    for path in ("review", f"{ARTICLE}/versions/en"):
        assert (await customer.http.get(f"/admin/articles/{path}")).status_code == 404


def test_a_first_version_is_all_new() -> None:
    first = ArticleVersion(number=1, lang="en", title="T", summary="", body_markdown="a", author="A", at=NOW)
    assert [(line.kind, line.text) for line in compare(None, first)] == [("added", "# T"), ("added", "a")]
