"""The customer's word on a solution: asked for once, given by link or signed in, changed for some days."""

import re
from datetime import timedelta
from typing import Any

import pytest

from services.core.models import outgoing_mail, rating
from tests.service.core.conftest import Desk
from tests.service.core.test_clocks import later, rows
from tests.service.core.test_life_by_time import said, seen, wanted

Headers = dict[str, str]


async def solved(desk: Desk, **values: Any) -> int:
    agent = await desk.person("agent@desk.test", "agent")
    number: int = (await desk.ticket(agent, **values))["number"]
    answer = await desk.http.put(f"/api/v1/tickets/{number}/closure", json={}, headers=agent)
    assert answer.status_code == 200, answer.text
    await desk.core.follower.once()
    return number


async def asked_link(desk: Desk, number: int) -> str:
    found = re.search(r"/rating/(\S+)", (await said(desk, number))[-1])
    assert found
    return found[1]


async def give(desk: Desk, link: str, **body: Any) -> Any:
    return await desk.http.post(f"/api/v1/ratings/{link}", json=body, headers=desk.as_service("portal"))


@pytest.mark.req(110)
async def test_the_survey_goes_out_once_a_solution_and_its_answer_is_on_the_ticket_and_in_the_report(
    desk: Desk, agent: Headers, admin: Headers
) -> None:
    await wanted(desk, admin, rate_hours=2)
    number = await solved(desk)
    await later(desk, hours=1)
    assert await said(desk, number) == []
    for _ in range(3):
        await later(desk, hours=2)
    assert len(await said(desk, number)) == 1
    assert [m.kind for m in await rows(desk, outgoing_mail)] == ["notice"]
    answer = await give(desk, await asked_link(desk, number), score=5, comment="Quick!")
    assert answer.status_code == 200, answer.text
    agent = await desk.person("agent@desk.test", "agent")
    ticket = (await desk.http.get(f"/api/v1/tickets/{number}", headers=agent)).json()
    assert (ticket["rating"]["score"], ticket["rating"]["comment"]) == (5, "Quick!")
    kinds = (await seen(desk, number))[1]
    assert (kinds.count("surveyed"), kinds.count("rated")) == (1, 1)
    lead = await desk.person("lead@desk.test", "lead")
    report = (await desk.http.get("/api/v1/reports/satisfaction?by=channel", headers=lead)).json()
    assert (report["asked"], report["answered"], report["csat"], report["scores"]["5"]) == (1, 1, 1.0, 1)
    assert report["groups"] == [{"key": ticket["channel"], "answered": 1, "csat": 1.0}]
    assert report["recent"][0]["number"] == number

    await desk.http.delete(f"/api/v1/tickets/{number}/closure", headers=agent)
    await later(desk, hours=1)
    agent = await desk.person("agent@desk.test", "agent")
    await desk.http.put(f"/api/v1/tickets/{number}/closure", json={}, headers=agent)
    await desk.core.follower.once()
    for _ in range(2):
        await later(desk, hours=3)
    assert len(await said(desk, number)) == 2, "another solution is another question"
    assert len(await rows(desk, rating)) == 1


@pytest.mark.req(110)
async def test_looking_at_the_link_writes_nothing_and_only_the_link_opens_it(
    desk: Desk, agent: Headers, admin: Headers
) -> None:
    await wanted(desk, admin, rate_hours=1, ask_hours=1)
    number = await solved(desk)
    await later(desk, hours=2)
    texts = "\n".join(await said(desk, number))
    link = re.search(r"/rating/(\S+)", texts)[1]  # type: ignore[index]
    other = re.search(r"/follow-up/(\S+)", texts)[1]  # type: ignore[index]
    portal = desk.as_service("portal")
    before = await rows(desk, rating)
    for _ in range(3):
        seen = (await desk.http.get(f"/api/v1/ratings/{link}", headers=portal)).json()
        assert seen == {"number": number, "may_rate": True, "rating": None}
    assert await rows(desk, rating) == before
    for forged in (f"1{link}", f"{link[:-1]}{'a' if link[-1] != 'a' else 'b'}", other, "x"):
        assert (await give(desk, forged, score=1)).status_code == 404
    for wrong in (0, 6, 2.5, "well", None):
        assert (await give(desk, link, score=wrong)).status_code in {400, 422}
    desk.clock.advance(timedelta(days=40))
    assert (await give(desk, link, score=5)).status_code == 404


@pytest.mark.req(110)
async def test_the_customer_rates_signed_in_and_may_change_it_for_some_days(desk: Desk) -> None:
    number = await solved(desk)

    async def rate(score: int, email: str = "ana@example.com") -> int:
        who = await desk.person(email, "customer")
        path = f"/api/v1/tickets/{number}/rating"
        return (await desk.http.put(path, json={"score": score}, headers=who)).status_code

    assert await rate(2) == 200
    assert await rate(3, "bob@example.com") == 404
    desk.clock.advance(timedelta(days=3))
    assert await rate(4) == 200
    desk.clock.advance(timedelta(days=5))
    assert await rate(5) == 409, "a week after the first word it stands"
    [row] = await rows(desk, rating)
    assert row.score == 4
    agent = await desk.person("agent@desk.test", "agent")
    answer = await desk.http.put(f"/api/v1/tickets/{number}/rating", json={"score": 5}, headers=agent)
    assert answer.status_code == 404, "nobody rates for the customer"
    page = (await desk.http.get(f"/api/v1/tickets/{number}/messages", headers=agent)).json()
    events = [e["changes"][0] for e in page["items"] if e["kind"] == "rated"]
    assert [(e["old"], e["new"]) for e in events] == [(None, 2), (2, 4)]


async def test_what_is_open_or_was_given_unasked_is_not_asked_about(
    desk: Desk, agent: Headers, admin: Headers
) -> None:
    await wanted(desk, admin, rate_hours=5)
    number = await solved(desk)
    customer = await desk.person("ana@example.com", "customer")
    path = f"/api/v1/tickets/{number}/rating"
    assert (await desk.http.put(path, json={"score": 5}, headers=customer)).status_code == 200
    reopened = await solved(desk, subject="Another one")
    customer = await desk.person("ana@example.com", "customer")
    await desk.http.delete(f"/api/v1/tickets/{reopened}/closure", headers=customer)
    await desk.core.follower.once()
    await later(desk, hours=6)
    await later(desk, hours=6)
    assert await said(desk, number) == []
    assert await said(desk, reopened) == []
    customer = await desk.person("ana@example.com", "customer")
    path = f"/api/v1/tickets/{reopened}/rating"
    assert (await desk.http.put(path, json={"score": 5}, headers=customer)).status_code == 409


async def test_erasing_the_customer_takes_what_they_wrote_and_keeps_the_score(desk: Desk) -> None:
    number = await solved(desk)
    customer = await desk.person("ana@example.com", "customer")
    body = {"score": 1, "comment": "I am Ana Ruiz of Main Street"}
    await desk.http.put(f"/api/v1/tickets/{number}/rating", json=body, headers=customer)
    admin = await desk.person("admin@desk.test", "admin")
    ticket = (await desk.http.get(f"/api/v1/tickets/{number}", headers=admin)).json()
    answer = await desk.http.delete(f"/api/v1/contacts/{ticket['requester']['id']}", headers=admin)
    assert answer.status_code == 200, answer.text
    [row] = await rows(desk, rating)
    assert (row.score, row.comment) == (1, "")
