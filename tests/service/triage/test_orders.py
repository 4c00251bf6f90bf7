"""Every order and every repetition of a ticket's events leads to the same rows."""

from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.triage.models import Decision, DecisionOutcome, Example
from tests.service.triage.bench import Bench
from tests.service.triage.conftest import Start

EVENTS = (
    "core.ticket.created.v1",
    "core.ticket.updated.v1",
    "core.ticket.closed.v1",
    "core.message.received.v1",
)


@pytest.fixture
def dialect() -> str:
    """The order of events is triage's own matter, not the database's."""
    return "sqlite"


async def story(bench: Bench, number: int, order: list[int]) -> Any:
    """Tell one ticket's life in ``order``, with repetitions, after it was decided on; what is left of it."""
    ticket = bench.core.open(number, "I lost my card today")
    await bench.event(EVENTS[0], ticket)
    await bench.work()
    bench.core.change(ticket.id, category="card_late", priority="high")
    bench.core.close(ticket.id, "Your new card is on its way.")
    for which in order:
        changes = [{"field": "category", "set_by": "person"}, {"field": "priority", "set_by": "person"}]
        await bench.event(EVENTS[which], ticket, changes=changes)
    await bench.work()
    outcomes = sa.select(DecisionOutcome.task, DecisionOutcome.outcome, DecisionOutcome.value)
    outcomes = outcomes.join(Decision, Decision.id == DecisionOutcome.decision).where(
        Decision.number == number
    )
    examples = sa.select(Example.labels, Example.resolution, Example.set_by).where(Example.number == number)
    decisions = sa.select(Decision.cause, Decision.state, Decision.predictions).where(
        Decision.number == number
    )
    return [
        [tuple(row) for row in await bench.rows(query)]
        for query in (outcomes.order_by(DecisionOutcome.task), examples, decisions.order_by(Decision.id))
    ]


@pytest.mark.hard("R-15", "R-16")
async def test_any_order_with_any_repetition_leaves_the_same_rows(start: Start) -> None:
    import asyncio

    async with start() as bench:
        await bench.trained()
        expected = await story(bench, 1, [0, 1, 2])
        assert [row[:2] for row in expected[0]] == [("category", "edited"), ("priority", "edited")]
        numbers = iter(range(2, 10_000))
        loop = asyncio.get_running_loop()

        @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
        @given(st.lists(st.integers(0, 3), max_size=9))
        def any_order(order: list[int]) -> None:
            told = [*order, 2, 1]  # whatever comes, the last two do come at some time
            future = asyncio.run_coroutine_threadsafe(story(bench, next(numbers), told), loop)
            assert future.result(60) == expected

        await asyncio.to_thread(any_order)
