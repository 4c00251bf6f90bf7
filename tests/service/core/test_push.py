"""Push to browsers: sealed, from this desk's key, for what is urgent, never inward, and never twice."""

import json
from datetime import timedelta
from typing import Any

import pytest

from services.common.outside import Outside, networks
from services.core.models import desk as entries
from services.core.models import push_subscription
from services.core.push.keys import own_key
from tests.service.core.conftest import SECRET, Desk
from tests.service.core.test_clocks import rows
from tests.service.core.test_notifications import mine
from tests.support.push import PushService, push_service
from tests.unit.core.test_push_seal import Browser

Headers = dict[str, str]


async def subscribed(desk: Desk, who: Headers, service: PushService, name: str) -> Browser:
    desk.core.outside = Outside(networks("127.0.0.0/8"))
    browser = Browser()
    answer = await desk.http.post(
        "/api/v1/push/subscriptions", json=service.subscription(browser, name), headers=who
    )
    assert answer.status_code == 201, answer.text
    return browser


async def carried(desk: Desk) -> int:
    """Run the jobs that are due."""
    assert desk.service.runner is not None
    count = 0
    while await desk.service.runner.run_next("mail"):
        count += 1
    return count


async def critical(desk: Desk, by: Headers, to: str = "lead@desk.test") -> dict[str, Any]:
    """A ticket that ``by`` gives to somebody and calls critical."""
    made = await desk.ticket(by, subject="Vault is open")
    body = {"version": made["version"], "assignee": to, "priority": "critical"}
    return (await desk.http.patch(f"/api/v1/tickets/{made['number']}", json=body, headers=by)).json()


@pytest.mark.req(133)
async def test_a_critical_ticket_reaches_each_subscribed_browser_once_and_sealed(
    desk: Desk, agent: Headers, lead: Headers
) -> None:
    async with push_service() as service:
        laptop = await subscribed(desk, lead, service, "laptop")
        phone = await subscribed(desk, lead, service, "phone")
        await subscribed(desk, agent, service, "own")
        made = await critical(desk, agent)
        await desk.core.follower.once()
        assert await carried(desk) == 2, "who did it is not told"
        sent = {path: (headers, body) for path, headers, body in service.taken}
        assert set(sent) == {"/laptop", "/phone"}
        for path, browser in (("/laptop", laptop), ("/phone", phone)):
            headers, body = sent[path]
            assert b"Vault" not in body
            told = json.loads(browser.read(body))
            assert told["title"] == f"Critical: #{made['number']}"
            assert told["body"].startswith("Vault is open")
            assert told["url"] == f"/agent/tickets/{made['number']}"
            assert (headers["urgency"], headers["content-encoding"]) == ("high", "aes128gcm")
            assert headers["authorization"].startswith("vapid t=")
        assert [n["kind"] for n in await mine(desk, lead)] == ["critical"], "not also that it is theirs now"
        note = {"kind": "note", "body": "Hurry"}
        await desk.http.post(f"/api/v1/tickets/{made['number']}/messages", json=note, headers=agent)
        await desk.core.follower.once()
        assert await carried(desk) == 0


@pytest.mark.req(133)
async def test_each_person_chooses_what_is_pushed_and_what_was_read_needs_no_push(
    desk: Desk, agent: Headers, lead: Headers
) -> None:
    async with push_service() as service:
        browser = await subscribed(desk, lead, service, "laptop")
        ways = [{"kind": "critical", "page": True, "mail": False, "push": False},
                {"kind": "mention", "page": True, "mail": False, "push": True}]  # fmt: skip
        await desk.http.put("/api/v1/notifications/choices", json=ways, headers=lead)
        made = await critical(desk, agent)
        await desk.core.follower.once()
        assert await carried(desk) == 0
        note = {"kind": "note", "body": "@lead look"}
        await desk.http.post(f"/api/v1/tickets/{made['number']}/messages", json=note, headers=agent)
        await desk.core.follower.once()
        assert await carried(desk) == 1
        assert json.loads(browser.read(service.taken[0][2]))["title"].startswith("Grace Oduya mentioned you")
        await desk.http.post(f"/api/v1/tickets/{made['number']}/messages", json=note, headers=agent)
        await desk.core.follower.once()
        await desk.http.post("/api/v1/notifications/read", json={}, headers=lead)
        await carried(desk)
        assert len(service.taken) == 1


