"""From a new ticket to a decision that core has answered."""

import json
from datetime import timedelta
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from services.common.db.tables import outbox
from services.common.errors import Invalid
from services.triage.contract import OutcomeRequest, PredictRequest, PromiseChange
from services.triage.models import Decision, DecisionInput, DecisionOutcome
from tests.service.triage.bench import Bench
from tests.service.triage.conftest import Start
from tests.service.triage.fakes import FakeCore, taxonomy

EVERYTHING = sa.select(Decision.__table__).order_by(Decision.id)


@pytest.mark.req(47, 51, 55)
async def test_a_new_ticket_is_decided_on_and_proposed_with_the_version_that_was_read(bench: Bench) -> None:
    version = await bench.trained()
    ticket = await bench.opened(1, "someone stole my card, block it today", version=4)
    (decision,) = await bench.client.decisions(ticket)
    assert decision.model == version
    assert decision.predictions["category"][0].label == "card_lost"
    assert decision.predictions["category"][0].name == {"en": "Lost card", "es": "Tarjeta perdida"}
    assert decision.predictions["team"][0].label == "team_cards"
    assert set(decision.predictions) == {"category", "priority", "tags", "team"}
    assert decision.state == "answered"
    assert decision.evidence.similar
    assert all(0 <= p.probability <= 1 for ranked in decision.predictions.values() for p in ranked)
    (proposal,) = bench.core.proposals
    assert (proposal.decision, proposal.version, proposal.model) == (decision.id, 4, version)
    assert proposal.fields["category"].value == "card_lost"
    events = await bench.rows(sa.select(outbox.c.data).where(outbox.c.type == "triage.decision.made.v1"))
    assert [e.data["decision"] for e in events] == [str(decision.id)]


@pytest.mark.hard("R-15")
async def test_the_same_event_delivered_three_times_decides_once(bench: Bench) -> None:
    await bench.trained()
    ticket = bench.core.open(1, "my transfer failed")
    event = await bench.event("core.ticket.created.v1", ticket)
    for _ in range(2):
        await bench.deliver(event)
    for _ in range(2):  # and other events that say the same
        await bench.event("core.ticket.created.v1", ticket)
    await bench.work()
    assert len(await bench.rows(EVERYTHING)) == 1
    assert len(bench.core.proposals) == 1


@pytest.mark.hard("R-29")
async def test_without_any_model_triage_abstains_and_decides_once_there_is_one(bench: Bench) -> None:
    ticket = await bench.opened(1, "I want my refund")
    (decision,) = await bench.client.decisions(ticket)
    assert decision.model == ""
    assert decision.human_triage
    assert decision.abstained == ["category", "priority", "tags", "team"]
    assert decision.evidence.why["es"].startswith("Todavía no hay un modelo")
    assert bench.core.proposals[0].abstained
    version = await bench.trained()
    again, first = await bench.client.decisions(ticket)
    assert first.id == decision.id
    assert again.model == version
    assert again.predictions["category"][0].label == "refund"


@pytest.mark.hard("R-07")
async def test_what_a_person_set_meanwhile_is_never_overwritten(bench: Bench) -> None:
    await bench.trained()
    await bench.client.set_promise("category", PromiseChange(precision=0.5))
    ticket = bench.core.open(1, "I lost my card today")
    await bench.event("core.ticket.created.v1", ticket)
    bench.core.change(ticket.id, category="transfer")  # while triage was away
    await bench.work()
    assert bench.core.tickets[ticket.id].category == "transfer"
    (decision,) = await bench.client.decisions(ticket.id)
    assert "category" not in decision.applied
    assert decision.skipped["category"] in ("person", "changed")


