"""Tickets together: merged and taken apart again, split, linked, answered at once, changed at once."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest

from services.common.jobs import JobContext
from services.core.batches.jobs import undo_batch, work_batch
from services.core.intake.inbound import Inbound, Sender
from tests.service.core.conftest import Desk

Headers = dict[str, str]
BOB = {"email": "bob@example.com", "name": "Bob"}


async def call(desk: Desk, method: str, path: str, who: Headers, body: Any = None) -> Any:
    answer = await desk.http.request(method, f"/api/v1{path}", json=body, headers=who)
    assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
    return answer.json()


async def refused(desk: Desk, method: str, path: str, who: Headers, body: Any = None) -> tuple[int, str]:
    answer = await desk.http.request(method, f"/api/v1{path}", json=body, headers=who)
    assert answer.is_error, answer.text
    return answer.status_code, answer.json()["code"]


async def say(desk: Desk, number: int, who: Headers, body: str, kind: str = "reply") -> Any:
    return await call(desk, "POST", f"/tickets/{number}/messages", who, {"kind": kind, "body": body})


async def texts(desk: Desk, number: int, who: Headers) -> list[str]:
    page = await call(desk, "GET", f"/tickets/{number}/messages?limit=100", who)
    return [entry["body_text"] for entry in page["items"] if entry["entry"] == "message"]


@pytest.mark.req(37)
async def test_a_merge_shows_both_timelines_and_leads_the_old_number_on(
    desk: Desk, agent: Headers, customer: Headers
) -> None:
    old, kept = await desk.ticket(agent, body="First words"), await desk.ticket(agent, body="Second words")
    await say(desk, old["number"], agent, "secret of the desk", "note")
    merged = await call(desk, "PUT", f"/tickets/{old['number']}/merge", agent, {"into": kept["number"]})
    assert merged["number"] == kept["number"]
    assert await texts(desk, kept["number"], agent) == ["First words", "Second words", "secret of the desk"]
    assert await texts(desk, kept["number"], customer) == ["First words", "Second words"]
    gone = await call(desk, "GET", f"/tickets/{old['number']}", customer)
    assert (gone["merged_into"], gone["status_category"]) == (kept["number"], "closed")
    assert await refused(desk, "POST", f"/tickets/{old['number']}/messages", agent, {"kind": "note", "body": "x"}) == (
        409, "core.ticket_merged")  # fmt: skip
    await say(desk, old["number"], customer, "To the old number")
    assert (await texts(desk, kept["number"], agent))[-1] == "To the old number"
    related = await call(desk, "GET", f"/tickets/{kept['number']}/relations", agent)
    assert [one["number"] for one in related["merged"]] == [old["number"]]


@pytest.mark.req(37)
async def test_mail_to_a_merged_ticket_reaches_the_one_that_goes_on(desk: Desk, agent: Headers) -> None:
    first, second, third = [await desk.ticket(agent) for _ in range(3)]
    for source, target in ((first, second), (second, third)):
        await call(desk, "PUT", f"/tickets/{source['number']}/merge", agent, {"into": target["number"]})
    mail = Inbound(
        channel="email",
        sender=Sender(value="ana@example.com"),
        subject=f"Re: [#{first['number']}]",
        text="Again",
        language="en",
        number=first["number"],
    )
    accepted = await desk.core.db.write(lambda conn: desk.core.intake.accept(conn, mail, desk.clock.now()))
    assert accepted.row["number"] == third["number"]


@pytest.mark.req(37)
async def test_a_merge_is_taken_back_with_status_and_conversation(desk: Desk, agent: Headers) -> None:
    old, kept = await desk.ticket(agent, body="First words"), await desk.ticket(agent, body="Second words")
    old = await call(desk, "PATCH", f"/tickets/{old['number']}", agent, {"version": 1, "status": "delayed"})
    await call(desk, "PUT", f"/tickets/{old['number']}/merge", agent, {"into": kept["number"]})
    back = await call(desk, "DELETE", f"/tickets/{old['number']}/merge", agent)
    assert (back["number"], back["status"], back["reopens"]) == (old["number"], "delayed", 0)
    assert "merged_into" not in back
    assert await texts(desk, kept["number"], agent) == ["Second words"]
    assert await texts(desk, old["number"], agent) == ["First words"]
    assert (await refused(desk, "DELETE", f"/tickets/{old['number']}/merge", agent))[0] == 409


@pytest.mark.hard("S-20", "S-50")
async def test_no_merge_shows_a_customer_anothers_words_or_runs_in_a_circle(
    desk: Desk, agent: Headers, light: Headers, customer: Headers
) -> None:
    own, more, other = (
        await desk.ticket(agent),
        await desk.ticket(agent),
        await desk.ticket(agent, requester=BOB),
    )
    path = f"/tickets/{own['number']}/merge"
    assert await refused(desk, "PUT", path, agent, {"into": other["number"]}) == (422, "core.cannot_merge")
    assert (await refused(desk, "PUT", path, agent, {"into": own["number"]}))[0] == 422
    assert (await refused(desk, "PUT", path, agent, {"into": 999_999}))[0] == 404
    for nobody in (light, customer):
        assert (await refused(desk, "PUT", path, nobody, {"into": more["number"]}))[0] in {403, 404}
        assert (await refused(desk, "GET", f"/tickets/{own['number']}/relations", nobody))[0] in {403, 404}
    answers = await asyncio.gather(*(
        desk.http.put(f"/api/v1/tickets/{a['number']}/merge", json={"into": b["number"]}, headers=agent)
        for a, b in ((own, more), (more, own), (own, more))
    ))  # fmt: skip
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409]


@pytest.mark.req(30)
async def test_a_message_becomes_a_ticket_of_its_own_and_stays_where_it_was(
    desk: Desk, agent: Headers, customer: Headers
) -> None:
    ticket = await desk.ticket(agent)
    posted = await say(desk, ticket["number"], customer, "By the way, my PIN does not work either.")
    body = {"message": posted["entry"]["id"], "subject": "PIN"}
    made = await call(desk, "POST", f"/tickets/{ticket['number']}/splits", agent, body)
    assert (made["subject"], made["requester"]["email"]) == ("PIN", "ana@example.com")
    assert await texts(desk, made["number"], customer) == ["By the way, my PIN does not work either."]
    assert len(await texts(desk, ticket["number"], agent)) == 2
    related = await call(desk, "GET", f"/tickets/{made['number']}/relations", agent)
    assert [(one["kind"], one["number"]) for one in related["links"]] == [("related", ticket["number"])]
    note = await say(desk, ticket["number"], agent, "x", "note")
    wrong = {"message": note["entry"]["id"]}
    assert (await refused(desk, "POST", f"/tickets/{ticket['number']}/splits", agent, wrong))[0] == 422


KINDS = [
    ("duplicate_of", "duplicated_by"), ("child_of", "parent_of"), ("incident_of", "problem_of"), ("related", "related")
]  # fmt: skip


@pytest.mark.req(36)
@pytest.mark.parametrize(("here", "there"), KINDS)
async def test_a_link_is_read_from_both_sides_and_removed_from_either(
    desk: Desk, agent: Headers, here: str, there: str
) -> None:
    one, two = await desk.ticket(agent), await desk.ticket(agent, requester=BOB)
    await call(desk, "POST", f"/tickets/{one['number']}/links", agent, {"to": two["number"], "kind": here})
    for number, other, kind in ((one, two, here), (two, one, there)):
        found = await call(desk, "GET", f"/tickets/{number['number']}/relations", agent)
        assert [(x["kind"], x["number"]) for x in found["links"]] == [(kind, other["number"])]
    if here != "related":
        circle = {"to": one["number"], "kind": here}
        assert (await refused(desk, "POST", f"/tickets/{two['number']}/links", agent, circle))[0] == 422
    left = await call(desk, "DELETE", f"/tickets/{two['number']}/links/{one['number']}/{there}", agent)
    assert left["links"] == []


@pytest.mark.req(36)
async def test_a_problem_is_made_of_several_tickets_in_one_step_and_only_once(
    desk: Desk, agent: Headers, light: Headers
) -> None:
    numbers = [(await desk.ticket(agent, subject=f"Transfer {n}"))["number"] for n in range(3)]
    body = {
        "subject": "Transfers fail",
        "body": "Since nine.",
        "incidents": [*numbers[:2], 99_999],
        "external_id": "incident:1",
    }
    made = await call(desk, "POST", "/problems", agent, body)
    assert (made["type"], made["requester"]["email"]) == ("problem", "agent@desk.test")
    again = await call(desk, "POST", "/problems", agent, {**body, "incidents": numbers})
    assert again["number"] == made["number"]
    found = await call(desk, "GET", f"/tickets/{made['number']}/relations", agent)
    assert [(one["kind"], one["number"]) for one in found["links"]] == [("problem_of", n) for n in numbers]
    incident = await call(desk, "GET", f"/tickets/{numbers[0]}", agent)
    assert incident["type"] == "incident"
    assert (await refused(desk, "POST", "/problems", light, body))[0] == 403
    assert (await refused(desk, "POST", "/problems", agent, {**body, "incidents": []}))[0] == 422


@pytest.mark.req(36)
async def test_one_answer_to_a_problem_reaches_each_incident_in_its_language(
    desk: Desk, agent: Headers
) -> None:
    problem = await desk.ticket(agent, subject="The app is down", requester=BOB)
    people = [("en", "Eve Long"), ("es", "Luz Mar"), ("fr", "Zoe Bel")]
    incidents = [
        await desk.ticket(agent, language=lang, requester={"email": f"{name[:3]}@example.com", "name": name})
        for lang, name in people
    ]
    for one in incidents:
        await call(
            desk, "POST", f"/tickets/{one['number']}/links", agent, {"to": problem["number"], "kind": "incident_of"}
        )  # fmt: skip
    typed = await call(desk, "GET", f"/tickets/{problem['number']}", agent)
    assert typed["type"] == "problem"
    body = {
        "en": "Hello {{ticket.requester.first_name|there}}, it works again {{nothing}}.",
        "es": "Hola, {{ticket.requester.first_name}}.",
    }
    path = f"/tickets/{problem['number']}/incident-replies"
    done = await call(desk, "POST", path, agent, {"body": body, "status": "solved"})
    assert (done["state"], done["changed"]) == ("done", 3)
    said = [(await texts(desk, one["number"], agent))[-1] for one in incidents]
    assert said == ["Hello Eve, it works again .", "Hola, Luz.", "Hello Zoe, it works again ."]
    assert (await call(desk, "GET", f"/tickets/{incidents[0]['number']}", agent))["status"] == "solved"
    assert (await refused(desk, "POST", path, agent, {}))[0] == 422


async def batch(desk: Desk, who: Headers, tickets: list[Any], **changes: Any) -> Any:
    body = {"numbers": [one["number"] for one in tickets], "changes": changes}
    return await call(desk, "POST", "/batches", who, body)


@pytest.mark.req(80)
async def test_many_are_changed_at_once_and_undo_spares_what_somebody_changed_since(
    desk: Desk, agent: Headers, lead: Headers
) -> None:
    tickets = [await desk.ticket(agent, tags=["old"], priority="low") for _ in range(3)]
    done = await batch(
        desk, agent, tickets, priority="high", add_tags=["x"], remove_tags=["old"], assignee="me"
    )
    assert (done["state"], done["changed"], done["skipped"]) == ("done", 3, 0)
    now = await call(desk, "GET", f"/tickets/{tickets[0]['number']}", agent)
    assert (now["priority"], now["tags"], now["assignee"]["name"]) == ("high", ["x"], "Grace Oduya")
    await call(
        desk, "PATCH", f"/tickets/{tickets[0]['number']}", lead,
        {"version": 2, "priority": "critical", "tags": ["y"], "assignee": "lead@desk.test"},
    )  # fmt: skip
    await call(desk, "PATCH", f"/tickets/{tickets[1]['number']}", lead, {"version": 2, "tags": ["y"]})
    undone = await call(desk, "DELETE", f"/batches/{done['id']}", agent)
    assert [(one["state"], one["reason"]) for one in undone["items"]] == [
        ("kept", "changed"), ("undone", "partly"), ("undone", "")
    ]  # fmt: skip
    found = [await call(desk, "GET", f"/tickets/{one['number']}", agent) for one in tickets]
    assert [(t["priority"], t["tags"], t["assignee"] and t["assignee"]["name"]) for t in found] == [
        ("critical", ["y"], "Marcus Hale"), ("low", ["y"], None), ("low", ["old"], None)
    ]  # fmt: skip
    assert found[2]["set_by"] == tickets[2]["set_by"]
    assert (await refused(desk, "DELETE", f"/batches/{done['id']}", agent))[0] == 409


async def test_what_one_ticket_does_not_allow_is_said_there_and_stops_nobody(
    desk: Desk, agent: Headers
) -> None:
    tickets = [await desk.ticket(agent) for _ in range(2)]
    await call(desk, "PUT", f"/tickets/{tickets[0]['number']}/closure", agent, {})
    done = await batch(desk, agent, tickets, status="pending")
    assert [(one["state"], one["reason"]) for one in done["items"]] == [
        ("skipped", "core.illegal_transition"), ("done", "")
    ]  # fmt: skip
    wrong = await batch(desk, agent, tickets, priority="purple")
    assert {one["reason"] for one in wrong["items"]} == {"core.unknown_value"}


@pytest.mark.hard("S-20")
async def test_a_batch_touches_and_shows_only_what_is_ones_own(
    desk: Desk, agent: Headers, lead: Headers, light: Headers, customer: Headers
) -> None:
    ticket = await desk.ticket(agent)
    body = {"numbers": [ticket["number"], 999_999], "changes": {"priority": "high"}}
    for nobody in (light, customer):
        assert (await refused(desk, "POST", "/batches", nobody, body))[0] == 403
    done = await call(desk, "POST", "/batches", agent, body)
    assert [one["number"] for one in done["items"]] == [ticket["number"]]
    other = await desk.person("other@desk.test", "agent")
    for nobody in (other, light, customer):
        assert (await refused(desk, "GET", f"/batches/{done['id']}", nobody))[0] == 404
        assert (await refused(desk, "DELETE", f"/batches/{done['id']}", nobody))[0] == 404
    assert (await call(desk, "GET", f"/batches/{done['id']}", lead))["changed"] == 1


async def test_a_large_batch_is_worked_on_in_slices_and_taken_back_too(desk: Desk, agent: Headers) -> None:
    tickets = [await desk.ticket(agent) for _ in range(27)]
    begun = await batch(desk, agent, tickets, priority="high")
    assert (begun["state"], begun["done"], begun["total"]) == ("running", 0, 27)

    async def report(done: int, total: int, note: str) -> bool:
        return False

    def context() -> JobContext:
        return JobContext(desk.core, desk.core.db, desk.clock, UUID(int=1), 1, report)

    await work_batch(context(), {"batch": begun["id"]})
    done = await call(desk, "GET", f"/batches/{begun['id']}", agent)
    assert (done["state"], done["changed"]) == ("done", 27)
    await work_batch(context(), {"batch": begun["id"]})
    desk.clock.advance(timedelta(seconds=1))
    assert (await call(desk, "DELETE", f"/batches/{begun['id']}", agent))["state"] == "undoing"
    actor = await desk.core.db.read(lambda conn: conn.exec_driver_sql("select actor from batch").scalar())
    await undo_batch(context(), {"batch": begun["id"], "actor": msgspec.json.decode(actor)})
    undone = await call(desk, "GET", f"/batches/{begun['id']}", agent)
    assert (undone["state"], {one["state"] for one in undone["items"]}) == ("undone", {"undone"})
