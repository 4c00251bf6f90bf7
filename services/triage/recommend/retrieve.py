"""Gathering what may help to answer a ticket, within the rights of who asks."""

import asyncio
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from services.common.errors import DeskError, Forbidden, NotFound, Unavailable
from services.common.observability import get_logger
from services.core.contract import Macro, TicketText
from services.kb.contract import PassageQuery, SearchHit
from services.triage.contract import RecommendedArticle, SimilarTicket
from services.triage.desk import Desk
from services.triage.examples.convert import from_bytes, text_hash
from services.triage.examples.repository import by_tickets, vector_of_decision
from services.triage.examples.solved import Near
from services.triage.learning.text import prepare
from services.triage.predict import repository as decisions
from services.triage.recommend import repository as repo
from services.triage.recommend.compose import Passage
from services.triage.recommend.privacy import Mask
from services.triage.recommend.sentences import without_placeholders
from services.triage.recommend.service import Found

log = get_logger(__name__)
NEAREST, ARTICLES = 6, 5
QUESTION = 1_500  # characters of the ticket that are searched with


@dataclass
class Gathered:
    """All that was found; ``missing`` names the parts whose service is away."""

    found: Found
    articles: list[RecommendedArticle]
    similar: list[SimilarTicket]
    missing: list[str] = field(default_factory=list)


async def gather(desk: Desk, ticket: UUID, limit: int, token: str | None) -> Gathered:
    """Macros, passages and solved tickets for one ticket.

    ``token`` is the bearer token of the person who asks, None for a service. The person must be able to read
    the ticket, and every solved ticket is shown only if they can read that one too: core is asked, as them.
    Articles for staff only are never quoted, because a draft goes out.
    """
    text = await desk.core.ticket_text(ticket)
    if token is not None:
        await desk.core.ticket(text.number, token=token)
    language = text.language if text.language not in ("", "und") else "en"
    mask = await desk.privacy.masker()
    vector = await _vector(desk, text)
    chances = await _chances(desk, text)
    missing: list[str] = []
    near, hits = await asyncio.gather(
        _nearest(desk, vector, ticket, token, missing), _passages(desk, text, language, missing)
    )
    rows = await desk.db.read(lambda conn: by_tickets(conn, [n.ticket for n in near]))
    taxonomy = await desk.taxonomy.current()
    passages, categories = macro_passages(taxonomy.macros, language)
    passages += [_article(hit) for hit in hits]
    for n in near:
        if n.ticket in rows and rows[n.ticket].resolution.strip():
            passages.append(_solved(rows[n.ticket], n, mask))
            categories[f"ticket:{n.ticket}"] = n.category
    outcomes = await desk.db.read(repo.outcomes_by_source)
    found = Found(
        question=mask(prepare(text.subject, text.body))[:QUESTION],
        vector=vector,
        language=language,
        chances=chances,
        passages=passages,
        categories=categories,
        outcomes=outcomes,
        render=partial(_render, desk, text.number, token) if token else None,
        limit=limit,
    )
    articles = [
        RecommendedArticle(str(h.article), h.title, h.passage, h.slug, h.lang, round(h.score, 4))
        for h in hits
    ]
    nearby = [similar(rows[n.ticket], n, mask) for n in near if n.ticket in rows]
    return Gathered(found, articles, nearby, missing)


async def _vector(desk: Desk, text: TicketText) -> NDArray[np.float32]:
    fingerprint = desk.reader.fingerprint
    read = await desk.db.read(lambda conn: vector_of_decision(conn, text.id, fingerprint))
    if read is not None and text_hash(read.subject, read.body) == text_hash(text.subject, text.body):
        return desk.reader.meaning(from_bytes(read.vector))
    return desk.reader.meaning(await desk.reader.read(prepare(text.subject, text.body)))


async def _chances(desk: Desk, text: TicketText) -> dict[str, float]:
    """How likely each category is; what a person set is certain."""
    if text.category and text.set_by.get("category") == "person":
        return {text.category: 1.0}
    decision = await desk.db.read(lambda conn: decisions.latest(conn, text.id))
    if decision is not None and decision.human:
        return {}  # a category that the model does not know must not choose the macro
    if decision is None:
        return {text.category: 1.0} if text.category else {}
    return {p["label"]: p["probability"] for p in decision.predictions.get("category", [])}


async def _nearest(
    desk: Desk, vector: NDArray[np.float32], ticket: UUID, token: str | None, missing: list[str]
) -> list[Near]:
    try:
        near = await desk.solved.search(vector, NEAREST)
    except Unavailable as error:
        log.info("recommend.similar_away", error=str(error))
        missing.append("similar")
        return []
    others = [n for n in near if n.ticket != ticket]
    if token is None:
        return others
    allowed = await asyncio.gather(*(may_read(desk, n.number, token) for n in others))
    return [n for n, ok in zip(others, allowed, strict=True) if ok]


async def may_read(desk: Desk, number: int, token: str) -> bool:
    """Whether the person behind ``token`` may read a ticket: core is asked, as them."""
    try:
        await desk.core.ticket(number, token=token)
    except (NotFound, Forbidden):
        return False
    return True


async def _render(desk: Desk, number: int, token: str | None, passage: Passage) -> Passage:
    """A macro filled by core for this ticket and this agent; as it is where core cannot."""
    try:
        rendered = await desk.core.render_macro(passage.id, number, token=token)
    except DeskError as error:
        log.info("recommend.not_rendered", error=error.code)
        return passage
    if rendered.language != passage.language or not rendered.text.strip():
        return passage
    return replace(passage, text=without_placeholders(rendered.text))


async def _passages(desk: Desk, text: TicketText, language: str, missing: list[str]) -> list[SearchHit]:
    question = prepare(text.subject, text.body)[:QUESTION]
    query = PassageQuery(text=question, lang=language, limit=ARTICLES, tags=text.tags)
    try:
        return await desk.kb.passages(query)
    except Unavailable as error:
        log.info("recommend.kb_away", error=str(error))
        missing.append("articles")
        return []


def macro_passages(macros: list[Macro], language: str) -> tuple[list[Passage], dict[str, str | None]]:
    """Macros as passages of one language, and the category of each."""
    passages, categories = [], {}
    for macro in macros:
        body = without_placeholders(macro.body.get(language, ""))
        if body:
            title = macro.title.get(language) or next(iter(macro.title.values()), macro.key)
            passages.append(Passage("macro", str(macro.id), title, body, language, 0.0))
            categories[f"macro:{macro.id}"] = macro.category
    return passages, categories


def _article(hit: SearchHit) -> Passage:
    return Passage("article", str(hit.article), hit.title, hit.passage, hit.lang, hit.score, slug=hit.slug)


def _solved(row: Any, near: Near, mask: Mask) -> Passage:
    return Passage(
        "ticket",
        str(row.ticket),
        mask(row.subject),
        mask(row.resolution),
        row.language,
        near.score,
        number=row.number,
    )


def similar(row: Any, near: Near, mask: Mask) -> SimilarTicket:
    """A solved ticket as it is shown: its words masked."""
    return SimilarTicket(
        ticket=row.ticket,
        number=row.number,
        subject=mask(row.subject),
        label=near.category,
        score=round(near.score, 4),
        resolution=mask(row.resolution)[:400],
    )
