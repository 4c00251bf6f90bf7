"""The clocks of a running desk: they start, pause, warn, run out, and somebody hears of it, once."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from services.core.models import desk as desk_values
from services.core.models import notification, ticket_timer
from tests.service.core.conftest import Desk

Headers = dict[str, str]
WEEK = [[[540, 1080]]] * 5 + [[], []]
TARGETS = {
    "normal": {"first_response": 120, "next_response": 180, "resolution": 960},
    "high": {"first_response": 60, "resolution": 480},
}


async def promised(desk: Desk, admin: Headers, **values: Any) -> None:
    """Office hours in Madrid and one agreement for everybody."""
    calendar = {"name": {"en": "Office"}, "zone": "Europe/Madrid", "week": WEEK, "country": "ES"}
    answer = await desk.http.put("/api/v1/calendars/office", json=calendar, headers=admin)
    assert answer.status_code == 200, answer.text
    policy = {"name": {"en": "Standard"}, "calendar": "office", "targets": TARGETS} | values
    answer = await desk.http.put("/api/v1/sla-policies/standard", json=policy, headers=admin)
    assert answer.status_code == 200, answer.text


async def later(desk: Desk, **by: float) -> None:
    desk.clock.advance(timedelta(**by))
    await desk.core.follower.once()


async def clock(desk: Desk, number: int, metric: str) -> dict[str, Any]:
    who = await desk.person("agent@desk.test", "agent")
    found = (await desk.http.get(f"/api/v1/tickets/{number}", headers=who)).json()["sla"]
    return next((c for c in found.get("clocks", ()) if c["metric"] == metric), {})


async def kinds(desk: Desk, number: int) -> list[str]:
    who = await desk.person("agent@desk.test", "agent")
    page = (await desk.http.get(f"/api/v1/tickets/{number}/messages", headers=who)).json()
    return [entry["kind"] for entry in page["items"]]


async def rows(desk: Desk, table: Any) -> list[Any]:
    return await desk.core.db.read(lambda conn: list(conn.execute(table.select()).all()))


@pytest.mark.req(67, 68)
async def test_a_ticket_of_the_weekend_is_due_on_monday_morning(
    desk: Desk, agent: Headers, admin: Headers
) -> None:
    await promised(desk, admin)  # the tests' clock stands on a Sunday
    made = await desk.ticket(agent)
    assert await desk.core.follower.behind()
    await desk.core.follower.once()
    assert not await desk.core.follower.behind()
    first = await clock(desk, made["number"], "first_response")
    assert (first["state"], first["due"]) == ("running", "2026-11-23T10:00:00+00:00")
    page = (await desk.http.get("/api/v1/tickets", params={"sort": "breach"}, headers=agent)).json()
    assert page["items"][0]["breach_at"] == "2026-11-23T10:00:00Z"
    hours = (await desk.http.get("/api/v1/hours", headers=agent)).json()
    assert (hours["open"], hours["opens_at"]) == (False, "2026-11-23T08:00:00Z")


@pytest.mark.req(41)
async def test_a_ticket_that_goes_to_another_team_keeps_its_clocks(
    desk: Desk, agent: Headers, admin: Headers
) -> None:
    await promised(desk, admin)
    for key in ("first", "second"):
        await desk.http.post("/api/v1/teams", json={"key": key, "name": {"en": key}}, headers=admin)
    made = await desk.ticket(agent, team="first")
    await later(desk, hours=21, minutes=30)
    before = [await clock(desk, made["number"], metric) for metric in ("first_response", "resolution")]
    who = await desk.person("agent@desk.test", "agent")
    body = {"version": made["version"], "team": "second", "assignee": "me", "reason": "Second level"}
    moved = await desk.http.patch(f"/api/v1/tickets/{made['number']}", json=body, headers=who)
    assert moved.json()["team"] == "second"
    await desk.core.follower.once()
    after = [await clock(desk, made["number"], metric) for metric in ("first_response", "resolution")]
    assert [(c["due"], c["state"], c["target"]) for c in after] == [
        (c["due"], c["state"], c["target"]) for c in before
    ]
    assert before[0]["state"] == "running"


@pytest.mark.req(67)
async def test_an_answer_ends_the_first_clock_and_waiting_for_the_customer_rests_the_others(
    desk: Desk, agent: Headers, admin: Headers, customer: Headers
) -> None:
    await promised(desk, admin)
    made = await desk.ticket(customer, requester=None)
    number = made["number"]
    desk.clock.advance(timedelta(hours=21))  # Monday, ten o'clock in Madrid
    agent, customer = (
        await desk.person("agent@desk.test", "agent"),
        await desk.person("ana@example.com", "customer"),
    )
    await desk.http.post(
        f"/api/v1/tickets/{number}/messages",
        json={"kind": "reply", "body": "We look into it."},
        headers=agent,
    )
    await later(desk, minutes=1)
    assert (await clock(desk, number, "first_response"))["state"] == "met"
    resolution = await clock(desk, number, "resolution")
    assert (resolution["state"], resolution["used"], resolution["due"]) == ("paused", 3600, None)
    await later(desk, hours=2)
    customer = await desk.person("ana@example.com", "customer")
    await desk.http.post(
        f"/api/v1/tickets/{number}/messages", json={"kind": "reply", "body": "And now?"}, headers=customer
    )
    await later(desk, minutes=0)
    assert (await clock(desk, number, "resolution"))["state"] == "running"
    following = await clock(desk, number, "next_response")
    assert (following["state"], following["due"]) == ("running", "2026-11-23T14:01:00+00:00")


@pytest.mark.req(69, 70)
async def test_a_warning_and_a_breach_are_told_once_each_and_the_breach_does_its_work(
    desk: Desk, agent: Headers, admin: Headers, lead: Headers
) -> None:
    steps = [{"do": "notify", "value": "leads"}, {"do": "raise_priority"}]
    await promised(desk, admin, on_breach=steps)
    made = await desk.ticket(agent)
    await desk.core.follower.once()
    [timer] = await rows(desk, ticket_timer)
    assert timer.at.isoformat() == "2026-11-23T09:30:00+00:00", (
        "three quarters of two hours from nine o'clock"
    )
    desk.clock.advance(timer.at - desk.clock.now())
    for _ in range(3):
        await later(desk, minutes=1)
    assert (await kinds(desk, made["number"])).count("sla_warning") == 1
    await later(desk, hours=1)
    for _ in range(3):
        await later(desk, minutes=5)
    seen = await kinds(desk, made["number"])
    assert seen.count("sla_breached") == 1
    agent = await desk.person("agent@desk.test", "agent")
    now = (await desk.http.get(f"/api/v1/tickets/{made['number']}", headers=agent)).json()
    assert (now["priority"], now["set_by"]["priority"]) == ("high", "rule")
    told = [row for row in await rows(desk, notification) if row.kind == "breach"]
    assert len(told) == 2, "the lead and the admin, once each"


@pytest.mark.req(67)
async def test_policies_are_chosen_by_channel_and_tier_and_priority(
    desk: Desk, agent: Headers, admin: Headers
) -> None:
    await promised(desk, admin, position=2)
    vip = {
        "name": {"en": "VIP"}, "calendar": "office", "position": 1, "tiers": ["vip"], "channels": ["phone"],
        "targets": {"normal": {"first_response": 30}},
    }  # fmt: skip
    assert (await desk.http.put("/api/v1/sla-policies/vip", json=vip, headers=admin)).status_code == 200
    plain, phoned = await desk.ticket(agent), await desk.ticket(agent, channel="phone")
    contact = phoned["requester"]["id"]
    await desk.http.patch(f"/api/v1/contacts/{contact}", json={"version": 1, "tier": "vip"}, headers=agent)
    await desk.core.follower.once()
    chosen = {}
    for one in (plain, phoned):
        found = (await desk.http.get(f"/api/v1/tickets/{one['number']}", headers=agent)).json()
        chosen[one["number"]] = found["sla"]["policy"]
    assert chosen == {plain["number"]: "standard", phoned["number"]: "vip"}
    low = await desk.ticket(agent, priority="low")
    await desk.core.follower.once()
    assert (await desk.http.get(f"/api/v1/tickets/{low['number']}", headers=agent)).json()["sla"] == {}


@pytest.mark.hard("R-20")
async def test_a_machine_whose_clock_jumps_tells_nothing_twice(
    desk: Desk, agent: Headers, admin: Headers
) -> None:
    await promised(desk, admin)
    made = await desk.ticket(agent)
    other = await desk.ticket(agent)
    await later(desk, hours=22, minutes=30)  # half past ten: warned, not yet broken
    for jump in (1, -1, 1, -1, 2):
        await later(desk, hours=jump)
    assert (await kinds(desk, made["number"])).count("sla_breached") == 1
    assert (await kinds(desk, made["number"])).count("sla_warning") <= 1
    assert made["id"] != other["id"]
    assert made["number"] < other["number"]
    third = await desk.ticket(await desk.person("agent@desk.test", "agent"))
    assert third["number"] > other["number"]


async def test_open_tickets_follow_a_change_of_the_agreement_and_nobody_is_alarmed(
    desk: Desk, agent: Headers, admin: Headers
) -> None:
    made = await desk.ticket(agent)
    await later(desk, days=3)
    admin = await desk.person("admin@desk.test", "admin")
    await promised(desk, admin)
    assert desk.service.runner is not None
    assert await desk.service.runner.run_next("slow")
    assert (await clock(desk, made["number"], "first_response"))["broken"]
    assert "sla_breached" not in await kinds(desk, made["number"])


async def test_a_consequence_that_fails_holds_up_nothing(desk: Desk, agent: Headers, admin: Headers) -> None:
    await promised(desk, admin)
    bad, good = await desk.ticket(agent), await desk.ticket(agent)

    def leaves_a_trace(conn: Any, core: Any, happening: Any, now: Any) -> None:
        trace = {"key": f"trace:{happening.number}:{happening.id}", "value": 1}
        conn.execute(desk_values.insert(), trace)  # its key is unique: twice would fail

    def fails(conn: Any, core: Any, happening: Any, now: Any) -> None:
        if happening.number == bad["number"]:
            raise ValueError("nobody foresaw this")

    desk.core.follower.consequences[:0] = [leaves_a_trace, fails]
    await desk.core.follower.once()
    assert (await clock(desk, good["number"], "first_response"))["state"] == "running"
    traces = await desk.core.db.read(
        lambda conn: conn.execute(sa.select(desk_values.c.key).where(desk_values.c.key.like("trace:%"))).all()
    )
    assert len(traces) == 2, "what stood before the failure was undone with its slice, and done once more"
    desk.core.follower.consequences.remove(leaves_a_trace)
    desk.core.follower.consequences.remove(fails)
    assert desk.service.runner is not None
    assert await desk.service.runner.run_next("default")
    assert (await clock(desk, bad["number"], "first_response"))["state"] == "running", (
        "and it comes in its turn"
    )


async def test_what_cannot_be_an_agreement_is_refused(desk: Desk, admin: Headers, agent: Headers) -> None:
    wrong = {
        "name": {"en": "x"},
        "zone": "Mars/Base",
        "week": [[[9, 5]]] * 6,
        "country": "XX",
        "extra": ["soon"],
    }
    answer = await desk.http.put("/api/v1/calendars/x", json=wrong, headers=admin)
    assert {e["field"] for e in answer.json()["errors"]} == {"zone", "week", "country", "extra"}
    await promised(desk, admin)
    stale = {"name": {"en": "Late"}, "calendar": "office", "targets": TARGETS, "version": 0}
    assert (
        await desk.http.put("/api/v1/sla-policies/standard", json=stale, headers=admin)
    ).status_code == 409
    assert (
        await desk.http.put("/api/v1/sla-policies/standard", json=stale, headers=agent)
    ).status_code == 403
    assert (await desk.http.delete("/api/v1/calendars/office", headers=admin)).status_code == 409
