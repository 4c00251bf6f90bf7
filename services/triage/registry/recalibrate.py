"""The champion again, with its percentages set straight by reviewed live decisions.

It becomes a version of its own, so that it is promoted, rolled back and replayed like any other.
"""

import asyncio
from typing import Any

import msgspec
import numpy as np
import sqlalchemy as sa

from services.common.errors import Conflict, NotFound
from services.common.ids import uuid7
from services.common.jobs import list_jobs
from services.triage.contract import TASKS, Comparison, Recalibration, TaskMetrics
from services.triage.desk import Desk
from services.triage.learning.metrics import calibration_error
from services.triage.learning.promise import LEAST_REVIEWS
from services.triage.learning.recalibration import Straightened, recalibrated, straighten
from services.triage.models import ModelVersion, table
from services.triage.outcomes.repository import Pairs, pairs
from services.triage.predict.policy import PLACES
from services.triage.registry import repository as repo
from services.triage.registry.artefacts import Draft, Loaded
from services.triage.registry.service import serve

BUSY = ("queued", "running")


class NothingToRecalibrate(Conflict):
    """What the model states is as true as its reviews can tell, or they are too few."""

    code, title = "triage.nothing_to_recalibrate", "There is nothing to set straight"


async def proposal(desk: Desk, task: str) -> Recalibration:
    """What setting the percentages of a task straight would bring; raises ``NotFound`` for an unknown task."""
    if task not in TASKS:
        raise NotFound("There is no such task.")
    loaded = await desk.serving.current()
    if loaded is None:
        return Recalibration(task=task)
    found = await _straightened(desk, loaded, task)
    return Recalibration(
        task=task,
        model=loaded.version,
        advised=found.advised,
        reviews=found.n,
        gap_before=round(found.before, 4),
        gap_after=round(found.after, 4),
        noise=round(found.noise, 4),
    )


async def recalibrate(desk: Desk, task: str, by: str) -> str:
    """Make the champion anew with true percentages and let it serve; returns its version. Raises ``Conflict`` where
    that is not advised, or while a training is under way: both would want the next version."""
    if task not in TASKS:
        raise NotFound("There is no such task.")
    for state in BUSY:
        if await list_jobs(desk.db, name="train", state=state, limit=1):
            raise Conflict("A training is under way; try again when it has ended.")
    loaded = await desk.serving.current()
    found = None if loaded is None else await _straightened(desk, loaded, task)
    if loaded is None or found is None or not found.advised:
        raise NothingToRecalibrate
    row = await desk.db.read(lambda conn: repo.one_model(conn, loaded.version))
    evidence = {name: await _evidence(desk, row, name) for name in loaded.tasks}
    values, draft = await asyncio.to_thread(_made, desk, loaded, row, task, found, evidence)
    serial = await desk.db.read(repo.next_serial)
    version = f"v{serial}"
    figures = msgspec.json.encode({"version": version, "metrics": values["metrics"]})
    await asyncio.to_thread(desk.artefacts.keep, draft, version, figures)
    values |= {"version": version, "serial": serial}
    values["compare"]["challenger"] = version
    now = desk.clock.now()

    def unit(conn: sa.Connection) -> tuple[str, str]:
        conn.execute(sa.insert(ModelVersion).values(values))
        return repo.promote(conn, version, by=by, at=now, reason="recalibrated")

    await serve(desk, await desk.db.write(unit), by)
    return version


async def _straightened(desk: Desk, loaded: Loaded, task: str) -> Straightened:
    model = loaded.tasks.get(task)
    live: Pairs = []
    if model is not None and model.kind == "single":
        live = await desk.db.read(lambda conn: pairs(conn, loaded.version, task))
    return await asyncio.to_thread(straighten, [p for p, _ in live], [right for _, right in live])


async def _evidence(desk: Desk, row: Any, task: str) -> list[list[float]]:
    """What certifies the new version's promises: reviews of the old one where there are enough, since both decide
    alike, else the later tickets that the old one was judged on."""
    live = await desk.db.read(lambda conn: pairs(conn, row.version, task))
    if len(live) >= LEAST_REVIEWS:
        return [[p, float(right)] for p, right in live]
    return [list(pair) for pair in row.held_out.get(task, [])]


def _made(
    desk: Desk,
    loaded: Loaded,
    row: Any,
    task: str,
    found: Straightened,
    evidence: dict[str, list[list[float]]],
) -> tuple[dict[str, Any], Draft]:
    """The new version's row, still without a number, and its files. The row says that it read its examples when the
    old one did: an erased person among them is owed by both."""
    tasks = {**loaded.tasks, task: recalibrated(loaded.tasks[task], found)}
    card = {
        "snapshot": row.snapshot_hash,
        "embedder": row.fingerprint,
        "examples": row.examples,
        "cutoff": row.cutoff.isoformat() if row.cutoff else None,
        "recalibrated": {"from": loaded.version, "task": task, "reviews": found.n},
    }
    draft = desk.artefacts.save(tasks, card, str(uuid7()))
    values = {column.name: getattr(row, column.name) for column in table(ModelVersion).columns}
    metrics = msgspec.convert(row.metrics, dict[str, TaskMetrics])
    if task in metrics:
        metrics[task] = _restated(metrics[task], row.held_out.get(task, []), found)
    said = {
        "en": f"{loaded.version} with the percentages of {found.n} reviewed decisions: the average gap between said "
        f"and true was {found.before:.1%} and is {found.after:.1%}. What it decides is the same.",
        "es": f"{loaded.version} con los porcentajes de {found.n} decisiones revisadas: la diferencia media entre lo "
        f"dicho y lo cierto era {found.before:.1%} y es {found.after:.1%}. Lo que decide es lo mismo.",
    }
    values |= {
        "state": "challenger",
        "sha256": draft.sha256,
        "metrics": msgspec.to_builtins(metrics),
        # A team that follows from the category speaks in other percentages now, and has no evidence for them yet.
        "held_out": {**evidence, task: _mapped(evidence.get(task, []), found)},
        "compare": msgspec.to_builtins(
            Comparison(champion=loaded.version, challenger="", task=task, verdict=said)
        ),
        "promoted_at": None,
        "promoted_by": "",
        "job": None,
        "removed_at": None,
    }
    return values, draft


def _mapped(found: list[list[float]], by: Straightened) -> list[list[float]]:
    if not found:
        return []
    said = by(np.array([p for p, _ in found]))
    return [[round(float(p), PLACES), right] for p, (_, right) in zip(said, found, strict=True)]


def _restated(metrics: TaskMetrics, held_out: list[list[float]], by: Straightened) -> TaskMetrics:
    """The figures on the later tickets of the old version: thresholds and the gap move, nothing else does."""
    curve = [[round(float(by(np.array([at]))[0]), 4), share, right] for at, share, right in metrics.curve]
    moved = _mapped(held_out, by)
    gap = (
        calibration_error(np.array([p for p, _ in moved]), np.array([r for _, r in moved])) if moved else None
    )
    return msgspec.structs.replace(metrics, curve=curve, ece=metrics.ece if gap is None else round(gap, 4))
