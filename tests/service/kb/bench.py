"""A running knowledge base and the hands to work it."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.common.clients import Peer
from services.common.clock import FrozenClock
from services.common.db.tables import outbox
from services.common.events import Event
from services.common.http import Actor
from services.common.http.actor import scopes_of
from services.common.http.tokens import Signer
from services.common.ids import uuid7
from services.common.jobs import JobContext
from services.common.service import Service
from services.kb.client import KbClient
from services.kb.contract import Article, ArticleInput, TranslationInput
from services.kb.desk import Desk
from tests.service.kb.fakes import ConceptEmbedder, FakeCore

QUEUES = ("fast", "slow", "default")


async def _unheard(done: int, total: int, note: str) -> bool:
    return False


@dataclass
class Bench:
    """The knowledge base alone, reached as the portal and triage reach it."""

    service: Service
    clock: FrozenClock
    client: KbClient
    peer: Peer
    signer: Signer
    embedder: ConceptEmbedder
    vectors: Any
    core: FakeCore

    @property
    def desk(self) -> Desk:
        desk: Desk = self.service.extra
        return desk

    def token(self, *roles: str, person: str = "p1", locale: str = "") -> str:
        """A signed token; the role `customer` makes a contact, all others staff."""
        kind = "contact" if roles == ("customer",) else "staff"
        actor = Actor(id=person, kind=kind, roles=roles, scopes=scopes_of(roles), name="Pat", locale=locale)
        return self.signer.sign(actor)

    @property
    def agent(self) -> str:
        return self.token("agent")

    @property
    def customer(self) -> str:
        return self.token("customer", person="c1")

    async def article(
        self, title: str, body: str = "", *, lang: str = "en", index: bool = True, **options: Any
    ) -> Article:
        """Write an article, published unless told otherwise, and index it."""
        texts = {lang: TranslationInput(title=title, body_markdown=body)}
        for other, text in options.pop("also", {}).items():
            texts[other] = TranslationInput(title=text[0], body_markdown=text[1])
        given = ArticleInput(translations=texts, **{"state": "published", **options})
        made = await self.client.create(given, token=self.agent)
        if index:
            await self.work()
        return made

    async def event(self, type: str, **data: Any) -> None:
        """Deliver an event of another service twice, as relays may, and let it be handled."""
        event = Event(uuid7(), type, self.clock.now(), data)
        for _ in range(2):
            await self.peer.post("/internal/events", {"events": [event]})
        await self.work()

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

    async def run(self, name: str) -> dict[str, Any] | None:
        """Do one scheduled job now, as the worker would."""
        from services.kb.index.queue import jobs

        context = JobContext(self.desk, self.service.db, self.clock, uuid7(), 1, _unheard)
        return await jobs.specs[name].fn(context, {})

    async def found(self, q: str, **options: Any) -> list[UUID]:
        """The ids that a search gives."""
        return [hit.article for hit in (await self.client.search(q, **options)).items]

    async def events(self, type: str) -> list[dict[str, Any]]:
        """The payloads of events that were recorded, oldest first."""
        query = sa.select(outbox.c.data).where(outbox.c.type == type).order_by(outbox.c.id)
        return await self.service.db.read(lambda conn: list(conn.execute(query).scalars()))

    async def rows(self, query: Any) -> list[Any]:
        """Rows of any query."""
        return await self.service.db.read(lambda conn: list(conn.execute(query)))
