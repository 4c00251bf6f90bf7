"""Neighbours of triage for its tests: small apps that speak core's and the knowledge base's own structs.

They are reached through the real clients, so that a request or answer which the contract does not know fails
here as it would in the suite.
"""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

import numpy as np
from litestar import Litestar, Request, get, post
from litestar.params import FromPath, FromQuery, JSONBody
from numpy.typing import NDArray

from services.common.errors import Forbidden, NotFound
from services.common.problems import HANDLERS
from services.core import contract as core
from services.kb.contract import PassageQuery, SearchHit, Segment

Array = NDArray[np.float32]
SPACE = UUID("6ba7b810-9dad-11d1-80b4-00c04fd430c8")
START = datetime(2026, 1, 1, 9, tzinfo=UTC)


def key(name: str) -> UUID:
    """A stable id."""
    return uuid5(SPACE, name)


class WordEmbedder:
    """Texts to vectors by their words: the same words, the same place; fast, and exact across calls."""

    dimensions = 64
    loaded = True

    def __init__(self, fingerprint: str = "words0000001") -> None:
        self.fingerprint = fingerprint
        self.calls: list[str] = []
        self._words: dict[str, Array] = {}

    def _word(self, word: str) -> Array:
        if word not in self._words:
            seed = int.from_bytes(hashlib.sha256(word.encode()).digest()[:8], "big")
            self._words[word] = np.random.default_rng(seed).normal(size=self.dimensions).astype(np.float32)
        return self._words[word]

    def _encode(self, text: str) -> Array:
        self.calls.append(text)
        total = np.full(self.dimensions, 0.05, np.float32)
        for word in text.lower().replace(".", " ").replace("?", " ").replace(",", " ").split():
            total = total + self._word(word[:5])
        return np.asarray(total / np.linalg.norm(total), np.float32)

    def encode_query(self, texts: Sequence[str]) -> Array:
        return (
            np.stack([self._encode(t) for t in texts])
            if texts
            else np.zeros((0, self.dimensions), np.float32)
        )

    encode_document = encode_query

    async def load(self) -> None:
        return None

    async def query(self, text: str) -> Array:
        return self._encode(text)

    async def queries(self, texts: Sequence[str]) -> Array:
        return self.encode_query(texts)

    documents = queries

    def close(self) -> None:
        return None


CATEGORIES = {
    "card_lost": ("cards", "Lost card", "Tarjeta perdida"),
    "card_late": ("cards", "Card delivery", "Entrega de tarjeta"),
    "refund": ("money", "Refund", "Reembolso"),
    "transfer": ("money", "Transfer", "Transferencia"),
}
PHRASES = {
    "card_lost": [
        "I lost my card",
        "my card was stolen yesterday",
        "someone took my card, block it",
        "card is gone",
    ],
    "card_late": [
        "my new card has not arrived",
        "when does the card arrive",
        "still waiting for delivery of the card",
    ],
    "refund": ["I want my refund", "the shop owes me a refund", "refund is missing from my balance"],
    "transfer": ["my transfer failed", "the bank transfer was declined", "transfer to a friend is pending"],
}
SPANISH = {
    "card_lost": "he perdido mi tarjeta", "card_late": "mi tarjeta no ha llegado",
    "refund": "quiero mi reembolso", "transfer": "mi transferencia ha fallado",
}  # fmt: skip
URGENT = {"card_lost": "critical", "card_late": "normal", "refund": "high", "transfer": "high"}


def taxonomy(version: int = 1, **changes: Any) -> core.TaxonomySnapshot:
    """A small bank's snapshot; ``retired`` names categories that are switched off."""
    retired = changes.get("retired", ())
    roots = [
        _category(name, None, (name,), {"en": name, "es": name}, None, True) for name in ("cards", "money")
    ]
    leaves = [
        _category(leaf, root, (root, leaf), {"en": en, "es": es}, f"team_{root}", leaf not in retired)
        for leaf, (root, en, es) in CATEGORIES.items()
    ]
    return core.TaxonomySnapshot(
        version=version,
        categories=roots + leaves,
        tags=[core.Tag(id=key(t), key=t, name={"en": t}, active=True) for t in ("fraud", "app")],
        priorities=[
            core.Priority(key=p, rank=i, name={"en": p}, definition={}, version=1)
            for i, p in enumerate(core.PRIORITIES, start=1)
        ],
        teams=[
            core.Team(id=key(t), key=t, name={"en": t}, description={}, members=[], active=True, version=1)
            for t in ("team_cards", "team_money")
        ],
        staff=[],
        macros=[_macro(leaf) for leaf in CATEGORIES],
    )


