"""Live updates: nothing missed and nothing twice after a lost connection."""

import asyncio

import pytest

from services.common.live import KEPT, RESET, Live, LiveEvent
from tests.support.kit import eventually


async def listen(
    live: Live, topics: set[str], last: str = ""
) -> tuple[list[LiveEvent], "asyncio.Task[None]"]:
    heard: list[LiveEvent] = []

    async def run() -> None:
        async for event in live.subscribe(topics, last):
            heard.append(event)  # noqa: PERF401  the test looks while the stream goes on

    task = asyncio.create_task(run())
    await asyncio.sleep(0.01)
    return heard, task


@pytest.mark.hard("R-27")
async def test_a_page_that_comes_back_hears_what_it_missed_once() -> None:
    live = Live()
    heard, task = await listen(live, {"tickets"})
    await live.publish("tickets", "1", 1)
    await live.publish("other", "9", 1)
    await eventually(lambda: len(heard) == 1)
    task.cancel()
    await live.publish("tickets", "2", 1)
    again, task = await listen(live, {"tickets"}, heard[-1].id)
    await live.publish("tickets", "3", 1)
    await eventually(lambda: len(again) == 2)
    assert [event.subject for event in again] == ["2", "3"]
    task.cancel()


@pytest.mark.hard("R-27")
async def test_a_page_that_was_away_too_long_is_told_to_start_over() -> None:
    live = Live()
    await live.publish("tickets", "first", 1)
    first = live.last_id
    for n in range(KEPT + 10):
        await live.publish("tickets", str(n), 1)
    heard, task = await listen(live, {"tickets"}, first)
    assert [event.kind for event in heard] == [RESET]
    task.cancel()


async def test_streams_end_when_the_process_stops() -> None:
    live = Live()
    _, task = await listen(live, {"tickets"})
    await live.stop()
    await asyncio.wait_for(task, 20)


@pytest.mark.infra
async def test_two_processes_hear_each_other_over_redis(redis_url: str) -> None:
    here, there = Live(redis_url), Live(redis_url)
    await here.start()
    await there.start()
    await asyncio.sleep(0.2)
    heard, task = await listen(there, {"tickets"})
    await here.publish("tickets", "1", 5)
    await eventually(lambda: [e.version for e in heard] == [5])
    task.cancel()
    await here.stop()
    await there.stop()
