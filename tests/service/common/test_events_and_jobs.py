"""Events reach every subscriber once in effect; jobs survive what happens to their workers."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from services.common.clock import FrozenClock
from services.common.db.tables import inbox, job, outbox
from services.common.errors import Conflict, Unavailable
from services.common.events import Event, Inbox, record
from services.common.jobs import (
    Cancelled,
    JobContext,
    Jobs,
    cancel_job,
    get_job,
    list_jobs,
    retry_job,
    worked_since,
)
from services.common.jobs.registry import JobInProgress
from services.common.jobs.runner import Runner
from tests.support.kit import Kit, eventually, kit_in

Databases = Callable[[str], str]


async def two(tmp_path: Path, empty_database: Databases, listener: Jobs) -> Kit:
    kit = kit_in(tmp_path, maker_=("hearer",))
    await kit.add("maker", empty_database("maker"), Jobs("maker"))
    await kit.add("hearer", empty_database("hearer"), listener)
    return kit


def emit(kit: Kit, number: int) -> Any:
    return kit.services["maker"].db.write(lambda c: record(c, "maker.thing.made.v1", {"n": number}))


async def test_an_event_is_heard_once_by_its_subscriber(tmp_path: Path, empty_database: Databases) -> None:
    jobs, heard = Jobs("hearer"), []

    @jobs.on("maker.thing.made")
    async def hear(ctx: JobContext, event: Event) -> None:
        heard.append(event.data["n"])

    kit = await two(tmp_path, empty_database, jobs)
    async with kit.running():
        await asyncio.gather(*(emit(kit, n) for n in range(50)))
        await eventually(lambda: len(heard) == 50)
    assert sorted(heard) == list(range(50))


@pytest.mark.hard("R-15")
async def test_an_event_that_arrives_three_times_is_stored_once(
    tmp_path: Path, empty_database: Databases
) -> None:
    jobs = Jobs("hearer")

    @jobs.on("maker.")
    async def hear(ctx: JobContext, event: Event) -> None:
        return None

    kit = await two(tmp_path, empty_database, jobs)
    service = kit.services["hearer"]
    event_id = await emit(kit, 1)
    row = await kit.services["maker"].db.read(lambda c: c.execute(sa.select(outbox)).one())
    event = Event(event_id, row.type, row.at, row.data)
    box = Inbox(service.db, jobs)
    assert [await box.receive([event]) for _ in range(3)] == [1, 0, 0]
    assert (
        await service.db.read(lambda c: c.execute(sa.select(sa.func.count()).select_from(inbox)).scalar())
        == 1
    )
    assert len(await list_jobs(service.db)) == 1
    for s in kit.services.values():
        await s.db.close()


async def test_an_event_that_nobody_wants_makes_no_job(tmp_path: Path, empty_database: Databases) -> None:
    jobs, heard = Jobs("hearer"), []

    @jobs.on("maker.", wants=lambda event: event.data["n"] % 2 == 0)
    async def hear_even(ctx: JobContext, event: Event) -> None:
        heard.append(event.data["n"])

    kit = await two(tmp_path, empty_database, jobs)
    async with kit.running():
        await asyncio.gather(*(emit(kit, n) for n in range(6)))
        await eventually(lambda: len(heard) == 3)
        assert len(await list_jobs(kit.services["hearer"].db)) == 3
    assert sorted(heard) == [0, 2, 4]


async def test_a_schedule_can_ask_whether_it_has_worked_lately(
    tmp_path: Path, empty_database: Databases, clock: FrozenClock
) -> None:
    jobs, answers = Jobs("maker"), [None, {"found": 1}]

    @jobs.job("look")
    async def look(ctx: JobContext, payload: dict[str, Any]) -> dict[str, Any] | None:
        return answers.pop(0)

    kit = kit_in(tmp_path, maker=())
    service = await kit.add("maker", empty_database("maker"), jobs)
    runner, since = Runner(jobs, service.db, clock, None), clock.now()
    worked = []
    for _ in range(2):
        await service.db.write(lambda c: jobs.enqueue(c, "look", {}))
        assert await runner.run_next("default")
        worked.append(await service.db.read(lambda c: worked_since(c, "look", since)))
    assert worked == [False, True], "one that had nothing to do has not worked"
    clock.advance(timedelta(hours=3))
    later = clock.now()
    assert not await service.db.read(lambda c: worked_since(c, "look", later))
    await service.db.close()


async def test_an_event_waits_for_a_subscriber_that_is_away(
    tmp_path: Path, empty_database: Databases
) -> None:
    jobs, heard = Jobs("hearer"), []

    @jobs.on("maker.")
    async def hear(ctx: JobContext, event: Event) -> None:
        heard.append(event.data["n"])

    kit = await two(tmp_path, empty_database, jobs)
    hearer = kit.services.pop("hearer")
    async with kit.running():
        await emit(kit, 7)
        await asyncio.sleep(0.3)
        assert not heard
        kit.services["hearer"] = hearer
        async with hearer.running():
            await eventually(lambda: heard == [7])


@pytest.mark.hard("R-13")
async def test_a_poison_job_dies_alone_and_can_be_tried_again(
    tmp_path: Path, empty_database: Databases
) -> None:
    jobs = Jobs("only")
    broken, done = [True], []

    @jobs.job("work", max_attempts=1)
    async def work(ctx: JobContext, payload: dict[str, Any]) -> dict[str, Any]:
        if payload["n"] == 0 and broken[0]:
            raise ValueError("poison")
        done.append(payload["n"])
        return {"n": payload["n"]}

    kit = kit_in(tmp_path)
    service = await kit.add("only", empty_database("only"), jobs)
    async with kit.running():
        ids = [await service.db.write(lambda c, n=n: jobs.enqueue(c, "work", {"n": n})) for n in range(10)]
        await eventually(lambda: len(done) == 9)
        dead = await eventually(lambda: list_jobs(service.db, state="dead"))
        assert dead[0].id == ids[0]
        assert "poison" in (dead[0].error or "")
        with pytest.raises(Conflict):
            await retry_job(service.db, ids[1])
        broken[0] = False
        await retry_job(service.db, ids[0])
        await eventually(lambda: 0 in done)

        async def over() -> bool:
            return (await get_job(service.db, ids[0])).state == "done"

        await eventually(over)
        assert (await get_job(service.db, ids[0])).result == {"n": 0}


@pytest.mark.hard("R-14")
async def test_a_late_result_of_a_lost_run_changes_nothing(
    tmp_path: Path, empty_database: Databases, clock: FrozenClock
) -> None:
    jobs, started, release = Jobs("only"), [], asyncio.Event()

    @jobs.job("work", lease=30)
    async def work(ctx: JobContext, payload: dict[str, Any]) -> dict[str, Any]:
        started.append(ctx.attempt)
        if ctx.attempt == 1:
            await release.wait()
        return {"attempt": ctx.attempt}

    kit = kit_in(tmp_path, clock=clock)
    service = await kit.add("only", empty_database("only"), jobs)
    clock.advance(timedelta(days=1000))  # jobs are made at the machine's time
    job_id = await service.db.write(lambda c: jobs.enqueue(c, "work", {}))
    runner = Runner(jobs, service.db, clock, None)
    frozen = asyncio.create_task(runner.run_next("default"))
    await eventually(lambda: started == [1])
    assert not await runner.run_next("default"), "its lease still holds"
    clock.advance(timedelta(seconds=31))
    assert await runner.run_next("default")
    release.set()
    await frozen
    view = await get_job(service.db, job_id)
    assert (view.state, view.result, view.attempts) == ("done", {"attempt": 2}, 2)
    await service.db.close()


@pytest.mark.hard("R-01")
async def test_whoever_alone_runs_the_jobs_takes_back_what_a_dead_process_left(
    tmp_path: Path, empty_database: Databases, clock: FrozenClock
) -> None:
    jobs = Jobs("only")

    @jobs.job("work", lease=30)
    async def work(ctx: JobContext, payload: dict[str, Any]) -> dict[str, Any]:
        return {"attempt": ctx.attempt}

    kit = kit_in(tmp_path, clock=clock)
    service = await kit.add("only", empty_database("only"), jobs)
    clock.advance(timedelta(days=1000))
    job_id = await service.db.write(lambda c: jobs.enqueue(c, "work", {}))
    dead = Runner(jobs, service.db, clock, None)
    assert await service.db.write(lambda c: dead._claim(c, "default")) is not None
    heir = Runner(jobs, service.db, clock, None)
    assert not await heir.run_next("default"), "the dead one's lease still holds"
    await heir.take_back()
    assert await heir.run_next("default")
    assert (await get_job(service.db, job_id)).result == {"attempt": 2}
    await service.db.close()


async def test_the_most_urgent_job_goes_first(
    tmp_path: Path, empty_database: Databases, clock: FrozenClock
) -> None:
    jobs, order = Jobs("only"), []

    @jobs.job("work")
    async def work(ctx: JobContext, payload: dict[str, Any]) -> None:
        order.append(payload["n"])

    kit = kit_in(tmp_path, clock=clock)
    service = await kit.add("only", empty_database("only"), jobs)
    clock.advance(timedelta(days=1000))
    for n, priority in enumerate((0, 2, 0, 3)):
        await service.db.write(lambda c, n=n, p=priority: jobs.enqueue(c, "work", {"n": n}, priority=p))
    runner = Runner(jobs, service.db, clock, None)
    while await runner.run_next("default"):
        pass
    assert order == [3, 1, 0, 2]
    await service.db.close()


async def test_a_neighbour_that_is_away_costs_no_try(
    tmp_path: Path, empty_database: Databases, clock: FrozenClock
) -> None:
    jobs = Jobs("only")

    @jobs.job("work", max_attempts=2)
    async def work(ctx: JobContext, payload: dict[str, Any]) -> None:
        raise Unavailable

    kit = kit_in(tmp_path, clock=clock)
    service = await kit.add("only", empty_database("only"), jobs)
    clock.advance(timedelta(days=1000))
    job_id = await service.db.write(lambda c: jobs.enqueue(c, "work", {}))
    runner = Runner(jobs, service.db, clock, None)
    for _ in range(5):
        assert await runner.run_next("default")
        clock.advance(timedelta(seconds=6))
    assert (await get_job(service.db, job_id)).state == "queued"
    await service.db.close()


async def test_a_job_reports_and_can_be_stopped(tmp_path: Path, empty_database: Databases) -> None:
    jobs, reached = Jobs("only"), []

    @jobs.job("long", max_attempts=1)
    async def long(ctx: JobContext, payload: dict[str, Any]) -> None:
        for n in range(1000):
            try:
                await ctx.progress(n, 1000, "reading")
            except Cancelled:
                reached.append(n)
                raise
            await asyncio.sleep(0.01)

    kit = kit_in(tmp_path)
    service = await kit.add("only", empty_database("only"), jobs)
    async with kit.running():
        job_id = await service.db.write(lambda c: jobs.enqueue(c, "long", {}, key="long"))
        with pytest.raises(JobInProgress):
            await service.db.write(lambda c: jobs.enqueue(c, "long", {}, key="long"))

        async def under_way() -> bool:
            return ((await get_job(service.db, job_id)).progress or {}).get("done", 0) > 3

        await eventually(under_way)
        await cancel_job(service.db, job_id)

        async def over() -> bool:
            return (await get_job(service.db, job_id)).state == "cancelled"

        await eventually(over)
    assert reached
    assert reached[0] < 1000


@pytest.mark.hard("R-05")
async def test_a_bell_that_was_lost_is_rung_again(tmp_path: Path, empty_database: Databases) -> None:
    jobs, done = Jobs("only"), []

    @jobs.job("work")
    async def work(ctx: JobContext, payload: dict[str, Any]) -> None:
        done.append(payload["n"])

    kit = kit_in(tmp_path)
    service = await kit.add("only", empty_database("only"), jobs)
    async with kit.running():
        service.db.on_commit = lambda notes: None  # the broker forgets everything that it is told
        for n in range(5):
            await service.db.write(lambda c, n=n: jobs.enqueue(c, "work", {"n": n}))
        await eventually(lambda: len(done) == 5)
    states = await _states(empty_database, service.db.url)
    assert states == {"done"}


async def _states(_: Databases, url: str) -> set[str]:
    from services.common.db import Database

    db = Database(url)
    found = await db.read(lambda c: set(c.execute(sa.select(job.c.state)).scalars()))
    await db.close()
    return found


@pytest.mark.infra
async def test_the_same_jobs_run_over_redis(
    tmp_path: Path, empty_database: Databases, redis_url: str
) -> None:
    jobs, done = Jobs("only"), []

    @jobs.job("work")
    async def work(ctx: JobContext, payload: dict[str, Any]) -> None:
        done.append(payload["n"])

    kit = kit_in(tmp_path, redis=redis_url)
    service = await kit.add("only", empty_database("only"), jobs)
    async with kit.running():
        for n in range(5):
            await service.db.write(lambda c, n=n: jobs.enqueue(c, "work", {"n": n}))
        await eventually(lambda: len(done) == 5)
