"""The loop: when it retrains, what it makes of corrections, and what a second message changes."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from services.core.contract import TextEntry
from services.triage.contract import RulesChange
from services.triage.models import Decision, table
from tests.service.triage.bench import Bench
from tests.service.triage.fakes import START

DECISIONS = sa.select(table(Decision)).order_by(Decision.id)


async def write_again(bench: Bench, ticket: object, text: str) -> None:
    found = bench.core.tickets[ticket]  # type: ignore[index]
    found.thread.append(TextEntry(author="contact", at=START, text=text))
    found.version += 1
    await bench.event("core.message.received.v1", found, message=f"m{len(found.thread)}", kind="reply")
    await bench.work()


async def test_more_words_of_the_customer_decide_anew_where_they_change_the_ticket(bench: Bench) -> None:
    await bench.trained()
    ticket = await bench.opened(1, "hello", body="I have a question")
    await write_again(bench, ticket, "my transfer failed, the bank transfer was declined")
    *_, last = await bench.rows(DECISIONS)
    assert last.cause == "message:m1"
    assert last.chosen["category"] == "transfer"
    assert bench.core.proposals[-1].decision == last.id
    assert (await bench.client.replay(last.id)).identical
    count = len(await bench.rows(DECISIONS))
    await write_again(bench, ticket, "thank you")
    assert len(await bench.rows(DECISIONS)) == count


async def test_more_words_change_nothing_once_a_person_has_touched_a_field(bench: Bench) -> None:
    await bench.trained()
    ticket = await bench.opened(1, "hello", body="I have a question")
    bench.core.change(ticket, priority="low")
    await write_again(bench, ticket, "my transfer failed, the bank transfer was declined")
    assert len(await bench.rows(DECISIONS)) == 1


async def test_the_first_message_of_a_ticket_is_not_read_twice(bench: Bench) -> None:
    await bench.trained()
    ticket = await bench.opened(1, "hello", body="my transfer failed")
    await write_again(bench, ticket, "my transfer failed")
    assert len(await bench.rows(DECISIONS)) == 1


async def test_a_mistake_that_was_corrected_is_asked_again_of_the_newest_model(bench: Bench) -> None:
    await bench.trained()
    for number in range(1, 4):
        ticket = await bench.opened(number, "refund is missing from my balance")
        bench.core.change(ticket, category="transfer")
        await bench.event(
            "core.ticket.updated.v1",
            bench.core.tickets[ticket],
            changes=[{"field": "category", "set_by": "person"}],
        )
    await bench.work()
    found = await bench.client.overrides()
    (mistake,) = [o for o in found.items if o.task == "category"]
    assert (mistake.predicted, mistake.chosen, mistake.count) == ("refund", "transfer", 3)
    assert (found.model, mistake.checked, mistake.still) == ("v1", 3, 3)


async def test_the_learning_curve_rises_to_the_whole_history(bench: Bench) -> None:
    await bench.trained()
    (model,) = (await bench.client.models()).items
    points = model.metrics["category"].learning
    assert [count for count, _ in points] == sorted(count for count, _ in points)
    assert points[-1] == [float(model.examples), model.metrics["category"].accuracy]
    assert len(points) >= 2


async def test_it_retrains_by_the_calendar_once_there_is_something_new(bench: Bench) -> None:
    await bench.trained()
    assert (await bench.client.rules()).every_days == 7
    bench.clock.advance(timedelta(days=8))
    await due(bench)
    assert len((await bench.client.models()).items) == 1  # nothing new was closed
    for number in range(30):
        bench.core.example(
            9000 + number, "refund", "I want my refund", at=START + timedelta(days=2, hours=number)
        )
    await bench.client.sync()
    await bench.work()
    await due(bench)
    assert [m.version for m in (await bench.client.models()).items] == ["v2", "v1"]
    await bench.client.set_rules(RulesChange(every_days=0))
    bench.clock.advance(timedelta(days=80))
    await due(bench)
    assert len((await bench.client.models()).items) == 2


async def due(bench: Bench) -> None:
    from services.triage.jobs import jobs

    await bench.service.db.write(lambda conn: jobs.enqueue(conn, "every.retrain_when_due", {}))
    await bench.work()


@pytest.mark.parametrize("days", [-1, 366])
async def test_an_interval_outside_its_range_is_refused(bench: Bench, days: int) -> None:
    from services.common.errors import Invalid

    with pytest.raises(Invalid):
        await bench.client.set_rules(RulesChange(every_days=days))
