"""Assignees in decisions: from core's loads to core's answer."""

from datetime import timedelta
from uuid import UUID

import pytest

from services.core.contract import Staff
from services.triage.contract import OutcomeRequest, RulesChange
from services.triage.promises.policy import Ground
from services.triage.promises.repository import store
from tests.service.triage.bench import Bench
from tests.service.triage.fakes import key


def person(name: str, *, load: int = 0, capacity: int = 3, team: str = "team_cards") -> Staff:
    return Staff(
        id=key(name), name=name, email=f"{name}@x.test", roles=["agent"], teams=[team], skills=[], languages=[],
        capacity=capacity, load=load, active=True, locale="en", version=1,
    )  # fmt: skip


async def ready(bench: Bench, assign: str = "apply") -> None:
    await bench.trained()
    proven = Ground("reviews", 0.5, 1.0, 400, 0, None, 0, revoked=False)
    now = bench.clock.now()
    await bench.service.db.write(lambda conn: store(conn, "v1", "category", 0.95, proven, now))
    await bench.client.set_rules(RulesChange(assign=assign))  # type: ignore[arg-type]


@pytest.mark.req(56, 57)
async def test_a_run_of_tickets_is_spread_evenly_and_stops_at_capacity(bench: Bench) -> None:
    bench.core.staff = [person("ana"), person("ben"), person("eva", team="team_money")]
    await ready(bench)
    given: list[UUID | None] = []
    for number in range(1, 9):
        await bench.opened(number, "someone stole my card, block it today")
        given.append(bench.core.tickets[key(f"ticket {number}")].assignee)
    load = {name: given.count(str(key(name))) for name in ("ana", "ben", "eva")}  # type: ignore[arg-type]
    assert load == {"ana": 3, "ben": 3, "eva": 0}
    assert given[6:] == [None, None]
    (decision,) = await bench.client.decisions(key("ticket 8"))
    assert decision.routing is not None
    assert decision.routing.staff is None
    assert decision.routing.refused == {"full": 2, "team": 1}
    assert decision.routing.why["en"].startswith("Nobody may have it now")


async def test_by_default_a_person_is_suggested_and_nobody_is_given_anything(bench: Bench) -> None:
    bench.core.staff = [person("ana")]
    await ready(bench, "suggest")
    ticket = await bench.opened(1, "someone stole my card, block it today")
    (decision,) = await bench.client.decisions(ticket)
    assert decision.routing is not None
    assert decision.routing.ranked[0].name == "ana"
    assert decision.skipped["assignee"] == "suggested"
    assert bench.core.tickets[ticket].assignee is None


async def test_who_is_away_is_given_nothing(bench: Bench) -> None:
    bench.core.staff = [person("ana"), person("ben")]
    await ready(bench)
    await bench.client.set_rules(RulesChange(away=[key("ana")]))
    for number in (1, 2):
        await bench.opened(number, "someone stole my card, block it today")
    assert {t.assignee for t in bench.core.tickets.values()} == {str(key("ben"))}


@pytest.mark.req(57)
async def test_an_advice_that_is_taken_or_refused_is_an_outcome_and_no_correction(bench: Bench) -> None:
    bench.core.staff = [person("ana"), person("ben", load=1)]
    await ready(bench, "suggest")
    ticket = await bench.opened(1, "someone stole my card, block it today")
    (decision,) = await bench.client.decisions(ticket)
    assert decision.routing is not None
    assert decision.routing.staff == key("ana")
    token = bench.token("agent")
    for body, stored in (
        (OutcomeRequest(task="assignee", outcome="refused"), ("refused", "")),
        (
            OutcomeRequest(task="assignee", outcome="edited", value=str(key("ben"))),
            ("edited", str(key("ben"))),
        ),
        (OutcomeRequest(task="assignee", outcome="accepted"), ("accepted", str(key("ana")))),
    ):
        told = await bench.client.decision_outcome(decision.id, body, token=token)
        assert [(o.outcome, o.value) for o in told.outcomes if o.task == "assignee"] == [stored]
    refused = OutcomeRequest(task="assignee", outcome="refused")
    await bench.client.decision_outcome(decision.id, refused, token=token)
    assert (await bench.client.overrides(token=token)).items == [], "whom a ticket is given to is no label"


@pytest.mark.req(57)
async def test_an_admin_may_have_tickets_go_round_in_turn(bench: Bench) -> None:
    bench.core.staff = [person("ana", capacity=9), person("ben", load=3, capacity=9)]
    await ready(bench)
    await bench.client.set_rules(RulesChange(order="turn"))
    for number in range(1, 5):
        bench.clock.advance(timedelta(seconds=9))
        await bench.opened(number, "someone stole my card, block it today")
    given = [bench.core.tickets[key(f"ticket {number}")].assignee for number in range(1, 5)]
    assert {given[0], given[1]} == {str(key("ana")), str(key("ben"))}
    assert given[2:] == given[:2]


async def test_without_core_s_list_of_people_a_ticket_is_decided_on_all_the_same(bench: Bench) -> None:
    bench.core.staff = None
    await ready(bench)
    ticket = await bench.opened(1, "someone stole my card, block it today")
    (decision,) = await bench.client.decisions(ticket)
    assert decision.predictions["category"][0].label == "card_lost"
    assert decision.routing is None
