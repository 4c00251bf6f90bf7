"""Triage of one ticket, from its text to core's answer. Every step may be killed and repeated."""

import asyncio
import time
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec
import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray
from prometheus_client import Counter, Histogram

from services.common.errors import NotFound, Unavailable
from services.common.ids import uuid7
from services.common.observability import get_logger
from services.common.text import detect_language
from services.core.contract import Proposal, ProposedField, TicketText
from services.triage.contract import TASKS, Rules
from services.triage.desk import Desk
from services.triage.examples.convert import to_bytes
from services.triage.learning.text import prepare
from services.triage.predict import repository as repo
from services.triage.predict.brain import RECIPE, Thought, input_hash, think
from services.triage.predict.why import why
from services.triage.promises.repository import thresholds
from services.triage.route.policy import Wanted
from services.triage.route.service import Desks, advise, wanted
from services.triage.route.service import store as store_advice
from services.triage.rules import repository as rules

log = get_logger(__name__)
prediction_seconds = Histogram(
    "triaje_prediction_seconds",
    "From a ticket's text to the verdict of the model, embedding included",
    buckets=(0.005, 0.01, 0.015, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5),
)
decisions_made = Counter("triaje_decisions_total", "Decisions by where their ticket went", ["went"])
SIMILAR = 3
LONGEST_THREAD = 20_000  # characters of a conversation that are read when a customer writes again
OVER = ("closed", "solved", "cancelled")


@dataclass(frozen=True)
class Made:
    """A prediction with all that is stored of it."""

    model: str
    language: str
    thought: Thought
    evidence: dict[str, Any]
    vector: NDArray[np.float32] | None
    fingerprint: str
    thresholds: dict[str, float]
    taxonomy_version: int
    latency_ms: float


async def decide(desk: Desk, ticket: UUID, cause: str) -> Any:
    """The decision that ``cause`` leads to, stored once and proposed until core has answered.

    Returns the row; None where the ticket is gone or nothing is left to decide on it.
    """
    known = await desk.db.read(lambda conn: repo.find(conn, ticket, cause))
    if known is None:
        text = await _still_open(desk, ticket)
        if text is None:
            await desk.db.write(lambda conn: repo.no_longer_waiting(conn, ticket))
            return None
        known = await _store(desk, text, cause)
    if known.state == "proposed":
        await _propose(desk, known)
    return known


async def decide_again_with_thread(desk: Desk, ticket: UUID, cause: str) -> Any:
    """Decide anew once a customer has written more, as long as no person has touched what triage sets.

    Returns the new decision; None where the old one stands: because a person has spoken, or because the added
    words change neither category nor priority.
    """
    known = await desk.db.read(lambda conn: repo.find(conn, ticket, cause))
    if known is None:
        before = await desk.db.read(lambda conn: repo.latest(conn, ticket))
        text = await _still_open(desk, ticket)
        if before is None or text is None or any(text.set_by.get(task) == "person" for task in TASKS):
            return None
        more = [entry.text.strip() for entry in text.thread if entry.author == "contact"]
        body = "\n\n".join(filter(None, dict.fromkeys([text.body.strip(), *more])))[:LONGEST_THREAD]
        if body == text.body.strip():
            return None  # it was the message that opened the ticket
        made = await make(desk, text.subject, body, text.language, apart=ticket)
        chosen = made.thought.verdict.chosen
        if all(chosen.get(task) == before.chosen.get(task) for task in ("category", "priority")):
            return None
        known = await _store(desk, msgspec.structs.replace(text, body=body), cause, made)
    if known.state == "proposed":
        await _propose(desk, known)
    return known


async def _still_open(desk: Desk, ticket: UUID) -> TicketText | None:
    """The ticket's text; None where the ticket is gone or over."""
    try:
        text = await desk.core.ticket_text(ticket)
    except NotFound:
        return None
    return None if text.status_category in OVER else text


async def make(desk: Desk, subject: str, body: str, language: str, *, apart: UUID | None = None) -> Made:
    """Predict for a text. ``apart`` is the ticket itself, which is no evidence for itself."""
    if language in ("", "und"):
        language = detect_language(f"{subject}\n{body}")
    loaded = await desk.serving.current()
    taxonomy = await desk.taxonomy.current()
    started = time.perf_counter()
    text = prepare(subject, body)
    vector = await desk.reader.read(text) if text else None
    certified = await desk.db.read(lambda conn: thresholds(conn, loaded.version)) if loaded else {}
    thought = await asyncio.to_thread(think, loaded, text, language, vector, taxonomy.scheme, certified)
    seconds = time.perf_counter() - started
    prediction_seconds.observe(seconds)
    similar = await _similar(desk, vector, apart)
    label = thought.verdict.chosen.get("category")
    evidence = {
        "words": thought.words,
        "recipe": RECIPE,
        "similar": similar,
        "why": why(
            thought.words,
            str(label) if label else None,
            [found["label"] for found in similar],
            thought.verdict.human,
            loaded is not None,
        ),
    }
    return Made(
        loaded.version if loaded else "",
        language,
        thought,
        evidence,
        vector,
        desk.reader.fingerprint,
        certified,
        taxonomy.version,
        round(seconds * 1000, 3),
    )


