"""Articles answer new requests where an admin allows it; the customer's word decides what that was worth."""

import re
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from services.common.db.tables import outbox
from services.core.answers.service import broken
from services.core.contract import ANSWER_WANTED
from services.core.models import auto_answer
from tests.service.core.conftest import Desk
from tests.service.core.test_life_by_time import said, seen, wanted

Headers = dict[str, str]
ARTICLE = {
    "article": str(UUID(int=5)), "lang": "en", "slug": "swallowed-card", "title": "A card was swallowed",
    "quote": "Call the {link} branch: it keeps the card for two days.", "anchor": "branch",
}  # fmt: skip


async def asked(desk: Desk) -> list[int]:
    """The requests for which the knowledge base was asked, in order."""
    await desk.core.follower.once()
    query = sa.select(outbox.c.data).where(outbox.c.type == ANSWER_WANTED).order_by(outbox.c.id)
    return [row.data["number"] for row in await desk.core.db.read(lambda conn: list(conn.execute(query)))]


async def offer(desk: Desk, ticket: dict[str, Any]) -> dict[str, Any]:
    """Core's word on an answer of the knowledge base."""
    path = f"/internal/tickets/{ticket['id']}/answer"
    answer = await desk.http.post(path, json=ARTICLE, headers=desk.as_service("kb"))
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def prepared(desk: Desk, admin: Headers) -> None:
    category = {"key": "card_swallowed", "name": {"en": "Swallowed"}}
    await desk.http.post("/api/v1/categories", json=category, headers=admin)
    await wanted(desk, admin, answer=["card_swallowed"])


async def answered(desk: Desk, agent: Headers) -> tuple[dict[str, Any], str]:
    """A request with an answer, and the signed part of the link in it."""
    made = await desk.ticket(agent, category="card_swallowed")
    assert (await offer(desk, made))["sent"]
    [text] = await said(desk, made["number"])
    found = re.search(r"/follow-up/(\S+)", text)
    assert found
    return made, found[1]


@pytest.mark.req(61)
async def test_nothing_is_answered_until_an_admin_names_the_category(
    desk: Desk, agent: Headers, admin: Headers
) -> None:
    await prepared(desk, admin)
    await wanted(desk, admin)
    made = await desk.ticket(agent, category="card_swallowed")
    assert await asked(desk) == []
    assert await offer(desk, made) == {"sent": False, "reason": "category"}
    assert await said(desk, made["number"]) == []
    await wanted(desk, admin, answer=["card_swallowed"])
    none, one = await desk.ticket(agent), await desk.ticket(agent, category="card_swallowed")
    assert await asked(desk) == [one["number"]]
    path, change = (
        f"/api/v1/tickets/{none['number']}",
        {"category": "card_swallowed", "version": none["version"]},
    )
    await desk.http.patch(path, json=change, headers=agent)
    assert await asked(desk) == [one["number"], none["number"]]
    unknown = await desk.http.put("/api/v1/lifecycle", json={"answer": ["nonsense"]}, headers=admin)
    assert unknown.status_code == 422


@pytest.mark.req(61)
async def test_the_letter_names_its_source_and_the_request_stays_with_a_person(
    desk: Desk, agent: Headers, admin: Headers
) -> None:
    await prepared(desk, admin)
    made, link = await answered(desk, agent)
    [text] = await said(desk, made["number"])
    assert "Call the {link} branch: it keeps the card for two days." in text, "word for word"
    assert "/help/en/swallowed-card#branch" in text
    assert "A card was swallowed" in text
    status, kinds = await seen(desk, made["number"])
    assert (status, kinds.count("answered")) == ("open", 1)
    assert await offer(desk, made) == {"sent": False, "reason": "answered"}
    portal = desk.as_service("portal")
    found = (await desk.http.get(f"/api/v1/follow-ups/{link}", headers=portal)).json()
    assert found == {"number": made["number"], "over": False, "answered": True}


