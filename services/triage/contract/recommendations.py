"""Draft replies with their sources."""

from uuid import UUID

from msgspec import Struct

from services.triage.contract.decisions import SimilarTicket
from services.triage.contract.vocabulary import SourceKind, Verdict


class RecommendationOutcomeRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """A person's verdict on a draft reply; ``text`` is what was sent, kept only as its distance to the draft."""

    outcome: Verdict
    text: str | None = None


class Source(Struct, frozen=True, omit_defaults=True):
    """Where a draft's words come from; ``index`` is the number shown, from 1."""

    index: int
    kind: SourceKind
    id: str
    title: str
    quote: str
    number: int | None = None
    language: str = ""
    score: float = 0.0


class Span(Struct, frozen=True):
    """Characters ``start`` to ``end`` of a draft rest on source ``source``; ``quote`` is the sentence there.

    Every sentence has one but greetings and sign-offs, which claim nothing.
    """

    start: int
    end: int
    source: int
    quote: str


class Recommendation(Struct, frozen=True):
    """A draft reply. ``composer`` is ``extractive`` or ``chat:<model>``: the page says which one wrote."""

    id: UUID
    text: str
    sources: list[Source]
    spans: list[Span]
    score: float
    language: str
    composer: str


class RecommendedArticle(Struct, frozen=True, omit_defaults=True):
    """An article that may answer."""

    article: str
    title: str
    passage: str = ""
    slug: str = ""
    language: str = ""
    score: float = 0.0


class Recommendations(Struct, frozen=True):
    """All that may help to answer one ticket. ``missing`` names the parts whose service is away."""

    replies: list[Recommendation]
    articles: list[RecommendedArticle]
    similar: list[SimilarTicket]
    missing: list[str] = []


class RecommendationRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """The ticket to draft for; the caller's own token decides what may be quoted."""

    ticket: UUID
    limit: int = 3
