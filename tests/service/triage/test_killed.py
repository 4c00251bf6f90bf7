"""Killing triage with a backlog, or in the middle of a training, loses nothing; the champion keeps serving."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from services.common.db.tables import job
from services.common.events import Event
from services.common.ids import uuid7
from services.triage.jobs import jobs as registry
from services.triage.models import Decision
from tests.service.triage.bench import Bench
from tests.service.triage.conftest import Start
from tests.service.triage.fakes import FakeCore

BACKLOG = 1_000
WORDS = ("I lost my card", "my transfer failed", "I want my refund", "my new card has not arrived")


async def die_in_the_middle(bench: Bench, most: int) -> None:
    """Leave the jobs that are due as a killed process leaves them: taken, with a lease that nobody renews."""
    due = sa.select(job.c.id).where(job.c.state == "queued").order_by(job.c.id).limit(most)
    past = bench.clock.now() - timedelta(hours=2)
    taken = job.update().where(job.c.id.in_(due)).values(state="running", attempts=1, lease_until=past)
    await bench.service.db.write(lambda conn: conn.execute(taken))


@pytest.mark.hard("R-01", "R-07", "R-14")
async def test_a_backlog_of_a_thousand_tickets_survives_a_kill_and_is_decided_on_once(start: Start) -> None:
    core = FakeCore()
    async with start(core=core) as bench:
        await bench.trained()
        tickets = [core.open(number, f"{WORDS[number % 4]} {number}") for number in range(1, BACKLOG + 1)]
        for place in range(0, BACKLOG, 100):
            await bench.deliver(
                *(
                    Event(
                        uuid7(), "core.ticket.created.v1", bench.clock.now(),
                        {"ticket": str(t.id), "number": t.number, "version": 1},
                    )
                    for t in tickets[place : place + 100]
                )
            )  # fmt: skip
        assert bench.service.runner is not None
        for _ in range(300):
            await bench.service.runner.run_next("fast")
        await die_in_the_middle(bench, 5)
        clock = bench.clock
    clock.advance(timedelta(hours=1))
    async with start(core=core, clock=clock) as bench:
        await bench.work(most=3 * BACKLOG)
        rows = await bench.rows(sa.select(Decision.ticket, Decision.state, Decision.model))
        assert len({row.ticket for row in rows}) == len(rows) == BACKLOG
        assert {(row.state, row.model) for row in rows} == {("answered", "v1")}
        assert len(core.proposals) == BACKLOG


@pytest.mark.hard("R-14")
async def test_a_training_that_was_killed_is_begun_again_while_the_champion_serves(start: Start) -> None:
    core = FakeCore()
    async with start(core=core) as bench:
        await bench.trained()
        started = await bench.client.start_training()
        scratch = bench.desk.models / f".{started.id}.part"
        scratch.mkdir()
        (scratch / "model.skops").write_bytes(b"half a file")
        await die_in_the_middle(bench, 1)
        clock = bench.clock
    async with start(core=core, clock=clock) as bench:
        assert (await bench.client.status()).serving in ("", "v1")
        ticket = await bench.opened(1, "I lost my card")
        (decision,) = await bench.client.decisions(ticket)
        assert decision.model == "v1"
        await bench.work()
        done = await bench.client.training(started.id)
        assert (done.state, done.model) == ("done", "v2")
        assert sorted(p.name for p in bench.desk.models.iterdir()) == ["v1", "v2"]
        assert registry.specs["train"].max_attempts > 1