@pytest.mark.req(61)
async def test_it_helped_ends_the_request_and_it_did_not_keeps_it_open(
    desk: Desk, agent: Headers, admin: Headers
) -> None:
    await prepared(desk, admin)
    portal = desk.as_service("portal")
    made, link = await answered(desk, agent)
    for _ in range(2):
        done = await desk.http.post(f"/api/v1/follow-ups/{link}", json={"solved": True}, headers=portal)
        assert done.json()["over"]
    assert (await seen(desk, made["number"]))[0] == "solved"
    other, link = await answered(desk, agent)
    said_no = {"solved": False, "comment": "There is no branch here."}
    await desk.http.post(f"/api/v1/follow-ups/{link}", json=said_no, headers=portal)
    assert (await seen(desk, other["number"]))[0] == "open"
    late = await desk.http.post(f"/api/v1/follow-ups/{link}", json={"solved": True}, headers=portal)
    assert not late.json()["over"], "what was said first counts"
    figures = (await desk.http.get("/api/v1/reports/answers", headers=agent)).json()
    assert figures == [
        {"category": "card_swallowed", "sent": 2, "helped": 1, "not_helped": 1, "resting": False}
    ]


@pytest.mark.req(61)
async def test_who_writes_on_was_not_helped_and_what_a_person_has_answered_is_left_to_them(
    desk: Desk, agent: Headers, admin: Headers, customer: Headers
) -> None:
    await prepared(desk, admin)
    made, _ = await answered(desk, agent)
    body = {"kind": "reply", "body": "I am abroad, that is no use."}
    await desk.http.post(f"/api/v1/tickets/{made['number']}/messages", json=body, headers=customer)
    await desk.core.follower.once()
    [row] = await desk.core.db.read(lambda conn: list(conn.execute(sa.select(auto_answer.c.outcome))))
    assert row.outcome == "not_helped"
    other = await desk.ticket(agent, category="card_swallowed")
    reply = {"kind": "reply", "body": "Which station?"}
    await desk.http.post(f"/api/v1/tickets/{other['number']}/messages", json=reply, headers=agent)
    assert await offer(desk, other) == {"sent": False, "reason": "touched"}


@pytest.mark.req(61)
async def test_a_category_whose_answers_do_not_help_rests_until_they_are_forgotten(
    desk: Desk, agent: Headers, admin: Headers
) -> None:
    await prepared(desk, admin)
    portal = desk.as_service("portal")
    for _ in range(2):
        _, link = await answered(desk, agent)
        await desk.http.post(f"/api/v1/follow-ups/{link}", json={"solved": False}, headers=portal)
    made = await desk.ticket(agent, category="card_swallowed")
    assert await offer(desk, made) == {"sent": False, "reason": "resting"}
    desk.clock.advance(timedelta(days=91))
    agent = await desk.person("agent@desk.test", "agent")
    later = await desk.ticket(agent, category="card_swallowed")
    assert (await offer(desk, later))["sent"]


@pytest.mark.hard("S-22")
async def test_only_a_service_answers(desk: Desk, agent: Headers, admin: Headers) -> None:
    await prepared(desk, admin)
    made = await desk.ticket(agent, category="card_swallowed")
    for path in (made["id"], uuid4()):
        refused = await desk.http.post(f"/internal/tickets/{path}/answer", json=ARTICLE, headers=admin)
        assert refused.status_code in {401, 403, 404}


@pytest.mark.parametrize(("helped", "not_helped", "rests"), [
    (0, 0, False), (0, 1, False), (0, 2, True), (2, 3, False), (5, 5, True), (80, 20, False), (70, 30, True),
])  # fmt: skip
def test_the_promise_is_broken_where_chance_explains_it_in_less_than_one_case_in_twenty(
    helped: int, not_helped: int, rests: bool
) -> None:
    assert broken(helped, not_helped) is rests