@pytest.mark.hard("R-07")
async def test_a_backlog_waits_while_core_is_away_and_is_decided_when_it_is_back(bench: Bench) -> None:
    await bench.trained()
    ticket = bench.core.open(1, "I lost my card today")
    await bench.event("core.ticket.created.v1", ticket)
    bench.core.away = True
    await bench.work()
    assert await bench.rows(EVERYTHING) == []
    for _ in range(10):  # absence costs no tries: ten rounds kill no job
        bench.clock.advance(timedelta(seconds=10))
        await bench.work()
    assert await bench.jobs("dead") == []
    bench.core.away = False
    bench.clock.advance(timedelta(seconds=10))
    await bench.work()
    assert len(await bench.client.decisions(ticket.id)) == 1


@pytest.mark.hard("R-13")
async def test_a_poison_ticket_goes_to_the_dead_letters_and_nothing_behind_it_waits(bench: Bench) -> None:
    await bench.trained()
    await bench.event("core.ticket.created.v1", ticket=None, number=1, version=1)  # no ticket id: cannot work
    good = bench.core.open(2, "my transfer failed")
    await bench.event("core.ticket.created.v1", good)
    await bench.work()
    assert len(await bench.client.decisions(good.id)) == 1
    for _ in range(8):
        bench.clock.advance(timedelta(minutes=10))
        await bench.work()
    (dead,) = await bench.jobs("dead")
    assert "KeyError" in dead.error


@pytest.mark.hard("R-16")
async def test_events_in_the_wrong_order_lead_to_the_same_rows(start: Start) -> None:
    found = []
    for order in ((0, 1, 2), (2, 1, 0), (1, 2, 0)):
        core = FakeCore()
        async with start(core=core) as bench:
            if not found:
                await bench.trained()
            number = 10 + len(found)
            ticket = core.open(number, "I lost my card today")
            created = ("core.ticket.created.v1", {})
            changes = [{"field": "category", "set_by": "person"}]
            updated = ("core.ticket.updated.v1", {"changes": changes})
            closed = ("core.ticket.closed.v1", {"changes": []})
            await bench.event("core.ticket.created.v1", ticket)
            await bench.work()
            core.change(ticket.id, category="card_late")
            core.close(ticket.id, "Your new card is on its way.")
            for which in order:
                name, data = (created, updated, closed)[which]
                await bench.event(name, ticket, **data)
                await bench.work()
            rows = await bench.rows(
                sa.select(DecisionOutcome.task, DecisionOutcome.outcome, DecisionOutcome.value)
                .join(Decision, Decision.id == DecisionOutcome.decision)
                .where(Decision.number == number)
                .order_by(DecisionOutcome.task)
            )
            found.append([tuple(row) for row in rows])
    assert found[0] == found[1] == found[2]
    assert ("category", "edited", "card_late") in found[0]


@pytest.mark.req(49)
async def test_a_retired_category_is_never_predicted(bench: Bench) -> None:
    await bench.trained()
    bench.core.snapshot = taxonomy(2, retired=("card_lost",))
    await bench.event("core.taxonomy.changed.v1", kind="category", id="x", version=2)
    await bench.work()
    ticket = await bench.opened(1, "someone stole my card, I lost it")
    (decision,) = await bench.client.decisions(ticket)
    assert "card_lost" not in {p.label for p in decision.predictions["category"]}
    assert decision.human_triage


@pytest.mark.req(50)
async def test_a_renamed_category_shows_its_new_name_in_old_decisions(bench: Bench) -> None:
    await bench.trained()
    ticket = await bench.opened(1, "I want my refund now")
    snapshot = taxonomy(2)
    for category in snapshot.categories:
        if category.key == "refund":
            category.name = {"en": "Money back", "es": "Devolución"}
    bench.core.snapshot = snapshot
    await bench.event("core.taxonomy.changed.v1", kind="category", id="x", version=2)
    await bench.work()
    (decision,) = await bench.client.decisions(ticket)
    assert decision.predictions["category"][0].name == {"en": "Money back", "es": "Devolución"}


async def test_an_empty_ticket_is_left_to_a_person(bench: Bench) -> None:
    await bench.trained()
    ticket = await bench.opened(1, " \n", body="\u200b\t")
    (decision,) = await bench.client.decisions(ticket)
    assert decision.human_triage
    assert decision.predictions["category"] == []


