"""A frequent question is answered by its article across the services, and the customer's word ends it."""

import re

import pytest

from tests.suite.rig import ADMIN, CUSTOMER, Suite, eventually


@pytest.mark.req(61)
async def test_a_frequent_question_is_answered_by_its_article_and_the_customer_ends_it(
    suite: Suite, monkeypatch: pytest.MonkeyPatch
) -> None:
    # How far an article has to stand out is tested with the search; seven articles are too few to tell.
    monkeypatch.setattr("services.kb.search.aim.FEWEST", 1)
    monkeypatch.setattr("services.kb.search.present.ANSWERS_FROM", -1.0)
    monkeypatch.setattr("services.kb.search.present.LEADS_BY", -1.0)
    words = (
        "Umbrellas that were left at a branch are kept at its counter for thirty days. Say the day and the colour, and "
        "you get yours back without a form."
    )
    texts = {"en": {"title": "I left my umbrella at the branch", "slug": "umbrella", "body_markdown": words}}
    article = {"translations": texts, "state": "published", "visibility": "public", "faq": True}
    await suite.ok("POST", "/api/v1/kb/articles", ADMIN, json=article)
    await suite.quiet()
    life = await suite.ok("GET", "/api/v1/lifecycle", ADMIN)
    await suite.ok("PUT", "/api/v1/lifecycle", ADMIN, json=life | {"answer": ["card_arrival"]})
    asked = {
        "subject": "Umbrella",
        "body": "I left my umbrella at the branch yesterday. How do I get it back?",
    }
    number = (await suite.ticket(CUSTOMER, **asked))["number"]
    seen = await suite.decided(number)
    if seen["category"] != "card_arrival":
        change = {"version": seen["version"], "category": "card_arrival"}
        await suite.ok("PATCH", f"/api/v1/tickets/{number}", ADMIN, json=change)

    async def letter() -> str:
        entries = (await suite.ok("GET", f"/api/v1/tickets/{number}/messages", ADMIN))["items"]
        return next((one["body_text"] for one in entries if "/follow-up/" in (one["body_text"] or "")), "")

    text = await eventually(letter, what="the answer")
    assert "/help/en/umbrella" in text, "its source is named"
    assert (await suite.read(number))["status"] == "open", "it keeps its place"
    link = re.search(r"(/follow-up/\S+)", text)[1]  # type: ignore[index]
    async with suite.browser() as browser:
        assert "Did the answer help?" in (await browser.open(link)).text
        assert (await suite.read(number))["status"] == "open", "looking writes nothing"
        await browser.send(f"{link}/answer", {"solved": "yes"})
    assert (await suite.read(number))["status"] == "solved"
    figures = await suite.ok("GET", "/api/v1/reports/answers", ADMIN)
    assert [(one["category"], one["helped"]) for one in figures] == [("card_arrival", 1)]
    await suite.ok("PUT", "/api/v1/lifecycle", ADMIN, json=life)
