"""Statuses, resolutions and ratings by their pages, as people use them, without script."""

import re

import pytest

from tests.suite.rig import ADMIN, AGENT, CUSTOMER, Suite, eventually

STATUS = {
    "key": "at_the_workshop", "category": "in_progress", "version": "0", "name_en": "At the workshop",
    "name_es": "En el taller", "needs_resolution": "1",
}  # fmt: skip


@pytest.mark.req(26, 31)
async def test_an_admin_adds_a_status_and_an_agent_gets_there_with_a_word_on_why(suite: Suite) -> None:
    async with suite.browser() as browser:
        await browser.sign_in(ADMIN)
        await browser.open("/admin/statuses?status=new")
        wrong = await browser.send("/admin/statuses", STATUS | {"tells": "1", "name_en": "Kept as typed"})
        assert wrong.status_code == 422
        assert "Kept as typed" in wrong.text
        assert "Say what the customer is told." in wrong.text
        answer = await browser.send("/admin/statuses", STATUS)
        assert answer.status_code == 303, answer.text[:500]
        assert "At the workshop" in (await browser.open("/admin/statuses")).text
        stale = STATUS | {"version": "9", "next": "open"}
        assert (await browser.send("/admin/statuses", stale)).status_code == 409
    number = (await suite.ticket())["number"]
    version = (await suite.decided(number))["version"]  # or triage would write in between
    async with suite.browser() as browser:
        await browser.sign_in(AGENT)
        page = await browser.open(f"/agent/tickets/{number}/pickers")
        assert "At the workshop" in page.text
        await browser.open(f"/agent/tickets/{number}")
        move = {"field": "status", "value": "at_the_workshop", "version": str(version)}
        asked = await browser.send(f"/agent/tickets/{number}/fields", move)
        assert asked.status_code == 422
        assert "Say first what solved it" in asked.text
        version = (await suite.read(number))["version"]
        word = {"resolution": "The reader is worn out.", "status": "at_the_workshop", "version": str(version)}
        stale_word = word | {"version": str(version + 7)}
        kept = await browser.send(f"/agent/tickets/{number}/resolution", stale_word)
        assert kept.status_code == 409
        assert "The reader is worn out." in kept.text, "nothing typed is lost"
        assert (await browser.send(f"/agent/tickets/{number}/resolution", word)).status_code == 303
        page = await browser.open(f"/agent/tickets/{number}")
        assert "At the workshop" in page.text
        assert "The reader is worn out." in page.text
    assert (await suite.read(number))["status_category"] == "in_progress"


@pytest.mark.req(110)
async def test_a_customer_rates_by_link_and_in_the_request_and_looking_writes_nothing(suite: Suite) -> None:
    number = (await suite.ticket(CUSTOMER))["number"]
    statuses = {one["key"]: one for one in await suite.ok("GET", "/api/v1/statuses", ADMIN)}
    body = {"version": statuses["closed"]["version"], "tells": True}
    await suite.ok("PATCH", "/api/v1/statuses/closed", ADMIN, json=body)
    await suite.ok(
        "PUT", f"/api/v1/tickets/{number}/closure", json={"resolution": "A new card is on its way."}
    )

    async def letter() -> str:
        entries = (await suite.ok("GET", f"/api/v1/tickets/{number}/messages"))["items"]
        return next((e["body_text"] for e in entries if "/rating/" in e["body_text"]), "")

    link = re.search(r"(/rating/\S+)", await eventually(letter, what="the letter"))[1]  # type: ignore[index]
    async with suite.browser() as browser:
        page = await browser.open(f"{link}?score=5")
        assert 'value="5" checked' in page.text
        assert (await suite.read(number))["rating"] is None
        empty = await browser.send(f"{link}/answer", {"comment": "Typed before choosing"})
        assert empty.status_code == 422
        assert "Typed before choosing" in empty.text
        assert (await browser.send(f"{link}/answer", {"score": "2", "comment": "Slow"})).status_code == 200
        await browser.sign_in(CUSTOMER)
        page = await browser.open(f"/requests/{number}")
        assert 'value="2" checked' in page.text
        assert (await browser.send(f"/requests/{number}/rating", {"score": "4"})).status_code == 303
    assert (await suite.read(number))["rating"]["score"] == 4
    async with suite.browser() as browser:
        await browser.sign_in(ADMIN)
        page = await browser.open("/admin/satisfaction?by=assignee")
        assert f"#{number}" in page.text
        assert "4 of 5, good" in (await browser.open(f"/agent/tickets/{number}?stay=1")).text