@pytest.mark.req(133)
async def test_what_the_push_service_forgot_is_forgotten_and_what_failed_comes_again(
    desk: Desk, agent: Headers, lead: Headers
) -> None:
    async with push_service() as service:
        await subscribed(desk, lead, service, "old")
        service.answers = [503, 410]
        await critical(desk, agent)
        await desk.core.follower.once()
        await carried(desk)
        assert len(await rows(desk, push_subscription)) == 1, "it may be back"
        desk.clock.advance(timedelta(hours=1))
        await carried(desk)
        assert len(service.taken) == 2
        assert await rows(desk, push_subscription) == []


@pytest.mark.hard("S-35")
async def test_no_subscription_leads_into_the_desks_own_network(desk: Desk, agent: Headers) -> None:
    for endpoint in (
        "https://127.0.0.1/push", "https://[::1]/push", "https://169.254.169.254/latest", "https://10.0.0.8/x",
        "https://2130706433/x", "https://u:p@push.example/x", "http://93.184.216.34/x", "file:///etc/passwd",
    ):  # fmt: skip
        body = {"endpoint": endpoint, **Browser().fields}
        answer = await desk.http.post("/api/v1/push/subscriptions", json=body, headers=agent)
        assert answer.status_code == 422, (endpoint, answer.text)
    odd = {"endpoint": "https://93.184.216.34/x", "p256dh": "AAAA", "auth": "AAAA"}
    assert (await desk.http.post("/api/v1/push/subscriptions", json=odd, headers=agent)).status_code == 422
    async with push_service() as service:
        await subscribed(desk, agent, service, "inside")
        desk.core.outside = Outside()
        lead = await desk.person("lead@desk.test", "lead")
        await critical(desk, lead, "agent@desk.test")
        await desk.core.follower.once()
        await carried(desk)
        assert service.taken == [], "asked again where it leads when it is sent"
        assert await rows(desk, push_subscription) == []


async def test_a_browser_belongs_to_who_subscribed_last_and_only_its_owner_sees_it(
    desk: Desk, agent: Headers, lead: Headers, customer: Headers
) -> None:
    async with push_service() as service:
        await subscribed(desk, agent, service, "shared")
        await subscribed(desk, lead, service, "shared")
        states = [(await desk.http.get("/api/v1/push", headers=who)).json() for who in (agent, lead)]
        assert [len(one["subscriptions"]) for one in states] == [0, 1]
        assert states[0]["key"] == states[1]["key"]
        theirs = states[1]["subscriptions"][0]["id"]
        await desk.http.delete(f"/api/v1/push/subscriptions/{theirs}", headers=agent)
        assert len(await rows(desk, push_subscription)) == 1
        await desk.http.delete(f"/api/v1/push/subscriptions/{theirs}", headers=lead)
        assert await rows(desk, push_subscription) == []
        assert (await desk.http.get("/api/v1/push", headers=customer)).status_code == 403


@pytest.mark.req(135)
async def test_the_key_is_kept_sealed_and_made_anew_under_another_secret(desk: Desk, agent: Headers) -> None:
    public = (await desk.http.get("/api/v1/push", headers=agent)).json()["key"]
    [kept] = [row.value for row in await rows(desk, entries) if row.key == "push_key"]
    assert len(kept) > 150
    again = await desk.core.db.write(lambda conn: own_key(conn, SECRET))
    assert public == (await desk.http.get("/api/v1/push", headers=agent)).json()["key"]
    other = await desk.core.db.write(lambda conn: own_key(conn, "another secret of thirty-two letters"))
    assert other.private_numbers() != again.private_numbers()
