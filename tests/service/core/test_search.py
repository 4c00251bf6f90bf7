"""Search over tickets: the language against a real database, the full text, and who finds what."""

from datetime import timedelta
from typing import Any

import pytest

from services.core.search.index import Indexer, pending
from tests.service.core.conftest import Desk

Headers = dict[str, str]


async def found(desk: Desk, headers: Headers, q: str, **more: Any) -> list[int]:
    answer = await desk.http.get("/api/v1/tickets", params={"q": q, **more}, headers=headers)
    assert answer.status_code == 200, answer.text
    return [row["number"] for row in answer.json()["items"]]


async def indexed(desk: Desk) -> None:
    await Indexer(desk.core.db).catch_up(whole=True)
    assert await desk.core.db.read(lambda conn: pending(conn, whole=True)) == []


async def desk_with_three(desk: Desk, agent: Headers) -> list[int]:
    first = await desk.ticket(agent, subject="Tarjeta robada en Málaga", body="Me robaron el bolso. Crédito bloqueado.",
                              priority="high", tags=["fraud"])  # fmt: skip
    desk.clock.advance(timedelta(days=10))
    agent = await desk.person("agent@desk.test", "agent")
    second = await desk.ticket(agent, subject="Refund missing", body="The exact phrase is here.", channel="phone",
                               requester={"email": "bea@corp.example", "name": "Beatriz Núñez"})  # fmt: skip
    third = await desk.ticket(agent, subject="Refund of a fee", body="A phrase that is not exact.")
    return [ticket["number"] for ticket in (first, second, third)]


CASES = [
    ("robada", (0,)), ("malaga", (0,)), ("CREDITO", (0,)), ("refund", (2, 1)), ('"exact phrase"', (1,)),
    ("phrase exact", (2, 1)), ("refu miss", (1,)), ("nunez", (1,)), ("bea@corp.example", (1,)),
    ("status:open refund -missing", (2,)), ("estado:abierto prioridad:alta", (0,)), ("priority>normal", (0,)),
    ("created>7d", (2, 1)), ("created<7d", (0,)), ("tag:fraud OR channel:phone", (1, 0)), ("-tag:fraud", (2, 1)),
    ("requester:nunez", ()), ("requester:beatriz", (1,)), ("is:unassigned is:open", (2, 1, 0)), ("subject:phrase", ()),
    ("(refund OR robada) -phrase", (0,)), ("assignee:none refund", (2, 1)), ("has:note", ()), ("zebra", ()),
]  # fmt: skip


@pytest.mark.req(20, 46)
@pytest.mark.parametrize("fresh", [True, False], ids=["at once", "from the index"])
async def test_each_query_finds_its_tickets_and_no_other(desk: Desk, agent: Headers, fresh: bool) -> None:
    numbers = await desk_with_three(desk, agent)
    if not fresh:
        await indexed(desk)
    agent = await desk.person("agent@desk.test", "agent")
    for q, places in CASES:
        if fresh and q in {"malaga", "CREDITO", "nunez", '"exact phrase"'}:
            continue  # accents and order are the index's; it has them within a second
        got = await found(desk, agent, q, sort="number")
        assert got == [numbers[place] for place in places], q
    for typed in (f"#{numbers[1]}", str(numbers[1]), f"number:{numbers[1]}"):
        assert await found(desk, agent, typed) == [numbers[1]]


@pytest.mark.req(31)
async def test_replies_notes_and_resolutions_are_found_after_they_are_written(
    desk: Desk, agent: Headers
) -> None:
    ticket = await desk.ticket(agent)
    await indexed(desk)
    path = f"/api/v1/tickets/{ticket['number']}"
    for kind, body in (("reply", "We ordered a replacement"), ("note", "Suspect: walrus ring")):
        await desk.http.post(f"{path}/messages", json={"kind": kind, "body": body}, headers=agent)
    await desk.http.put(f"{path}/closure", json={"resolution": "Sent by courier"}, headers=agent)
    for again in range(2):
        for q in ("replacement", "walrus", "courier"):
            assert await found(desk, agent, q) == [ticket["number"]], (q, again)
        await indexed(desk)
    assert await found(desk, agent, "note:walrus") == [ticket["number"]]
    assert await found(desk, agent, "note:replacement") == []


