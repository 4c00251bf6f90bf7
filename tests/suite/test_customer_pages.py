"""The customer's page and what hangs on a ticket, as an agent works with them, without script."""

import re

import pytest

from tests.suite.rig import ADMIN, AGENT, CUSTOMER, LIGHT, Suite


@pytest.mark.req(43, 21, 78)
async def test_an_agent_writes_down_what_a_customer_has_and_the_ticket_is_about_it(suite: Suite) -> None:
    made = await suite.ticket(CUSTOMER)
    number, contact = made["number"], made["requester"]["id"]
    async with suite.browser() as browser:
        await browser.sign_in(ADMIN)
        await browser.open("/admin/products")
        body = {"key": "reader", "name_en": "Card reader", "name_es": "Datáfono"}
        assert (await browser.send("/admin/products", body)).status_code == 303
        again = await browser.send("/admin/products", body | {"name_en": "Typed again"})
        assert again.status_code == 409
        assert "Typed again" in again.text
    async with suite.browser() as browser:
        await browser.sign_in(AGENT)
        await browser.open(f"/agent/contacts/{contact}?item=new")
        item = {"do": "item", "item": "new", "version": "0", "product": "reader", "serial": "TR-77"}
        wrong = await browser.send(f"/agent/contacts/{contact}/save", item | {"until": "soon"})
        assert wrong.status_code == 422
        assert "TR-77" in wrong.text, "nothing typed is lost"
        assert (await browser.send(f"/agent/contacts/{contact}/save", item)).status_code == 303
        page = await browser.open(f"/agent/tickets/{number}")
        value = re.search(r'value="(item:[0-9a-f-]{36})">[^<]*TR-77', page.text)
        assert value
        await browser.send(f"/agent/tickets/{number}/beside", {"do": "product", "value": value[1]})
        link = "https://support.example/join/8"
        await browser.send(f"/agent/tickets/{number}/beside", {"do": "session", "url": link, "label": "Look"})
        page = await browser.open(f"/agent/tickets/{number}")
        assert "<code>TR-77</code>" in page.text
        assert f'href="{link}"' in page.text
        seen = await suite.ok("GET", f"/api/v1/contacts/{contact}", AGENT)
        profile = {
            "do": "profile", "version": str(seen["version"]), "name": "Clara V.", "tier": "vip", "locale": "es",
            "notes": "Calls at noon", "kind": "phone", "identity": "+34 600 111 222", "organization": "Casa Sol",
        }  # fmt: skip
        assert (await browser.send(f"/agent/contacts/{contact}/save", profile)).status_code == 303
        stale = await browser.send(
            f"/agent/contacts/{contact}/save", profile | {"notes": "Typed by the second"}
        )
        assert stale.status_code == 409
        assert "Typed by the second" in stale.text
        page = await browser.open(f"/agent/tickets/{number}")
        for shown in ("Clara V.", "Calls at noon", "+34 600 111 222", "Casa Sol"):
            assert shown in page.text, shown
        assert "Clara V." in (await browser.open("/agent/contacts?q=clara")).text
        assert str(number) in (await browser.open(f"/agent/contacts/{contact}")).text
    async with suite.browser() as browser:
        await browser.sign_in(CUSTOMER)
        assert link in (await browser.open(f"/requests/{number}")).text
        assert (await browser.open(f"/agent/contacts/{contact}")).status_code == 404
    light = await suite.as_(LIGHT)
    assert (await suite.http.get(f"/api/v1/contacts/{contact}", headers=light)).status_code == 403


@pytest.mark.req(21)
async def test_an_agent_makes_one_customer_of_two_and_two_of_one(suite: Suite) -> None:
    made = await suite.ticket(CUSTOMER)
    here = made["requester"]["id"]
    body = {
        "subject": "Again me",
        "body": "From home",
        "requester": {"email": "twin@home.example", "name": "Twin"},
    }
    other = await suite.ticket(AGENT, **body)
    there = other["requester"]["id"]
    async with suite.browser() as browser:
        await browser.sign_in(AGENT)
        page = await browser.open(f"/agent/contacts/{here}?same=twin")
        assert f"other={there}" in page.text.replace("&amp;", "&")
        page = await browser.open(f"/agent/contacts/{here}?same=twin&other={there}")
        assert "twin@home.example" in page.text
        path = f"/agent/contacts/{here}/merge"
        assert (await browser.send(path, {"do": "merge", "other": there})).status_code == 303
        page = await browser.open(f"/agent/contacts/{here}")
        assert str(other["number"]) in page.text
        assert "Twin went into this contact with 1 request." in page.text
        moved = await browser.open(f"/agent/contacts/{there}")
        assert (moved.status_code, moved.headers["location"]) == (303, f"/agent/contacts/{here}")
        assert (await browser.send(path, {"do": "unmerge", "other": there})).status_code == 303
        assert str(other["number"]) in (await browser.open(f"/agent/contacts/{there}")).text
