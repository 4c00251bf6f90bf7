"""Decisions as clients see them: names and other tickets' words are joined now, never stored."""

from typing import Any
from uuid import UUID

import msgspec
import sqlalchemy as sa

from services.triage.contract import Decision, Evidence, Outcome, Prediction, SimilarTicket, Word
from services.triage.desk import Desk
from services.triage.examples.repository import by_tickets
from services.triage.outcomes.repository import of_decisions
from services.triage.recommend.privacy import Mask
from services.triage.route.view import advice_of, routing
from services.triage.taxonomy.copy import Taxonomy

SHOWN = 400  # characters of a resolution beside a decision


async def view(desk: Desk, rows: list[Any]) -> list[Decision]:
    """Stored decisions as their readers get them."""
    taxonomy = await desk.taxonomy.current()
    near = {UUID(found["ticket"]) for row in rows for found in row.evidence.get("similar", [])}

    def unit(conn: sa.Connection) -> tuple[dict[UUID, Any], dict[UUID, list[Any]], dict[UUID, Any]]:
        keys = [row.id for row in rows]
        return by_tickets(conn, sorted(near)), of_decisions(conn, keys), advice_of(conn, keys)

    solved, outcomes, advice = await desk.db.read(unit)
    mask = await desk.privacy.masker()
    return [
        msgspec.structs.replace(
            _decision(row, taxonomy, solved, outcomes.get(row.id, []), mask),
            routing=routing(advice.get(row.id)),
        )
        for row in rows
    ]


def _decision(
    row: Any, taxonomy: Taxonomy, solved: dict[UUID, Any], outcomes: list[Any], mask: Mask
) -> Decision:
    return Decision(
        id=row.id,
        ticket=row.ticket,
        number=row.number,
        model=row.model,
        at=row.at,
        language=row.language,
        predictions=named(row.predictions, taxonomy),
        applied=row.applied,
        skipped=row.skipped,
        abstained=row.abstained,
        human_triage=row.human,
        evidence=evidence(row.evidence, solved, mask),
        latency_ms=row.latency_ms,
        outcomes=[Outcome(o.task, o.outcome, o.value, o.actor, o.at) for o in outcomes],
        state=row.state,
        input_hash=row.input_hash,
        ticket_version=row.ticket_version,
    )


def named(predictions: dict[str, list[dict[str, Any]]], taxonomy: Taxonomy) -> dict[str, list[Prediction]]:
    """Ranked labels with the names they have now."""
    return {
        task: [
            Prediction(p["label"], p["probability"], taxonomy.name(task, p["label"]) or None) for p in ranked
        ]
        for task, ranked in predictions.items()
    }


def evidence(stored: dict[str, Any], solved: dict[UUID, Any], mask: Mask) -> Evidence:
    """Evidence with the words of the solved tickets that still exist."""
    similar = []
    for found in stored.get("similar", []):
        row = solved.get(UUID(found["ticket"]))
        if row is None:  # erased or reopened since
            continue
        similar.append(
            SimilarTicket(
                ticket=row.ticket,
                number=row.number,
                subject=mask(row.subject),
                label=found["label"],
                score=found["score"],
                resolution=mask(row.resolution)[:SHOWN],
            )
        )
    words = [Word(word["text"], word["weight"]) for word in stored.get("words", [])]
    return Evidence(words, similar, stored.get("why", {}))