async def test_a_ticket_that_is_closed_or_gone_is_not_decided_on(bench: Bench) -> None:
    await bench.trained()
    await bench.opened(1, "I lost my card", status_category="closed")
    ghost = bench.core.open(2, "gone")
    del bench.core.tickets[ghost.id]
    await bench.event("core.ticket.created.v1", ghost)
    await bench.work()
    assert await bench.rows(EVERYTHING) == []
    assert await bench.jobs("dead") == []


@pytest.mark.req(51)
async def test_verdicts_are_recorded_from_changes_and_from_words(bench: Bench) -> None:
    await bench.trained()
    ticket = await bench.opened(1, "I want my refund today")
    (decision,) = await bench.client.decisions(ticket)
    text = bench.core.change(ticket, category="transfer", priority=decision.predictions["priority"][0].label)
    changes = [{"field": "category", "set_by": "person"}, {"field": "priority", "set_by": "person"}]
    await bench.event("core.ticket.updated.v1", text, changes=changes)
    await bench.work()
    token = bench.token("agent")
    said = await bench.client.decision_outcome(decision.id, OutcomeRequest("team", "accepted"), token=token)
    outcomes = {o.task: (o.outcome, o.value) for o in said.outcomes}
    assert outcomes["category"] == ("edited", "transfer")
    assert outcomes["priority"][0] == "accepted"
    assert outcomes["team"] == ("accepted", "team_money")
    (override,) = (await bench.client.overrides()).items
    assert (override.predicted, override.chosen, override.count) == ("refund", "transfer", 1)


@pytest.mark.req(136)
async def test_erasing_a_person_drops_what_they_wrote_and_keeps_the_decision(bench: Bench) -> None:
    await bench.trained()
    ticket = await bench.opened(1, "I lost my card today", contact_ref="contact7")
    before = (await bench.client.status()).examples
    for key in [key for key, made in bench.core.closed.items() if made.contact_ref == "contact7"]:
        del bench.core.closed[key]
    await bench.event("core.contact.erased.v1", contact="x", contact_ref="contact7")
    await bench.work()
    (decision,) = await bench.client.decisions(ticket)
    assert decision.evidence.words == []
    assert await bench.rows(sa.select(DecisionInput.decision)) == []
    assert (await bench.client.status()).examples < before
    replay = await bench.client.replay(decision.id)
    assert not replay.identical
    assert replay.problem == "What it read was erased."


async def test_a_decision_is_reproduced_after_its_category_was_retired_and_its_model_replaced(
    bench: Bench,
) -> None:
    await bench.trained()
    ticket = await bench.opened(1, "I lost my card today")
    (decision,) = await bench.client.decisions(ticket)
    bench.core.snapshot = taxonomy(2, retired=("card_lost",))
    await bench.event("core.taxonomy.changed.v1", kind="category", id="card_lost", version=2)
    await bench.work()
    await bench.client.start_training()
    await bench.work()
    await bench.client.promote("v2")
    replay = await bench.client.replay(decision.id)
    assert (replay.identical, replay.problem) == (True, "")
    assert replay.again["category"][0].label == "card_lost"


@pytest.mark.hard("S-43")
async def test_no_answer_carries_a_vector(bench: Bench) -> None:
    await bench.trained()
    ticket = await bench.opened(1, "I lost my card today")
    (decision,) = await bench.client.decisions(ticket)
    paths = [
        f"/internal/tickets/{ticket}/decisions",
        *(f"/api/v1/triage/{path}" for path in (*READS, "models/v1", "incidents", "drift", "rules", "log")),
        f"/api/v1/triage/decisions/{decision.id}",
    ]
    answers = [await bench.client.peer.raw("GET", path) for path in paths]
    answers.append(await bench.client.peer.raw("POST", f"/api/v1/triage/decisions/{decision.id}/replay"))
    for raw in answers:
        assert b"vector" not in raw.content
        assert b"fingerprint" not in raw.content
        assert (
            longest_row_of_numbers(json.loads(raw.content)) < 16
        )  # no embedding is as short, by whatever name


