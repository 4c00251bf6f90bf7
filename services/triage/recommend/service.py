"""From a ticket to drafts: a ``langchain-core`` chain of retrieve, rank, compose.

The last step is the chat composer with the extractive one as its fallback, so that a model which is not set,
slow, wrong or away costs nothing but its style.
"""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from services.common.observability import get_logger
from services.triage.recommend import rank
from services.triage.recommend.chat import ChatComposer, ChatUnavailable
from services.triage.recommend.compose import Draft, Passage, compose, quotable, usable

if TYPE_CHECKING:
    from services.common.ai.embedder import Embedder

log = get_logger(__name__)
CONSIDERED = 8  # passages that a draft may draw on; more only adds sentences that nobody needs
RENDERED = 3  # macros whose variables are filled; more than lead a draft
REMEMBERED = 4_096  # sentence vectors kept (1.5 kB each): macros and articles come again and again

Array = NDArray[np.float32]


@dataclass(frozen=True)
class Found:
    """What was retrieved for one ticket. ``question`` is masked; ``chances`` are those of its categories."""

    question: str
    vector: Array
    language: str
    chances: dict[str, float]
    passages: list[Passage]
    categories: dict[str, str | None]
    """Category by ``kind:id`` of macros and tickets."""
    outcomes: dict[str, tuple[float, int]] = field(default_factory=dict)
    """What drafts were worth and how many there were, by ``kind:id`` of the source that led them."""
    render: Callable[[Passage], Awaitable[Passage]] | None = None
    """Fills the variables of a macro for this ticket; without it they are left out."""
    plain: list[Passage] = field(default_factory=list)
    """The ranked passages with no variable filled: all that a chat model may see."""
    limit: int = 3


@dataclass(frozen=True)
class Written:
    """A draft and who wrote it."""

    draft: Draft
    composer: str

    @property
    def digest(self) -> str:
        """Identifies the draft, so that looking twice stores once."""
        document = [self.draft.text, msgspec.to_builtins(self.draft.sources), self.composer]
        return hashlib.sha256(msgspec.json.encode(document)).hexdigest()


class Recommender:
    """Ranks and composes; knows no database and no neighbour."""

    def __init__(self, embedder: "Embedder", chat: ChatComposer) -> None:
        self._embedder = embedder
        self._chat = chat
        self._vectors: dict[str, Array] = {}
        self._chain: Any = None

    async def drafts(self, found: Found) -> list[Written]:
        """Drafts for what was found, best first; none where no source is near enough."""
        if self._chain is None:
            self._chain = await asyncio.to_thread(self._build)
        from langsmith.run_helpers import tracing_context

        with tracing_context(enabled=False):  # nothing leaves the desk by way of somebody's environment
            written: list[Written] = await self._chain.ainvoke(found)
        return written

    async def warm(self, passages: Sequence[Passage]) -> None:
        """Import what the first draft needs and read what every draft draws on, before somebody waits."""
        if self._chain is None:
            self._chain = await asyncio.to_thread(self._build)
        await self._embed([_read(p) for p in passages])

    def _build(self) -> Any:
        from langchain_core.runnables import RunnableLambda

        extractive = RunnableLambda(self._extract, name="extract")
        write: Any = extractive
        if self._chat.configured:
            chat = RunnableLambda(self._converse, name="chat")
            write = chat.with_fallbacks([extractive], exceptions_to_handle=(ChatUnavailable,))
        return RunnableLambda(self._rank, name="rank") | write

    async def _rank(self, found: Found) -> Found:
        """Score every passage against the ticket, keep the best of the customer's language."""
        vectors = await self._embed([_read(p) for p in found.passages])
        cosines = [float(vector @ found.vector) for vector in vectors]
        scale = rank.scale_of([c for p, c in zip(found.passages, cosines, strict=True) if p.kind == "macro"])
        scored = []
        for passage, cosine in zip(found.passages, cosines, strict=True):
            key = f"{passage.kind}:{passage.id}"
            score = self._score(
                passage, scale(max(cosine, passage.score * (passage.kind == "ticket"))), found
            )
            score *= rank.usefulness(*found.outcomes.get(key, (0.0, 0)))
            scored.append(replace(passage, score=round(min(1.0, score), 4)))
        best = [p for p in usable(scored, found.language) if p.score >= rank.SHOWN][:CONSIDERED]
        return replace(found, passages=await self._filled(best, found), plain=best)

    async def _filled(self, passages: list[Passage], found: Found) -> list[Passage]:
        """The macros among the best with their variables filled."""
        render = found.render
        if render is None:
            return passages
        macros = [p for p in passages if p.kind == "macro"][:RENDERED]
        filled = dict(zip([p.id for p in macros], await asyncio.gather(*map(render, macros)), strict=True))
        return [filled.get(p.id, p) if p.kind == "macro" else p for p in passages]

    def _score(self, passage: Passage, near: float, found: Found) -> float:
        category = found.categories.get(f"{passage.kind}:{passage.id}")
        if passage.kind == "macro":
            return rank.macro_score(near, category, found.chances)
        if passage.kind == "article":
            return rank.article_score(near)
        return rank.ticket_score(near, category, found.chances)

    async def _extract(self, found: Found) -> list[Written]:
        """Up to ``limit`` drafts, each led by another source."""
        await self._embed([s.text for p in found.passages for s in quotable(p)])
        written: list[Written] = []
        seen: set[str] = set()
        for lead in range(len(found.passages)):
            if len(written) == found.limit:
                break
            order = [found.passages[lead], *found.passages[:lead], *found.passages[lead + 1 :]]
            draft = compose(found.vector, order, found.language, self._known)
            if draft is not None and draft.text not in seen:
                seen.add(draft.text)
                written.append(Written(draft, "extractive"))
        return written

    async def _converse(self, found: Found) -> list[Written]:
        """One draft by the chat model, then the extractive ones."""
        if not found.passages:
            return []
        draft = await self._chat.write(found.question, found.plain, found.language)
        extracted = await self._extract(replace(found, limit=max(1, found.limit - 1)))
        return [Written(draft, self._chat.name), *extracted]

    async def _embed(self, texts: Sequence[str]) -> Array:
        """Vectors of texts, from memory where they were asked lately."""
        missing = [text for text in dict.fromkeys(texts) if text not in self._vectors]
        if missing:
            for text, vector in zip(missing, await self._embedder.documents(missing), strict=True):
                self._vectors[text] = vector
        rows = self._known(texts)
        while len(self._vectors) > REMEMBERED:
            del self._vectors[next(iter(self._vectors))]
        return rows

    def _known(self, texts: Sequence[str]) -> Array:
        if not texts:
            return np.zeros((0, 0), np.float32)
        return np.stack([self._vectors[text] for text in texts])


def _read(passage: Passage) -> str:
    """What is embedded of a passage."""
    return f"{passage.title}\n{passage.text}"
