"""Stand-ins for what the knowledge base borrows: an embedder that knows thirty concepts, and a core with keys."""

import hashlib
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import numpy as np
import numpy.typing as npt
from litestar import Litestar, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery, JSONBody

from services.common.ai.embedder import EmbedderUnavailable
from services.core.contract import Answered, AnswerInput, TicketText, TrainingExample, TrainingExamples
from services.kb.search.analysis import stem, tokens

Floats = npt.NDArray[np.float32]
DIMENSIONS = 64

# Words that mean the same, whatever their language: what makes the real model find across languages.
CONCEPTS = [
    {"password", "contrasena", "clave", "passcode"}, {"card", "tarjeta"}, {"reset", "restablecer", "restablezco"},
    {"refund", "reembolso", "devolucion"}, {"transfer", "transferencia"}, {"account", "cuenta"},
    {"lost", "perdida", "perdi"}, {"freeze", "block", "bloquear"}, {"fee", "comision", "charge"},
    {"printer", "impresora"}, {"internal", "interno"}, {"invoice", "factura"},
]  # fmt: skip


class ConceptEmbedder:
    """The interface of the kernel's embedder over hashed words and shared concepts."""

    dimensions = DIMENSIONS

    def __init__(self, fingerprint: str = "concepts0001") -> None:
        self.fingerprint = fingerprint
        self.loaded = True
        self.away = False
        self.encoded = 0

    async def load(self) -> None:
        if self.away:
            raise EmbedderUnavailable("the model is away")

    async def query(self, text: str) -> Floats:
        await self.load()
        return self._encode(text)

    async def queries(self, texts: Sequence[str]) -> Floats:
        return np.stack([await self.query(text) for text in texts])

    async def documents(self, texts: Sequence[str]) -> Floats:
        await self.load()
        self.encoded += len(texts)
        return np.stack([self._encode(text) for text in texts])

    def close(self) -> None:
        return None

    def _encode(self, text: str) -> Floats:
        vector = np.full(DIMENSIONS, 0.01, dtype=np.float32)
        for token in tokens(text):
            vector += _word(_concept(token.folded))
        return np.asarray(vector / np.linalg.norm(vector), dtype=np.float32)


def _concept(folded: str) -> str:
    for concept in CONCEPTS:
        if folded in concept or stem(folded, "en") in concept or stem(folded, "es") in concept:
            return min(concept)
    return stem(folded, "en")


def _word(name: str) -> Floats:
    seed = int.from_bytes(hashlib.sha256(name.encode()).digest()[:4])
    return np.random.default_rng(seed).standard_normal(DIMENSIONS).astype(np.float32)


class FakeCore:
    """Serves the keys that people's tokens are signed with, and the closed tickets that a test gives it."""

    def __init__(self, jwks: dict[str, Any]) -> None:
        self.closed: list[TrainingExample] = []

        @get("/.well-known/jwks.json")
        async def keys() -> dict[str, Any]:
            return jwks

        @get("/internal/training-examples")
        async def examples(after: FromQuery[str | None] = None) -> TrainingExamples:
            start = int(after or 0)
            more = start + 2 < len(self.closed)
            return TrainingExamples(
                items=self.closed[start : start + 2], next_after=str(start + 2) if more else None
            )

        self.texts: dict[UUID, TicketText] = {}
        self.answers: list[tuple[UUID, AnswerInput]] = []

        @get("/internal/tickets/{ticket:uuid}/text")
        async def text(ticket: FromPath[UUID]) -> TicketText:
            if ticket not in self.texts:
                raise NotFoundException
            return self.texts[ticket]

        @post("/internal/tickets/{ticket:uuid}/answer", status_code=200)
        async def answer(ticket: FromPath[UUID], data: JSONBody[AnswerInput]) -> Answered:
            self.answers.append((ticket, data))
            return Answered(sent=True, reason="")

        self.app = Litestar([keys, examples, text, answer], openapi_config=None)
