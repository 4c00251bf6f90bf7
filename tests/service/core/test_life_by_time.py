"""Silence has an end: a nudge, a closing, a question afterwards; and the customer's word counts at any time."""

import asyncio
import re
from datetime import timedelta
from typing import Any

import pytest

from services.core.follow import Follower
from services.core.follow.consequences import connect
from services.core.models import outgoing_mail
from tests.service.core.conftest import Desk
from tests.service.core.test_clocks import later, promised, rows
from tests.service.core.test_mail_intake import entries, mail, receive

Headers = dict[str, str]


async def wanted(desk: Desk, admin: Headers, **values: Any) -> None:
    answer = await desk.http.put("/api/v1/lifecycle", json=values, headers=admin)
    assert answer.status_code == 200, answer.text


async def seen(desk: Desk, number: int) -> tuple[str, list[str]]:
    who = await desk.person("agent@desk.test", "agent")
    ticket = (await desk.http.get(f"/api/v1/tickets/{number}", headers=who)).json()
    page = (await desk.http.get(f"/api/v1/tickets/{number}/messages", headers=who)).json()
    return ticket["status"], [e["kind"] for e in page["items"] if e["entry"] == "event"]


async def pending(desk: Desk, agent: Headers) -> int:
    made = await desk.ticket(agent)
    await desk.http.post(
        f"/api/v1/tickets/{made['number']}/messages",
        json={"kind": "reply", "body": "Which card?"},
        headers=agent,
    )
    await desk.core.follower.once()
    number: int = made["number"]
    return number


async def said(desk: Desk, number: int) -> list[str]:
    who = await desk.person("agent@desk.test", "agent")
    return [e["body_text"] for e in await entries(desk, who, number) if e["author"]["kind"] == "rule"]


@pytest.mark.req(60)
async def test_a_silent_pending_ticket_is_nudged_and_then_closed(
    desk: Desk, agent: Headers, admin: Headers
) -> None:
    await wanted(desk, admin, nudge_hours=48, close_hours=72)
    number = await pending(desk, agent)
    await later(desk, hours=47)
    assert (await seen(desk, number))[1].count("nudged") == 0
    await later(desk, hours=2)
    await later(desk, hours=1)
    assert (await seen(desk, number))[1].count("nudged") == 1
    [text] = await said(desk, number)
    assert f"#{number}" in text
    await later(desk, hours=70)
    assert (await seen(desk, number))[0] == "pending"
    await later(desk, hours=3)
    assert (await seen(desk, number))[0] == "closed"


@pytest.mark.req(28, 60)
async def test_a_word_of_the_customer_stops_it_and_reopens_what_was_closed(
    desk: Desk, agent: Headers, admin: Headers, customer: Headers
) -> None:
    await wanted(desk, admin, nudge_hours=48, close_hours=72)
    number = await pending(desk, agent)
    await later(desk, hours=49)
    customer = await desk.person("ana@example.com", "customer")
    body = {"kind": "reply", "body": "The blue one."}
    await desk.http.post(f"/api/v1/tickets/{number}/messages", json=body, headers=customer)
    await later(desk, hours=100)
    assert (await seen(desk, number))[0] == "open"
    agent = await desk.person("agent@desk.test", "agent")
    await desk.http.post(
        f"/api/v1/tickets/{number}/messages", json={"kind": "reply", "body": "Now?"}, headers=agent
    )
    await later(desk, hours=0)
    await later(desk, hours=49)
    await later(desk, hours=73)
    assert (await seen(desk, number))[0] == "closed", "a new silence is nudged and closed anew"
    customer = await desk.person("ana@example.com", "customer")
    await desk.http.post(f"/api/v1/tickets/{number}/messages", json=body, headers=customer)
    assert (await seen(desk, number))[0] == "open"


@pytest.mark.req(34)
async def test_after_the_end_the_customer_is_asked_and_not_solved_opens_it_again(
    desk: Desk, agent: Headers, admin: Headers
) -> None:
    await wanted(desk, admin, ask_hours=24)
    made = await desk.ticket(agent)
    number = made["number"]
    await desk.http.put(f"/api/v1/tickets/{number}/closure", json={}, headers=agent)
    await later(desk, hours=0)
    await later(desk, hours=25)
    await later(desk, hours=25)
    [text] = await said(desk, number)
    found = re.search(r"/follow-up/(\S+)", text)
    assert found
    link, portal = found[1], desk.as_service("portal")
    assert (await desk.http.get(f"/api/v1/follow-ups/{link}", headers=portal)).json() == {
        "number": number,
        "over": True,
        "answered": False,
    }
    for forged in (f"{link[:-1]}{'a' if link[-1] != 'a' else 'b'}", f"1{link}", "x", "1.2.3"):
        assert (await desk.http.get(f"/api/v1/follow-ups/{forged}", headers=portal)).status_code == 404
    assert (await desk.http.post(f"/api/v1/follow-ups/{link}", json={"solved": True}, headers=portal)).json()[
        "over"
    ]
    answer = await desk.http.post(
        f"/api/v1/follow-ups/{link}", json={"solved": False, "comment": "It broke again."}, headers=portal
    )
    assert answer.json() == {"number": number, "over": False, "answered": False}
    status, kinds = await seen(desk, number)
    assert status == "open"
    assert {"confirmed", "reopened"} <= set(kinds)
    desk.clock.advance(timedelta(days=40))
    portal = desk.as_service("portal")
    assert (await desk.http.get(f"/api/v1/follow-ups/{link}", headers=portal)).status_code == 404


@pytest.mark.req(17, 71)
async def test_mail_is_acknowledged_with_when_an_answer_comes_and_machines_are_not(
    desk: Desk, agent: Headers, admin: Headers
) -> None:
    await promised(desk, admin)
    await wanted(desk, admin, acknowledge=["email"])
    raw = mail(
        "El cajero se ha quedado con mi tarjeta y necesito otra cuanto antes.",
        subject="GANE DINERO http://x.test",
    )
    number = (await receive(desk, agent, raw)).json()["number"]
    bulk = await receive(
        desk, agent, mail("Buy!", message_id="<b@x.test>", sender="shop@x.test", Precedence="bulk")
    )
    await desk.core.follower.once()
    [text] = await said(desk, number)
    assert "lunes 23 de noviembre a las 09:00" in text, "the tests' clock stands on a Sunday"
    assert "11:00" in text, "two hours of work later"
    assert await said(desk, bulk.json()["number"]) == []
    [queued] = await rows(desk, outgoing_mail)
    assert "GANE" not in queued.subject, "nobody chooses the words of our mail"
    assert queued.kind == "notice"
    for place in range(6):
        raw = mail(
            "Hola otra vez, sigo esperando.", message_id=f"<again{place}@example.com>", subject=f"[#{number}]"
        )
        await receive(desk, agent, raw)
        await desk.core.follower.once()
    assert len(await said(desk, number)) == 1, "an answer is not acknowledged again"


@pytest.mark.hard("S-50")
async def test_workers_that_ring_the_same_alarm_at_once_nudge_once(
    desk: Desk, agent: Headers, admin: Headers
) -> None:
    await wanted(desk, admin, nudge_hours=48)
    number = await pending(desk, agent)
    desk.clock.advance(timedelta(hours=49))
    other = Follower(desk.core)
    connect(other)
    followers = [desk.core.follower, other] * 3
    await asyncio.gather(*[one.once() for one in followers])
    assert (await seen(desk, number))[1].count("nudged") == 1
    assert len(await said(desk, number)) == 1
