"""The pages of mail, time, automation and notifications, as people use them, without script."""

import re

import pytest

from tests.suite.rig import ADMIN, AGENT, LEAD, Suite, eventually


@pytest.mark.req(67, 62)
async def test_an_admin_keeps_hours_promises_and_rules_by_their_pages(suite: Suite) -> None:
    async with suite.browser() as browser:
        await browser.sign_in(ADMIN)
        await browser.open("/admin/time?calendar=new")
        answer = await browser.send("/admin/time/calendar", {
            "key": "night", "version": "0", "name_en": "Night", "name_es": "Noche", "zone": "Europe/Madrid",
            "country": "es", "day_0": "22:00-24:00", "day_1": "0:00-6:00, 22:00-24:00", "extra": "2026-12-31",
        })  # fmt: skip
        assert answer.status_code == 303, answer.text[:500]
        wrong = await browser.send(
            "/admin/time/calendar", {"key": "x", "version": "0", "day_0": "nine to five"}
        )
        assert wrong.status_code == 422
        assert "nine to five" in wrong.text
        await browser.open("/admin/time?policy=new")
        answer = await browser.send("/admin/time/policy", {
            "key": "nights", "version": "0", "name_en": "Nights", "calendar": "night", "position": "9",
            "warn": "50, 80",
            "channels": "phone", "target_high_first_response": "2h 30m", "breach_leads": "1", "active": "1",
        })  # fmt: skip
        assert answer.status_code == 303, answer.text[:500]
        page = await browser.open("/admin/time?policy=nights")
        assert "2h 30m" in page.text
        rule = {
            "kind": "trigger", "version": "0", "name": "Loud words", "position": "5", "events": "created",
            "active": "1",
            "c0_group": "all", "c0_field": "words", "c0_op": "is", "c0_value": "bus, tram", "a0_do": "add_tags",
            "a0_value": "travel",
        }  # fmt: skip
        await browser.open("/admin/automation?rule=new")
        tried = await browser.send("/admin/automation/rule", rule | {"try": "1"})
        assert tried.status_code == 200, tried.text[:500]
        assert (await browser.send("/admin/automation/rule", rule)).status_code == 303
        life = {"nudge_hours": "0", "close_hours": "0", "ask_hours": "0"}
        assert (await browser.send("/admin/automation/lifecycle", life)).status_code == 303
        page = await browser.open("/admin/automation")
        assert "Loud words" in page.text
    made = await suite.ticket()

    async def tagged() -> bool:
        return "travel" in (await suite.read(made["number"]))["tags"]

    await eventually(tagged, what="the rule's tag")
    async with suite.browser() as browser:
        await browser.sign_in(AGENT)
        page = await browser.open(f"/agent/tickets/{made['number']}")
        assert "Loud words" in page.text
        assert "“bus”" in page.text
        assert 'class="clock"' in page.text, "the clocks stand beside the ticket"
        assert 'class="due' in (await browser.open("/agent?view=due")).text


@pytest.mark.req(102, 147)
async def test_a_mention_rings_and_a_reply_lies_in_the_outbox(suite: Suite) -> None:
    made = await suite.ticket()
    number = made["number"]
    note = {"kind": "note", "body": "@lead could you look?"}
    await suite.ok("POST", f"/api/v1/tickets/{number}/messages", json=note)
    await suite.ok(
        "POST", f"/api/v1/tickets/{number}/messages", json={"kind": "reply", "body": "A new card comes."}
    )
    async with suite.browser() as browser:
        await browser.sign_in(LEAD)

        async def rung() -> bool:
            return "side-count--new" in (await browser.open("/agent/bell")).text

        await eventually(rung, what="the bell")
        page = await browser.open("/agent/notifications")
        found = re.search(r'name="id" value="([0-9a-f-]{36})"', page.text)
        assert found
        went = await browser.send("/agent/notifications/read", {"id": found[1], "number": str(number)})
        assert went.headers["location"] == f"/agent/tickets/{number}"
        kept = await browser.send("/agent/notifications/choices", {"page": "mention", "mail": "breach"})
        assert kept.status_code == 303
    await suite.quiet()
    async with suite.browser() as browser:
        await browser.sign_in(ADMIN)
        page = await browser.open("/admin/outbox?fate=kept")
        assert "A new card comes." in page.text
        mail = re.search(r'name="mail" value="([0-9a-f-]{36})"', page.text)
        assert mail
        assert (await browser.send("/admin/outbox/retry", {"mail": mail[1]})).status_code == 303


@pytest.mark.req(34)
async def test_a_customer_says_by_the_link_that_it_is_not_solved(suite: Suite) -> None:
    from services.core.lifecycle import links

    made = await suite.ticket()
    number = made["number"]
    await suite.ok("PUT", f"/api/v1/tickets/{number}/closure", json={})
    link = links.token(suite.settings.secret, links.FOLLOW_UP, number, suite.clock.now())
    async with suite.browser() as browser:
        page = await browser.open(f"/follow-up/{link}")
        assert f"#{number}" in page.text
        assert (await suite.read(number))["status"] == "closed", "looking changes nothing"
        answer = await browser.send(
            f"/follow-up/{link}/answer", {"solved": "no", "comment": "It is swallowed again."}
        )
        assert answer.status_code == 200
        assert (await browser.open("/follow-up/1.2.nothing")).status_code == 404
    assert (await suite.read(number))["status"] == "open"
    assert "It is swallowed again." in [e["body_text"] for e in await suite.timeline(number)]
