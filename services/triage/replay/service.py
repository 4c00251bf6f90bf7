"""Replays read rows and compute; they write nothing and tell core nothing."""

import asyncio
from typing import Any
from uuid import UUID

import msgspec
import sqlalchemy as sa

from services.common.errors import NotFound
from services.triage.contract import Replay
from services.triage.desk import Desk
from services.triage.examples.convert import from_bytes
from services.triage.learning.text import prepare
from services.triage.learning.types import ModelRefused
from services.triage.predict import repository as decisions
from services.triage.predict.brain import RECIPE, Thought, think
from services.triage.predict.view import named
from services.triage.registry import repository as registry
from services.triage.registry.artefacts import Loaded
from services.triage.registry.errors import FORGOTTEN, ModelUnusable
from services.triage.registry.repository import Candidate


async def replay(desk: Desk, decision_id: UUID) -> Replay:
    """One decision under its own model, from the vector and the text that it used."""

    def unit(conn: sa.Connection) -> tuple[Any, Any]:
        return decisions.get(conn, decision_id), decisions.get_input(conn, decision_id)

    decision, read = await desk.db.read(unit)
    if decision is None:
        raise NotFound("There is no such decision.")
    taxonomy = await desk.taxonomy.current()
    stored = named(decision.predictions, taxonomy)
    if read is None:
        return Replay(
            decision=decision_id, model=decision.model, identical=False, stored=stored, again={},
            problem="What it read was erased.",
        )  # fmt: skip
    loaded = await load(desk, decision.model) if decision.model else None
    thought = await _again(desk, loaded, decision, read)
    verdict = thought.verdict
    same_recipe = decision.evidence.get("recipe", 1) == RECIPE
    words = thought.words if same_recipe else decision.evidence["words"]
    said = msgspec.json.encode([verdict.predictions, verdict.confidence, verdict.abstained, words])
    kept = [decision.predictions, decision.confidence, decision.abstained, decision.evidence["words"]]
    identical = said == msgspec.json.encode(kept)
    return Replay(
        decision=decision_id,
        model=decision.model,
        identical=identical,
        stored=stored,
        again=named(verdict.predictions, taxonomy),
        problem="" if identical else "The decision was altered, or the program reads texts otherwise now.",
    )


async def _again(desk: Desk, loaded: Loaded | None, decision: Any, read: Any) -> Thought:
    scheme = await desk.taxonomy.scheme(decision.taxonomy_version)
    vector = from_bytes(read.vector) if read.vector is not None else None
    text = prepare(read.subject, read.body)
    thresholds = dict(decision.thresholds)
    return await asyncio.to_thread(think, loaded, text, decision.language, vector, scheme, thresholds)


async def load(desk: Desk, version: str) -> Loaded:
    """A version for computing with; raises ``ModelUnknown`` or ``ModelUnusable``."""
    row = await desk.db.read(lambda conn: registry.one_model(conn, version))
    if row.removed_at is not None:
        raise ModelUnusable(f"{version} cannot be loaded: {FORGOTTEN}.")
    try:
        return await desk.serving.load(Candidate(row.version, row.sha256, row.fingerprint))
    except ModelRefused as error:
        raise ModelUnusable(f"{version} cannot be loaded: {error.reason}.") from error