def _category(
    name: str,
    parent: str | None,
    path: tuple[str, ...],
    names: dict[str, str],
    team: str | None,
    active: bool,
) -> core.Category:
    return core.Category(
        id=key(name), key=name, parent=parent, path=list(path), name=names, definition={}, team=team,
        active=active, leaf=parent is not None, version=1,
    )  # fmt: skip


def _macro(leaf: str) -> core.Macro:
    _, en, es = CATEGORIES[leaf]
    body = {
        "en": f"Hello {{{{customer.name}}}},\nHere is what helps with {en.lower()}. Open the app and choose {leaf}.",
        "es": f"Hola {{{{customer.name}}}}:\nEsto ayuda con {es.lower()}. Abra la aplicación y elija {leaf}.",
    }
    return core.Macro(
        id=key(f"macro {leaf}"), key=f"m_{leaf}", title={"en": en, "es": es}, body=body, category=leaf,
        scope="global", team=None, actions={}, variables=["customer.name"], used=0, active=True, version=1,
    )  # fmt: skip


class FakeCore:
    """Core's side of the conversation, with its policy in small: people first, versions, idempotence."""

    def __init__(self) -> None:
        self.snapshot = taxonomy()
        self.tickets: dict[UUID, core.TicketText] = {}
        self.closed: dict[UUID, core.TrainingExample] = {}
        self.proposals: list[core.Proposal] = []
        self.answers: dict[UUID, core.ProposalOutcome] = {}
        self.readers: dict[str, set[int]] = {}
        self.away = False
        self.staff: list[core.Staff] | None = []
        self.jwks: dict[str, Any] = {}
        self.app = Litestar(
            [
                self._keys(),
                self._taxonomy(),
                self._text(),
                self._examples(),
                self._propose(),
                self._ticket(),
                self._staff(),
            ],
            exception_handlers=HANDLERS,
            logging_config=None,
            openapi_config=None,
        )

    def open(self, number: int, subject: str, body: str = "", **changes: Any) -> core.TicketText:
        """Open a ticket."""
        values: dict[str, Any] = {
            "id": key(f"ticket {number}"), "number": number, "version": 1, "subject": subject, "body": body,
            "thread": [], "language": "en", "channel": "portal", "tier": "standard",
            "contact_ref": f"contact{number}", "status": "open", "status_category": "open", "created_at": START,
            "set_by": {}, "category": None, "priority": "normal", "tags": [], "team": None, "assignee": None,
        }  # fmt: skip
        text = core.TicketText(**{**values, **changes})
        self.tickets[text.id] = text
        return text

    def change(self, ticket: UUID, by: core.SetBy = "person", **fields: Any) -> core.TicketText:
        """Set fields of a ticket, as somebody."""
        text = self.tickets[ticket]
        for name, value in fields.items():
            setattr(text, name, value)
            if name in ("category", "priority", "tags", "team"):
                text.set_by[name] = by
        text.version += 1
        return text

    def close(self, ticket: UUID, resolution: str = "", at: datetime | None = None) -> core.TicketText:
        """Close a ticket with the reply that solved it."""
        text = self.change(ticket, status="closed", status_category="closed")
        if resolution:
            text.thread.append(core.TextEntry(author="staff", at=START, text=resolution))
        return text

    def history(self, count: int, *, language: str = "en") -> None:
        """``count`` closed tickets over the four categories, an hour apart, labelled by people."""
        leaves = list(CATEGORIES)
        for i in range(count):
            leaf = leaves[i % 4]
            phrases = PHRASES[leaf]
            words = f"{phrases[(i // 4) % len(phrases)]} {'today' if i % 3 else 'again'} {i % 7}"
            if language == "es":
                words = f"{SPANISH[leaf]} {i % 7}"
            self.example(1000 + i, leaf, words, at=START - timedelta(hours=count - i), language=language)

    def example(self, number: int, category: str, subject: str, *, at: datetime, **changes: Any) -> UUID:
        """One closed ticket."""
        values: dict[str, Any] = {
            "id": key(f"ticket {number}"), "number": number, "closed_at": at, "subject": subject, "body": subject,
            "language": "en", "channel": "portal" if number % 2 else "email", "tier": "standard",
            "category": category, "priority": URGENT[category], "tags": ["fraud"] if category == "card_lost" else [],
            "team": None, "assignee": None,
            "set_by": {"category": "person", "priority": "person", "tags": "person"}, "labelled_at": {},
            "resolution": f"We have solved your {category.replace('_', ' ')} problem in the app.",
            "contact_ref": f"contact{number % 50}", "version": 3,
        }  # fmt: skip
        made = core.TrainingExample(**{**values, **changes})
        self.closed[made.id] = made
        return made.id

    def _check(self) -> None:
        if self.away:
            raise ConnectionError("core is away")

    def _keys(self) -> Any:
        @get("/.well-known/jwks.json")
        async def handler() -> dict[str, Any]:
            return self.jwks

        return handler

    def _taxonomy(self) -> Any:
        @get("/internal/snapshot/taxonomy")
        async def handler() -> core.TaxonomySnapshot:
            self._check()
            return self.snapshot

        return handler

    def _text(self) -> Any:
        @get("/internal/tickets/{ticket:uuid}/text")
        async def handler(ticket: FromPath[UUID]) -> core.TicketText:
            self._check()
            if ticket not in self.tickets:
                raise NotFound
            return self.tickets[ticket]

        return handler

    def _examples(self) -> Any:
        @get("/internal/training-examples")
        async def handler(
            after: FromQuery[str | None] = None, limit: FromQuery[int] = 100
        ) -> core.TrainingExamples:
            self._check()
            found = sorted(self.closed.values(), key=lambda e: (e.closed_at, e.id))
            found = [e for e in found if not after or f"{e.closed_at.isoformat()} {e.id}" > after]
            page = found[:limit]
            more = len(found) > limit
            last = f"{page[-1].closed_at.isoformat()} {page[-1].id}" if page else None
            return core.TrainingExamples(items=page, next_after=last if more else None)

        return handler

    def _propose(self) -> Any:
        @post("/internal/tickets/{ticket:uuid}/proposal", status_code=200)
        async def handler(ticket: FromPath[UUID], data: JSONBody[core.Proposal]) -> core.ProposalOutcome:
            self._check()
            if ticket not in self.tickets:
                raise NotFound
            if data.decision not in self.answers:
                self.proposals.append(data)
                self.answers[data.decision] = self._apply(self.tickets[ticket], data)
            return self.answers[data.decision]

        return handler

    def _apply(self, text: core.TicketText, proposal: core.Proposal) -> core.ProposalOutcome:
        applied: dict[str, Any] = {}
        skipped: dict[str, str] = {}
        for name, field in proposal.fields.items():
            if text.set_by.get(name) == "person":
                skipped[name] = "changed" if text.version > proposal.version else "person"
            elif not field.apply:
                skipped[name] = "suggested"
            else:
                setattr(text, name, field.value)
                text.set_by[name] = "model"
                applied[name] = field.value
        text.version += bool(applied)
        return core.ProposalOutcome(applied=applied, skipped=skipped, version=text.version)

    def _staff(self) -> Any:
        @get("/api/v1/staff")
        async def handler() -> list[core.Staff]:
            self._check()
            if self.staff is None:
                raise Forbidden
            return self.staff

        return handler

    def _ticket(self) -> Any:
        @get("/api/v1/tickets/{number:int}")
        async def handler(request: Request[Any, Any, Any], number: FromPath[int]) -> dict[str, Any]:
            """Only what the right to read needs: 404 for those who may not."""
            reader = request.headers["authorization"].partition(" ")[2]
            if number not in self.readers.get(reader, set()):
                raise (Forbidden if number % 2 else NotFound)
            return _as_ticket(number)

        return handler


