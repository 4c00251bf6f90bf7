"""A running triage and the hands to work it."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import sqlalchemy as sa

from services.common.clock import FrozenClock
from services.common.db.tables import job
from services.common.events import Event
from services.common.http import Actor
from services.common.http.actor import scopes_of
from services.common.http.tokens import Signer
from services.common.ids import uuid7
from services.common.service import Service
from services.triage.client import TriageClient
from services.triage.desk import Desk
from tests.service.triage.fakes import START, FakeCore, FakeKb, WordEmbedder

QUEUES = ("fast", "default", "slow")


@dataclass
class Bench:
    """Triage alone, reached as core reaches it."""

    service: Service
    core: FakeCore
    kb: FakeKb
    clock: FrozenClock
    client: TriageClient
    http: httpx.AsyncClient
    signer: Signer
    embedder: WordEmbedder
    heard: list[Event] = field(default_factory=list)

    @property
    def desk(self) -> Desk:
        desk: Desk = self.service.extra
        return desk

    def token(self, *roles: str, **changes: Any) -> str:
        """A signed token of a staff member with ``roles``."""
        actor = Actor(id="p1", kind="staff", roles=roles, scopes=scopes_of(roles), name="Pat")
        return self.signer.sign(actor)

    async def event(self, type: str, ticket: Any = None, **data: Any) -> Event:
        """Deliver an event of core once."""
        found = (
            {"ticket": str(ticket.id), "number": ticket.number, "version": ticket.version} if ticket else {}
        )
        event = Event(uuid7(), type, self.clock.now(), {**found, **data})
        await self.deliver(event)
        return event

    async def deliver(self, *events: Event) -> None:
        await self.client.peer.post("/internal/events", {"events": list(events)})

    async def work(self, *, most: int = 500) -> int:
        """Run every job that is due."""
        assert self.service.runner is not None
        done = 0
        for _ in range(most):
            ran = [await self.service.runner.run_next(queue) for queue in QUEUES]
            if not any(ran):
                return done
            done += sum(ran)
        raise AssertionError("the queues do not become empty")

    async def jobs(self, state: str) -> list[Any]:
        """Jobs in a state."""
        query = sa.select(job).where(job.c.state == state).order_by(job.c.id)
        return await self.service.db.read(lambda conn: list(conn.execute(query)))

    async def rows(self, query: Any) -> list[Any]:
        """Rows of any query."""
        return await self.service.db.read(lambda conn: list(conn.execute(query)))

    async def trained(self, count: int = 240) -> str:
        """A desk with a history and its first champion; returns the version."""
        self.core.history(count)
        await self.client.sync()
        await self.work()
        failed = [row.error for row in await self.jobs("queued") if row.error]
        assert not failed, failed
        found = await self.client.status()
        assert found.serving, found.problem
        return found.serving

    async def opened(self, number: int, subject: str, **changes: Any) -> UUID:
        """Open a ticket and let triage decide on it."""
        ticket = self.core.open(number, subject, **changes)
        await self.event("core.ticket.created.v1", ticket, channel=ticket.channel)
        await self.work()
        return ticket.id


async def retrained(bench: Bench, more: int = 60) -> str:
    """A challenger on a longer history."""
    for i in range(more):
        words = f"the shop still owes me a refund number {i}"
        bench.core.example(5000 + i, "refund", words, at=START + timedelta(minutes=i))
    started = await bench.client.start_training()
    await bench.work()
    done = await bench.client.training(started.id)
    assert done.state == "done", done.error
    return done.model