async def _similar(
    desk: Desk, vector: NDArray[np.float32] | None, apart: UUID | None
) -> list[dict[str, Any]]:
    """The nearest solved tickets; none where the index is away: a decision does not wait for its footnotes."""
    if vector is None:
        return []
    try:
        hits = await desk.solved.search(vector, SIMILAR + 1)
    except Unavailable as error:
        log.info("similar.away", error=str(error))
        return []
    return [
        {"ticket": str(hit.ticket), "number": hit.number, "label": hit.category, "score": round(hit.score, 4)}
        for hit in hits
        if hit.ticket != apart
    ][:SIMILAR]


async def _store(desk: Desk, text: TicketText, cause: str, made: Made | None = None) -> Any:
    made = made or await make(desk, text.subject, text.body, text.language, apart=text.id)
    verdict = made.thought.verdict
    row: dict[str, Any] = {
        "id": uuid7(),
        "ticket": text.id,
        "number": text.number,
        "cause": cause,
        "model": made.model,
        "at": desk.clock.now(),
        "opened_at": text.created_at,
        "language": made.language,
        "channel": text.channel,
        "tier": text.tier,
        "ticket_version": text.version,
        "taxonomy_version": made.taxonomy_version,
        "predictions": verdict.predictions,
        "confidence": verdict.confidence,
        "chosen": verdict.chosen,
        "offers": {
            name: {"value": offer.value, "probability": offer.probability, "apply": offer.apply}
            for name, offer in verdict.offers.items()
        },
        "thresholds": made.thresholds,
        "applied": {},
        "skipped": {},
        "abstained": verdict.abstained,
        "human": verdict.human,
        "evidence": made.evidence,
        "input_hash": input_hash(text.subject, text.body, made.language, made.fingerprint),
        "latency_ms": made.latency_ms,
        "state": "proposed",
    }
    read = {
        "contact_ref": text.contact_ref,
        "subject": text.subject,
        "body": text.body,
        "fingerprint": made.fingerprint,
        "vector": to_bytes(made.vector) if made.vector is not None else None,
    }
    route = await _route(desk, text, made)

    def unit(conn: sa.Connection) -> Any:
        if route is not None and repo.find(conn, text.id, cause) is None:
            choice = advise(conn, *route)
            if choice.first is not None:
                sure = route[2].assign == "apply" and any(offer.apply for offer in verdict.offers.values())
                row["offers"]["assignee"] = {
                    "value": str(choice.first.id),
                    "probability": verdict.confidence.get("category", 0.0),
                    "apply": sure and "category" not in verdict.abstained,
                }
            stored = repo.insert(conn, row, read)
            store_advice(conn, stored.id, choice, desk.clock.now())
            return stored
        return repo.insert(conn, row, read)

    return await desk.db.write(unit)


async def _route(desk: Desk, text: TicketText, made: Made) -> tuple[Desks, Wanted, Rules] | None:
    """What choosing an assignee needs; None where nobody is to be given this ticket by triage."""
    chosen = await desk.db.read(lambda conn: rules.rules(conn, desk.options.promote))
    verdict = made.thought.verdict
    if chosen.assign == "off" or text.assignee is not None or not verdict.chosen.get("category"):
        return None
    desks = await desk.router.desks()
    if desks is None:
        return None
    taxonomy = await desk.taxonomy.current()
    solved = await desk.router.used_to_it(made.vector, text.id)
    return desks, wanted(verdict, taxonomy, made.language, solved), chosen


async def _propose(desk: Desk, decision: Any) -> None:
    """Offer the decision to core, whose policy decides; the same decision twice is answered alike."""
    fields = {
        name: ProposedField(value=offer["value"], probability=offer["probability"], apply=offer["apply"])
        for name, offer in decision.offers.items()
    }
    proposal = Proposal(
        decision=decision.id,
        version=decision.ticket_version,
        fields=fields,
        model=decision.model,
        abstained=decision.human,
    )
    try:
        outcome = await desk.core.propose(decision.ticket, proposal)
    except NotFound:
        await desk.db.write(lambda conn: repo.answered(conn, decision, {}, {}, state="superseded"))
        return
    await desk.db.write(lambda conn: repo.answered(conn, decision, outcome.applied, outcome.skipped))
    decisions_made.labels("person" if decision.human else "applied" if outcome.applied else "suggested").inc()
