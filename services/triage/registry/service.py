"""Looking at versions and deciding which one serves."""

import asyncio
from typing import Any

import msgspec
import sqlalchemy as sa

from services.triage.contract import Comparison, LabelMetrics, Model, ModelList, ModelPromoted, TaskMetrics
from services.triage.desk import Desk
from services.triage.learning.task import READY
from services.triage.learning.types import ModelRefused
from services.triage.ledger import repository as ledger
from services.triage.promises.service import certify
from services.triage.registry import repository as repo
from services.triage.registry.errors import FORGOTTEN, ModelUnusable
from services.triage.registry.repository import Candidate
from services.triage.taxonomy.copy import Taxonomy


async def models(desk: Desk) -> ModelList:
    """Every version, newest first, with what ails it."""
    rows = await desk.db.read(repo.all_models)
    taxonomy = await desk.taxonomy.current()
    await desk.serving.current()
    items = [await _view(desk, row, taxonomy) for row in rows]
    return ModelList(items, desk.serving.version)


async def model(desk: Desk, version: str) -> Model:
    """One version; raises ``ModelUnknown``."""
    row = await desk.db.read(lambda conn: repo.one_model(conn, version))
    return await _view(desk, row, await desk.taxonomy.current())


async def promote(desk: Desk, version: str, by: str) -> ModelPromoted:
    """Make a version serve. It is loaded first: a file that cannot serve never becomes champion."""
    row = await desk.db.read(lambda conn: repo.one_model(conn, version))
    await _proven(desk, row)
    now = desk.clock.now()
    pair = await desk.db.write(lambda conn: repo.promote(conn, version, by=by, at=now, reason="click"))
    return await serve(desk, pair, by)


async def rollback(desk: Desk, by: str) -> ModelPromoted:
    """Return to the champion before this one; its files are the ones it served with.

    One whose files were removed for an erased person stays where it is; a file that is lost by accident may come
    back, and until then the serving falls through to the champion before it.
    """
    now = desk.clock.now()
    before = await desk.db.read(lambda conn: repo.one_model(conn, repo.undoable(conn).previous))
    if before.removed_at is not None:
        raise ModelUnusable(f"{before.version} cannot serve: {FORGOTTEN}.")
    pair = await desk.db.write(lambda conn: repo.rollback(conn, by=by, at=now))
    return await serve(desk, pair, by)


async def forget_people(desk: Desk) -> list[str]:
    """Remove the files of versions that do not serve and hold vectors of people who were erased.

    Rows are marked first: a job that dies in between is finished by the next call. Returns the versions.
    """
    now = desk.clock.now()

    def unit(conn: sa.Connection) -> list[str]:
        versions = ledger.to_remove(conn)
        ledger.mark_removed(conn, versions, now)
        return versions

    versions = await desk.db.write(unit)
    await asyncio.to_thread(desk.artefacts.remove, versions)
    return versions


async def _proven(desk: Desk, row: Any) -> None:
    if row.removed_at is not None:
        raise ModelUnusable(f"{row.version} cannot serve: {FORGOTTEN}.")
    desk.serving.forget()
    try:
        await desk.serving.load(Candidate(row.version, row.sha256, row.fingerprint))
    except ModelRefused as error:
        raise ModelUnusable(f"{row.version} cannot serve: {error.reason}.") from error


async def serve(desk: Desk, pair: tuple[str, str], by: str) -> ModelPromoted:
    """What follows a change of champion from the second of ``pair`` to the first: it is loaded, its promises are
    computed, and files that held erased people go."""
    desk.serving.forget()
    await desk.serving.current()
    await certify(desk, pair[0])
    await forget_people(desk)
    return ModelPromoted(model=pair[0], previous=pair[1], by=by)


async def _view(desk: Desk, row: Any, taxonomy: Taxonomy) -> Model:
    problem = (
        FORGOTTEN
        if row.removed_at is not None
        else await asyncio.to_thread(desk.artefacts.problem, row.version, row.sha256)
    )
    metrics = msgspec.convert(row.metrics, dict[str, TaskMetrics])
    named = {task: _named(task, found, taxonomy) for task, found in metrics.items()}
    category = named.get("category")
    return Model(
        version=row.version,
        state=row.state,
        trained_at=row.trained_at,
        examples=row.examples,
        snapshot_hash=row.snapshot_hash,
        sha256=row.sha256,
        metrics=named,
        labels=category.labels if category else _unjudged(row.labels.get("category", {}), taxonomy),
        compare=msgspec.convert(row.compare, Comparison) if row.compare else None,
        promoted_at=row.promoted_at,
        promoted_by=row.promoted_by,
        loadable=not problem,
        problem=problem,
    )


def _named(task: str, found: TaskMetrics, taxonomy: Taxonomy) -> TaskMetrics:
    labels = [
        msgspec.structs.replace(row, name=taxonomy.name(task, row.label) or None) for row in found.labels
    ]
    return msgspec.structs.replace(found, labels=labels)


def _unjudged(learnt: dict[str, int], taxonomy: Taxonomy) -> list[LabelMetrics]:
    """Labels of a model that was trained on too little to be judged."""
    return [
        LabelMetrics(
            label=label,
            examples=learnt.get(label, 0),
            support=0,
            precision=0.0,
            recall=0.0,
            f1=0.0,
            ready=False,
            needs=max(0, READY - learnt.get(label, 0)),
            name=taxonomy.name("category", label) or None,
        )
        for label in sorted(taxonomy.active["category"])
    ]