def longest_row_of_numbers(value: Any) -> int:
    """The most numbers in any one list of a JSON document."""
    if isinstance(value, dict):
        return max(map(longest_row_of_numbers, value.values()), default=0)
    if isinstance(value, list):
        numbers = sum(isinstance(item, int | float) for item in value)
        return max(numbers, *map(longest_row_of_numbers, value), 0)
    return 0


async def test_a_text_without_a_ticket_is_predicted_and_stored_nowhere(bench: Bench) -> None:
    await bench.trained()
    found = await bench.client.predict(
        PredictRequest(subject="perdí", body="I lost my card"), token=bench.token("agent")
    )
    assert found.predictions["category"][0].label == "card_lost"
    assert await bench.rows(EVERYTHING) == []
    with pytest.raises(Invalid):
        await bench.client.predict(PredictRequest(body=" \n "))


BAD: list[tuple[str, str, Any, int]] = [
    ("POST", "/api/v1/triage/predict", b"{", 400),
    ("POST", "/api/v1/triage/predict", b'{"subject": 3}', 422),
    ("POST", "/api/v1/triage/predict", b'{"subject": "x", "admin": true}', 422),
    ("POST", "/api/v1/triage/predict", b'{"subject": "' + b"x" * 300_000 + b'"}', 422),
    ("GET", "/api/v1/triage/decisions/not-an-id", None, 404),
    ("GET", "/api/v1/triage/decisions/6ba7b810-9dad-11d1-80b4-00c04fd430c8", None, 404),
    ("POST", "/api/v1/triage/models/v99/promote", None, 404),
    ("POST", "/api/v1/triage/models/..%2f..%2fetc/promote", None, 404),
    ("POST", "/api/v1/triage/models/rollback", None, 409),
    ("POST", "/api/v1/triage/recalibrations/category", None, 409),
    ("POST", "/api/v1/triage/recalibrations/love", None, 404),
    ("GET", "/api/v1/triage/recalibrations/love", None, 404),
    ("PATCH", "/api/v1/triage/promises/category", b'{"precision": 1.5}', 422),
    ("PATCH", "/api/v1/triage/promises/love", b'{"precision": 0.9}', 404),
    ("GET", "/api/v1/triage/trainings/6ba7b810-9dad-11d1-80b4-00c04fd430c8", None, 404),
]


@pytest.mark.parametrize(("method", "path", "body", "status"), BAD)
async def test_bad_input_gets_the_right_problem(
    bench: Bench, method: str, path: str, body: bytes | None, status: int
) -> None:
    headers = {"authorization": f"Bearer {bench.token('admin')}", "content-type": "application/json"}
    response = await bench.http.request(method, path, content=body, headers=headers)
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"


READS = ["status", "models", "promises", "trainings", "overrides", "recalibrations/category"]
WRITES = ["trainings", "models/v1/promote", "models/rollback", "recalibrations/category"]


@pytest.mark.hard("S-20")
async def test_customers_light_agents_and_strangers_see_nothing_of_triage(bench: Bench) -> None:
    def as_(token: str | None) -> dict[str, str]:
        return {"authorization": f"Bearer {token}"} if token else {}

    async def status(method: str, path: str, token: str | None) -> int:
        answer: httpx.Response = await bench.http.request(
            method, f"/api/v1/triage/{path}", json={} if method == "POST" else None, headers=as_(token)
        )
        return answer.status_code

    for path in READS:
        assert await status("GET", path, None) == 401
        assert await status("GET", path, bench.token("customer")) == 403
        assert await status("GET", path, bench.token("light")) == 403
        assert await status("GET", path, bench.token("agent")) == 200
    for path in WRITES:
        assert await status("POST", path, bench.token("agent")) == 403
    assert await status("GET", "status", "not.a.token") == 401
    agent = {"authorization": f"Bearer {bench.token('admin')}"}
    assert (await bench.http.post("/internal/sync", headers=agent)).status_code == 404