def _as_ticket(number: int) -> dict[str, Any]:
    return {
        "id": str(key(f"ticket {number}")), "number": number, "subject": "", "description": "", "status": "open",
        "status_category": "open", "working_label": "new", "type": "question", "language": "en", "channel": "api",
        "requester": {"id": str(key("c")), "name": "x"}, "organization": None, "assignee": None, "fields": {},
        "version": 1, "created_at": START.isoformat(), "updated_at": START.isoformat(), "closed_at": None,
        "allowed_statuses": [],
    }  # fmt: skip


class FakeKb:
    """The knowledge base's side: one passage, or nobody at home."""

    def __init__(self) -> None:
        self.queries: list[PassageQuery] = []
        self.hits = [
            SearchHit(
                article=key("article"), lang="en", slug="lost-card", title="A lost card", score=0.9,
                passage="Freeze the lost card in the app. A new card costs nothing.",
                highlight=[Segment(text="Freeze")], title_highlight=[], passage_id=key("passage"),
            )
        ]  # fmt: skip
        self.away = False
        self.app = Litestar(
            [self._passages()], exception_handlers=HANDLERS, logging_config=None, openapi_config=None
        )

    def _passages(self) -> Any:
        @post("/internal/passages", status_code=200)
        async def handler(data: JSONBody[PassageQuery]) -> list[SearchHit]:
            if self.away:
                raise ConnectionError("the knowledge base is away")
            self.queries.append(data)
            return [hit for hit in self.hits if hit.lang == data.lang]

        return handler
