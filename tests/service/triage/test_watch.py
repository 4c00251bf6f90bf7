"""Incidents and drift, from decisions to alerts."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from services.common.db.tables import outbox
from services.triage.contract import RulesChange
from services.triage.jobs import jobs
from services.triage.models import Decision
from tests.service.triage.bench import Bench


async def look(bench: Bench, name: str) -> None:
    await bench.service.db.write(lambda conn: jobs.enqueue(conn, f"every.{name}", {}))
    await bench.work()


async def traffic(bench: Bench) -> None:
    """A desk with one ticket of each kind a day, and now five people within minutes whose transfer failed."""
    await bench.trained()
    words = ("I lost my card", "my transfer failed", "I want my refund", "my new card has not arrived")
    before = bench.clock.now() - timedelta(days=6, hours=5)
    for number in range(1, 25):
        await bench.opened(number, words[number % 4], contact_ref=f"past{number}", created_at=before)
    for number in range(101, 106):
        await opened(bench, number)


async def opened(bench: Bench, number: int) -> None:
    words = "my transfer failed"
    await bench.opened(number, words, contact_ref=f"now{number}", created_at=bench.clock.now())


async def test_a_backlog_that_is_decided_on_in_a_minute_is_no_incident(bench: Bench) -> None:
    await traffic(bench)
    for number in range(201, 220):
        ago = timedelta(days=5) - timedelta(hours=number - 200)
        await bench.opened(
            number, "I want my refund", contact_ref=f"old{number}", created_at=bench.clock.now() - ago
        )
    await look(bench, "look_for_incidents")
    assert [i.label for i in await bench.client.incidents()] == ["transfer"]


@pytest.mark.req(64)
async def test_a_spike_raises_one_alert_with_its_tickets_and_a_proposed_problem(bench: Bench) -> None:
    await traffic(bench)
    await look(bench, "look_for_incidents")
    (incident,) = await bench.client.incidents()
    assert (incident.state, incident.label, incident.title) == ("open", "transfer", "Transfer")
    assert incident.tickets == [101, 102, 103, 104, 105]
    bench.clock.advance(timedelta(minutes=2))
    await opened(bench, 106)
    await look(bench, "look_for_incidents")
    (incident,) = await bench.client.incidents()
    assert incident.tickets[-1] == 106
    told = await bench.rows(sa.select(outbox.c.data).where(outbox.c.type == "triage.incident.suspected.v1"))
    assert [e.data["tickets"] for e in told] == [[101, 102, 103, 104, 105]]
    assert incident.problem is None
    await bench.client.incident_problem(incident.id, 777)
    assert [one.problem for one in await bench.client.incidents()] == [777]


async def test_an_incident_ends_by_itself_and_a_dismissed_one_stays_dismissed(bench: Bench) -> None:
    await traffic(bench)
    await look(bench, "look_for_incidents")
    (incident,) = await bench.client.incidents()
    await bench.client.dismiss_incident(incident.id)
    await opened(bench, 106)
    await look(bench, "look_for_incidents")
    assert [i.state for i in await bench.client.incidents()] == ["dismissed"]


async def test_quiet_hours_close_an_incident(bench: Bench) -> None:
    await traffic(bench)
    await look(bench, "look_for_incidents")
    bench.clock.advance(timedelta(hours=4))
    await look(bench, "look_for_incidents")
    assert [i.state for i in await bench.client.incidents()] == ["over"]


async def test_a_week_unlike_the_weeks_before_raises_an_alarm_and_may_start_a_training(bench: Bench) -> None:
    await bench.trained()
    await bench.client.set_rules(RulesChange(on_drift=True))
    await bench.opened(1, "I lost my card")
    await bench.opened(2, "I want my refund")
    await copies(bench, 1, 110, timedelta(days=10))
    await copies(bench, 2, 110, timedelta(days=2))
    await look(bench, "look_for_drift")
    found = await bench.client.drift()
    assert [(s.kind, s.alarm) for s in found.items] == [("input", True)]
    assert found.false_alarms == 0.01
    assert [m.version for m in (await bench.client.models()).items] == ["v2", "v1"]
    await look(bench, "look_for_drift")  # once a week
    assert len((await bench.client.drift()).items) == 1


async def copies(bench: Bench, number: int, count: int, ago: timedelta) -> None:
    """``count`` more decisions like that on ticket ``number``."""
    from services.common.ids import uuid7
    from services.triage.models import DecisionInput, table

    decision, read = table(Decision), table(DecisionInput)

    def unit(conn: sa.Connection) -> None:
        row = conn.execute(sa.select(decision).where(decision.c.number == number)).mappings().one()
        seen = conn.execute(sa.select(read).where(read.c.decision == row["id"])).mappings().one()
        for _ in range(count):
            made = uuid7()
            at = bench.clock.now() - ago
            conn.execute(
                decision.insert().values({**row, "id": made, "ticket": uuid7(), "at": at, "opened_at": at})
            )
            conn.execute(read.insert().values({**seen, "decision": made}))

    await bench.service.db.write(unit)
