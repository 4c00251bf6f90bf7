"""The decision log: linked, verified, and true to whoever asks to be forgotten."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from services.triage.contract import LogCheck
from services.triage.ledger import repository as repo
from services.triage.ledger.verify import verify
from services.triage.models import Decision, DecisionInput, LogEntry, table
from services.triage.registry.errors import ModelUnusable
from tests.service.triage.bench import Bench, retrained

ENTRIES = sa.select(table(LogEntry)).order_by(LogEntry.serial)


async def linked(bench: Bench, tickets: int = 3) -> LogCheck:
    await bench.trained()
    for number in range(1, tickets + 1):
        await bench.opened(number, "I lost my card today", contact_ref=f"person{number}")
    await link(bench)
    return await verify(bench.service.db)


async def link(bench: Bench) -> int:
    return await bench.service.db.write(lambda conn: repo.link_some(conn, bench.clock.now(), 100))


async def tamper(bench: Bench, statement: sa.Update | sa.Delete) -> LogCheck:
    await bench.service.db.write(lambda conn: conn.execute(statement))
    return await verify(bench.service.db)


async def test_every_decision_that_core_answered_is_linked_once(bench: Bench) -> None:
    found = await linked(bench)
    assert (found.entries, found.waiting, found.problems) == (3, 0, [])
    assert await link(bench) == 0
    assert [row.serial for row in await bench.rows(ENTRIES)] == [1, 2, 3]


async def test_two_linkers_cannot_fork_the_chain(bench: Bench) -> None:
    await linked(bench)
    serial, _ = await bench.service.db.read(repo.head)
    forged = {"serial": serial, "digest": "0" * 64, "chain": "0" * 64, "at": bench.clock.now()}
    (entry, *_) = await bench.rows(ENTRIES)
    insert = table(LogEntry).insert().values(decision=entry.decision, **forged)
    with pytest.raises(sa.exc.IntegrityError):
        await bench.service.db.write(lambda conn: conn.execute(insert))


async def test_the_log_notices_a_decision_that_was_altered(bench: Bench) -> None:
    await linked(bench)
    changed = sa.update(Decision).where(Decision.number == 2).values(confidence={"category": 1.0})
    found = await tamper(bench, changed)
    assert found.problems == ["entry 2: its decision was altered"]


async def test_the_log_notices_a_text_that_was_altered(bench: Bench) -> None:
    await linked(bench)
    found = await tamper(bench, sa.update(DecisionInput).values(subject="I said something else"))
    assert found.problem_count == 3


async def test_the_log_notices_entries_that_were_dropped_at_either_end(bench: Bench) -> None:
    await linked(bench)
    tail = await tamper(bench, sa.delete(LogEntry).where(LogEntry.serial == 3))
    assert tail.problems == ["1 decisions say that they are in the log, and are not"]
    head = await tamper(bench, sa.delete(LogEntry).where(LogEntry.serial == 1))
    assert "entries 1 to 1 are missing" in head.problems


async def test_erasing_a_person_drops_content_and_salt_and_keeps_the_digest(bench: Bench) -> None:
    before = await linked(bench)
    await bench.event("core.contact.erased.v1", contact_ref="person2")
    await bench.work()
    after = await verify(bench.service.db)
    assert (after.entries, after.head, after.erased, after.problems) == (3, before.head, 1, [])
    inputs = await bench.rows(sa.select(DecisionInput.contact_ref).order_by(DecisionInput.contact_ref))
    assert [row.contact_ref for row in inputs] == ["person1", "person3"]


async def test_a_person_from_whom_the_model_learnt_is_unlearnt_by_a_training_that_serves(
    bench: Bench,
) -> None:
    first = await bench.trained()
    bench.clock.advance(timedelta(hours=1))
    learnt = sa.select(sa.func.count()).select_from(table(LogEntry))
    assert (await bench.rows(learnt))[0][0] == 0
    await bench.event("core.contact.erased.v1", contact_ref="contact7")
    gone = [key for key, made in bench.core.closed.items() if made.contact_ref == "contact7"]
    for key in gone:  # core has erased the person's tickets as well
        del bench.core.closed[key]
    await bench.work()
    status = await bench.client.status()
    assert status.serving != first
    assert status.forgotten == 0
    assert status.examples == 240 - len(gone)


async def test_files_that_hold_an_erased_persons_tickets_are_removed_once_they_do_not_serve(
    bench: Bench,
) -> None:
    first = await bench.trained()
    ticket = await bench.opened(900, "I lost my card")
    decision = (await bench.client.decisions(ticket))[0]
    bench.clock.advance(timedelta(hours=1))
    second = await retrained(bench)
    await bench.client.promote(second)
    bench.clock.advance(timedelta(hours=1))
    for key in [key for key, made in bench.core.closed.items() if made.contact_ref == "contact7"]:
        del bench.core.closed[key]
    await bench.event("core.contact.erased.v1", contact_ref="contact7")
    await bench.work()
    serving = (await bench.client.status()).serving
    assert serving not in (first, second)
    assert sorted(path.name for path in bench.desk.models.iterdir()) == [serving]
    found = {m.version: m for m in (await bench.client.models()).items}
    assert found[serving].loadable
    for gone in (first, second):
        assert not found[gone].loadable
        assert "a person who was erased" in found[gone].problem
        with pytest.raises(ModelUnusable, match="a person who was erased"):
            await bench.client.promote(gone)
    with pytest.raises(ModelUnusable, match="a person who was erased"):
        await bench.client.rollback()
    with pytest.raises(ModelUnusable, match="a person who was erased"):
        await bench.client.replay(decision.id)
    assert (await bench.client.status()).champion == serving


async def test_a_version_that_never_read_an_erased_person_is_kept(bench: Bench) -> None:
    first = await bench.trained()
    ticket = await bench.opened(901, "I lost my card", contact_ref="latecomer")
    bench.clock.advance(timedelta(days=400))
    bench.core.close(ticket)
    await bench.event("core.ticket.closed.v1", bench.core.tickets[ticket])
    bench.clock.advance(timedelta(hours=1))
    await bench.event("core.contact.erased.v1", contact_ref="latecomer")
    await bench.work()
    assert [m.version for m in (await bench.client.models()).items if m.loadable] == [first]


async def test_erasing_somebody_unknown_to_the_model_trains_nothing(bench: Bench) -> None:
    first = await bench.trained()
    bench.clock.advance(timedelta(hours=1))
    await bench.event("core.contact.erased.v1", contact_ref="nobody")
    await bench.work()
    assert [m.version for m in (await bench.client.models()).items] == [first]
