"""Events arrive doubled, late and in any order; jobs run more than once. The state is the same."""

import random
from typing import Any

import pytest
import sqlalchemy as sa

from services.common.db.tables import job, outbox
from services.common.events import Event
from services.common.ids import uuid7
from services.core.models import audit, message, ticket
from services.kb.models import suggestion_session
from services.triage.models import Decision, Example
from tests.suite.conftest import Start
from tests.suite.rig import AGENT, CUSTOMER, SERVICES, Suite

LOST = {"subject": "I lost my card", "body": "My card is gone since yesterday, please freeze it."}
AGE = {"subject": "Age", "body": "How old must one be to open an account?"}


async def story(suite: Suite) -> list[int]:
    """Tickets with a life: answered, corrected, closed, reopened, closed again."""
    numbers = []
    for turn in range(3):
        made = await suite.ticket(CUSTOMER, **(LOST if turn % 2 else AGE))
        path = f"/api/v1/tickets/{made['number']}"
        seen = await suite.decided(made["number"])
        await suite.ok("PATCH", path, AGENT, json={"version": seen["version"], "category": "card_arrival"})
        await suite.ok("POST", f"{path}/messages", AGENT, json={"kind": "reply", "body": f"Answer {turn}"})
        await suite.ok("PUT", f"{path}/closure", AGENT, json={})
        if turn:
            await suite.ok("POST", f"{path}/messages", CUSTOMER, json={"kind": "reply", "body": "Not yet"})
        if turn == 2:
            await suite.ok("PUT", f"{path}/closure", AGENT, json={"resolution": "Done at last."})
        numbers.append(made["number"])
    await suite.quiet()
    return numbers


async def recorded(suite: Suite) -> list[tuple[str, Event]]:
    """Every event of every service, with its producer."""
    found = []
    for service in SERVICES:
        rows = await suite.rows(service, sa.select(outbox).order_by(outbox.c.id))
        found += [(service, Event(row.id, row.type, row.at, row.data)) for row in rows]
    return found


def subscribers(suite: Suite, event: Event) -> set[str]:
    routes = suite.process.runtime.routes
    return {name for prefix, names in routes.items() if event.type.startswith(prefix) for name in names}


async def deliver(suite: Suite, event: Event, producer: str, *, id: Any = None) -> None:
    sent = Event(id or event.id, event.type, event.at, event.data)
    for name in sorted(subscribers(suite, event)):
        await suite.process.peer(name, producer).post("/internal/events", {"events": [sent]})


async def state(suite: Suite) -> dict[str, Any]:
    """What the services know, without the marks of when and under which id they learnt it."""
    tickets = sa.select(ticket).order_by(ticket.c.number)
    decisions = sa.select(Decision.__table__).order_by(Decision.number, Decision.at)
    examples = sa.select(Example.__table__).order_by(Example.number)
    sessions = sa.select(suggestion_session.c.id, suggestion_session.c.outcome).order_by(
        suggestion_session.c.id
    )
    counts = [sa.select(sa.func.count()).select_from(table) for table in (message, audit)]
    return {
        "tickets": [tuple(row) for row in await suite.rows("core", tickets)],
        "counts": [(await suite.rows("core", query))[0][0] for query in counts],
        "decisions": [
            (r.number, r.cause, str(r.predictions), r.state) for r in await suite.rows("triage", decisions)
        ],
        "examples": [
            (r.number, str(r.labels), r.resolution, r.version) for r in await suite.rows("triage", examples)
        ],
        "sessions": [tuple(row) for row in await suite.rows("kb", sessions)],
    }


@pytest.mark.hard("R-15")
async def test_every_event_three_times_leaves_the_same_state(start: Start) -> None:
    async with start() as suite:
        await story(suite)
        before = await state(suite)
        for producer, event in await recorded(suite):
            for _ in range(2):
                await deliver(suite, event, producer)
        await suite.quiet()
        assert await state(suite) == before


@pytest.mark.hard("R-15", "R-16")
async def test_every_handler_run_again_in_another_order_leaves_the_same_state(start: Start) -> None:
    """As after a restore: inboxes have forgotten what they had, so every handler runs twice more, shuffled."""
    async with start() as suite:
        numbers = await story(suite)
        before = await state(suite)
        events = await recorded(suite) * 2
        random.Random(7).shuffle(events)
        for producer, event in events:
            await deliver(suite, event, producer, id=uuid7())
        await suite.quiet(90)
        after = await state(suite)
        assert after["tickets"] == before["tickets"], "what is over or a person's is not touched"
        assert after["counts"] == before["counts"]
        assert after["decisions"] == before["decisions"], "one decision a ticket and cause"
        mine = [row for row in after["examples"] if row[0] in numbers]
        assert mine == [row for row in before["examples"] if row[0] in numbers]
        dead = await suite.rows("triage", sa.select(job.c.name, job.c.error).where(job.c.state == "dead"))
        assert not dead


@pytest.mark.hard("R-16")
async def test_what_happened_while_events_were_late_counts_and_not_what_they_say(start: Start) -> None:
    async with start() as suite:
        with suite.away("triage"):
            closed = await suite.ticket(CUSTOMER, **LOST)
            path = f"/api/v1/tickets/{closed['number']}"
            await suite.ok("POST", f"{path}/messages", AGENT, json={"kind": "reply", "body": "Blocked."})
            await suite.ok("PATCH", path, AGENT, json={"version": 2, "category": "age_limit"})
            await suite.ok("PUT", f"{path}/closure", AGENT, json={})
            reopened = await suite.ticket(CUSTOMER, **LOST)
            await suite.ok("PUT", f"/api/v1/tickets/{reopened['number']}/closure", AGENT, json={})
            await suite.ok("DELETE", f"/api/v1/tickets/{reopened['number']}/closure", AGENT)
        events = await recorded(suite)
        late = [(p, e) for p, e in events if e.data.get("number") in {closed["number"], reopened["number"]}]
        for producer, event in reversed(late):
            await deliver(suite, event, producer)
        await suite.quiet(60)
        rows = {row.number: row for row in await suite.rows("triage", sa.select(Example.__table__))}
        assert rows[closed["number"]].labels["category"] == "age_limit"
        assert reopened["number"] not in rows
        assert (await suite.read(closed["number"]))["category"] == "age_limit"
        assert await suite.decisions(closed["number"]) == [], "nobody decides on what is over"
        assert len(await suite.decisions(reopened["number"])) == 1
