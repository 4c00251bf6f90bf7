"""Would the newest model make the same mistake again? Asked of the very tickets that people corrected."""

import asyncio
from typing import Any

import msgspec
import sqlalchemy as sa

from services.triage.contract import Override
from services.triage.desk import Desk
from services.triage.examples.convert import from_bytes
from services.triage.learning.text import prepare
from services.triage.learning.types import ModelRefused
from services.triage.models import Decision, DecisionInput, DecisionOutcome, ModelVersion, table
from services.triage.predict.brain import think
from services.triage.registry.artefacts import Loaded
from services.triage.registry.repository import Candidate
from services.triage.taxonomy.copy import Scheme

MOST = 10  # corrected tickets of one mistake that are asked again
_model = table(ModelVersion)
Key = tuple[str, str, str]


async def newest(desk: Desk) -> Loaded | None:
    """The newest version that can be loaded, serving or not: the one that is to learn from the corrections."""
    query = sa.select(_model).where(_model.c.state != "failed").order_by(_model.c.serial.desc()).limit(1)
    row = await desk.db.read(lambda conn: conn.execute(query).first())
    if row is None:
        return None
    try:
        return await desk.serving.load(Candidate(row.version, row.sha256, row.fingerprint))
    except ModelRefused:
        return None


async def asked_again(desk: Desk, loaded: Loaded, found: list[Override]) -> list[Override]:
    """Each mistake of a single-label task with how often ``loaded`` would repeat it."""
    wanted = {(o.task, o.predicted, o.chosen) for o in found if o.task != "tags"}
    rows = await desk.db.read(lambda conn: _corrected(conn, wanted, loaded.fingerprint))
    scheme = (await desk.taxonomy.current()).scheme
    counts = await asyncio.to_thread(_repeat, loaded, rows, scheme)
    shown = []
    for override in found:
        checked, still = counts.get((override.task, override.predicted, override.chosen), (0, 0))
        shown.append(msgspec.structs.replace(override, checked=checked, still=still))
    return shown


def _corrected(conn: sa.Connection, wanted: set[Key], fingerprint: str) -> list[Any]:
    """The newest corrected decisions with what they read, at most ``MOST`` a mistake."""
    query = (
        sa.select(
            DecisionOutcome.task,
            DecisionOutcome.predicted,
            DecisionOutcome.value,
            Decision.language,
            DecisionInput.subject,
            DecisionInput.body,
            DecisionInput.vector,
        )
        .join(Decision, Decision.id == DecisionOutcome.decision)
        .join(DecisionInput, DecisionInput.decision == Decision.id)
        .where(DecisionOutcome.outcome != "accepted", DecisionInput.vector.is_not(None))
        .where(DecisionInput.fingerprint == fingerprint)
        .order_by(Decision.id.desc())
        .limit(MOST * 4 * max(1, len(wanted)))
    )
    kept: dict[Key, list[Any]] = {}
    for row in conn.execute(query):
        key = _key(row)
        if key in wanted and len(kept.setdefault(key, [])) < MOST:
            kept[key].append(row)
    return [row for rows in kept.values() for row in rows]


def _key(row: Any) -> Key:
    return row.task, str(row.predicted or ""), str(row.value or "")


def _repeat(loaded: Loaded, rows: list[Any], scheme: Scheme) -> dict[Key, tuple[int, int]]:
    counts: dict[Key, tuple[int, int]] = {}
    for row in rows:
        text = prepare(row.subject, row.body)
        said = think(loaded, text, row.language, from_bytes(row.vector), scheme, {}, explain=False)
        checked, still = counts.get(_key(row), (0, 0))
        same = said.verdict.chosen.get(row.task) == row.predicted
        counts[_key(row)] = checked + 1, still + int(same)
    return counts