@pytest.mark.hard("S-20", "S-22")
@pytest.mark.req(42)
async def test_nobody_finds_what_they_may_not_read(
    desk: Desk, agent: Headers, light: Headers, customer: Headers
) -> None:
    own = await desk.ticket(agent)
    other = await desk.ticket(agent, requester={"email": "bob@example.com", "name": "Bob"})
    note = {"kind": "note", "body": "walrus"}
    await desk.http.post(f"/api/v1/tickets/{own['number']}/messages", json=note, headers=agent)
    for again in range(2):
        assert await found(desk, customer, "card") == [own["number"]], again
        assert await found(desk, customer, "walrus") == []
        assert await found(desk, customer, "-walrus") == [own["number"]]
        assert await found(desk, customer, f"#{other['number']}") == []
        assert await found(desk, light, "card") == []
        await indexed(desk)
    for q in (
        "tag:x",
        "priority:high",
        "assignee:none",
        "note:walrus",
        "requester:bob",
        "has:note",
        "is:vip",
    ):
        answer = await desk.http.get("/api/v1/tickets", params={"q": q}, headers=customer)
        assert answer.status_code in {403, 422}, q


async def test_a_wrong_query_is_answered_with_place_and_expectation(desk: Desk, agent: Headers) -> None:
    for q, position, reason in (
        ("lost status:opne", 6, "value"), ("created>soon", 1, "value"), ("card (", 7, "unexpected"),
        ("colour:x", 1, "field"), ("tag>3", 1, "operator"),
    ):  # fmt: skip
        answer = await desk.http.get("/api/v1/tickets", params={"q": q}, headers=agent)
        problem = answer.json()
        assert (answer.status_code, problem["code"]) == (422, "core.query_wrong"), q
        assert (problem["position"], problem["reason"]) == (position, reason), q
        assert problem["expected"], q


@pytest.mark.req(58)
async def test_a_saved_view_speaks_the_same_language_and_counts(desk: Desk, agent: Headers) -> None:
    await desk_with_three(desk, agent)
    agent = await desk.person("agent@desk.test", "agent")
    body = {"name": {"en": "Refunds"}, "filters": {"q": "refund is:open"}, "sort": "created"}
    made = await desk.http.post("/api/v1/views", json=body, headers=agent)
    assert (made.status_code, made.json()["count"]) == (201, 2)
    listed = await desk.http.get("/api/v1/tickets", params={"view": made.json()["id"]}, headers=agent)
    assert len(listed.json()["items"]) == 2
    wrong = await desk.http.post("/api/v1/views", json={**body, "filters": {"q": "x:1"}}, headers=agent)
    assert (wrong.status_code, wrong.json()["code"]) == (422, "core.query_wrong")


async def test_a_renamed_customer_is_found_by_the_new_name(desk: Desk, agent: Headers) -> None:
    ticket = await desk.ticket(agent)
    await indexed(desk)
    contact = ticket["requester"]["id"]
    version = (await desk.http.get(f"/api/v1/contacts/{contact}", headers=agent)).json()["version"]
    body = {"version": version, "name": "Anastasia Qwerty"}
    assert (await desk.http.patch(f"/api/v1/contacts/{contact}", json=body, headers=agent)).status_code == 200
    assert await found(desk, agent, "qwerty") == [ticket["number"]]
    await indexed(desk)
    assert await found(desk, agent, "qwerty") == [ticket["number"]]


async def test_pages_of_a_search_show_every_match_once(desk: Desk, agent: Headers) -> None:
    numbers = [(await desk.ticket(agent))["number"] for _ in range(7)]
    await indexed(desk)
    seen: list[int] = []
    cursor = None
    while True:
        query = {"q": "swallowed", "limit": 3} | ({"cursor": cursor} if cursor else {})
        page = (await desk.http.get("/api/v1/tickets", params=query, headers=agent)).json()
        seen += [row["number"] for row in page["items"]]
        if (cursor := page["next_cursor"]) is None:
            break
    assert seen == numbers[::-1]
