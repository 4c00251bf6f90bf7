"""One retraining from the first fetched ticket to the stored version."""

import asyncio
import threading
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
import sqlalchemy as sa

from services.common.jobs import Cancelled
from services.common.observability import get_logger
from services.triage.contract import Comparison
from services.triage.desk import Desk
from services.triage.examples import repository as examples
from services.triage.examples import service as closed
from services.triage.learning.tongues import tongues_of
from services.triage.learning.types import FitCancelled, ModelRefused
from services.triage.ledger import repository as ledger
from services.triage.models import ModelVersion, table
from services.triage.promises.service import certify
from services.triage.registry import repository as registry
from services.triage.registry.artefacts import Draft
from services.triage.registry.repository import Candidate
from services.triage.rules import repository as rules
from services.triage.taxonomy.copy import Taxonomy
from services.triage.train.compare import compare
from services.triage.train.curve import learning_curve
from services.triage.train.fit import fit_all, lessons
from services.triage.train.heirs import carried
from services.triage.train.measure import Judged, judge_model, members
from services.triage.train.split import Split, snapshot_hash, split

log = get_logger(__name__)
STEPS = 100  # the job's progress is in per cent
FETCHED, READ, FITTED, JUDGED = 5, 30, 90, 97
LOOK_SECONDS = 0.4  # between two looks at the thread that fits

Report = Callable[[int, int, str], Awaitable[None]]


@dataclass
class Prepared:
    """All that a fit needs, in memory."""

    taxonomy: Taxonomy
    rows: list[Any]
    split: Split
    reviewed: dict[Any, set[str]]
    fingerprint: str
    snapshot: str
    at: datetime
    """When the examples were read: who is erased later is still in the model."""


async def train(desk: Desk, report: Report, *, job: UUID | None, dry_run: bool = False) -> dict[str, Any]:
    """Fit, judge, compare and store a challenger; raises ``Cancelled``. Returns what the job page shows.

    The champion keeps serving meanwhile. The first model of a desk becomes champion at once.
    """
    done = await desk.db.read(lambda conn: _of_job(conn, job))
    if done is not None:  # killed after it had stored its model
        return _result(done, dry_run=False)
    prepared = await _prepare(desk, report)
    tasks = await _fit(desk, prepared, report)
    await report(FITTED, STEPS, "judge")
    learnt = await asyncio.to_thread(_learnt, prepared, tasks)
    draft = await asyncio.to_thread(desk.artefacts.save, tasks, _card(prepared), str(job or "dry"))
    try:
        judged = await asyncio.to_thread(
            judge_model, draft.loaded, prepared.split.later, prepared.taxonomy, prepared.reviewed, learnt
        )
        comparison = await _compare(desk, prepared, judged)
        await report(JUDGED - 3, STEPS, "curve")
        await _add_curve(desk, prepared, judged)
        await report(JUDGED, STEPS, "store")
        if dry_run:
            return {
                "dry_run": True,
                "examples": len(prepared.split.earlier),
                "metrics": msgspec.to_builtins(judged.metrics),
                "comparison": msgspec.to_builtins(comparison),
            }
        row = await _store(desk, prepared, draft, judged, comparison, learnt, job)
    finally:
        await asyncio.to_thread(desk.artefacts.drop, draft)
    await certify(desk, row.version)
    promoted = await _promote_by_rule(desk, row.version, comparison)
    await report(STEPS, STEPS, "done")
    return _result(row, dry_run=False) | {"promoted": promoted}


async def _prepare(desk: Desk, report: Report) -> Prepared:
    taxonomy = await desk.taxonomy.current() if desk.offline else await desk.taxonomy.refresh()

    async def fetching(done: int, total: int, note: str) -> None:
        await report(1, STEPS, f"{note} {done}")

    async def reading(done: int, total: int, note: str) -> None:
        share = done / max(1, total)
        await report(FETCHED + int(share * (READ - FETCHED)), STEPS, f"{note} {done}/{total}")

    if not desk.offline:
        await closed.pull(desk, fetching)
    await report(FETCHED, STEPS, "embed")
    await closed.embed_missing(desk, reading)
    if not desk.offline:
        await closed.index_missing(desk)
    at = desk.clock.now()
    rows = await desk.db.read(examples.for_training)
    reviewed = await desk.db.read(examples.reviewed_tasks)
    fingerprint = desk.reader.fingerprint
    rows = [row for row in rows if row.vector is not None and row.fingerprint == fingerprint]
    chosen = await desk.db.read(lambda conn: rules.rules(conn, desk.options.promote))
    rows = await asyncio.to_thread(carried, rows, chosen.heirs, taxonomy, desk.reader.encode)
    cut = split(rows)
    snapshot = await asyncio.to_thread(snapshot_hash, cut.earlier, fingerprint)
    return Prepared(taxonomy, rows, cut, reviewed, fingerprint, snapshot, at)


async def _fit(desk: Desk, prepared: Prepared, report: Report) -> dict[str, Any]:
    """Fit in a thread; the loop carries its progress out and a wish to stop in."""
    stop = threading.Event()
    latest: list[tuple[float, str]] = [(0.0, "fit")]

    def heard(share: float, note: str) -> None:
        latest[0] = (share, note)

    work = asyncio.create_task(
        asyncio.to_thread(
            fit_all,
            prepared.split.earlier,
            prepared.taxonomy,
            prepared.reviewed,
            desk.reader.encode,
            tongues_of(prepared.fingerprint),
            heard,
            stop.is_set,
        )
    )
    try:
        while not work.done():
            share, note = latest[0]
            await report(READ + int(share * (FITTED - READ)), STEPS, note)
            await asyncio.wait({work}, timeout=LOOK_SECONDS)
        return work.result()
    except FitCancelled as error:
        raise Cancelled from error
    except BaseException:
        stop.set()
        await asyncio.wait({work})
        if not work.cancelled():
            work.exception()  # it was told to stop; what it says of that is no news
        raise


async def _add_curve(desk: Desk, prepared: Prepared, judged: Judged) -> None:
    """Put the learning curve beside the category's figures."""
    found = judged.metrics.get("category")
    if found is None:
        return
    points = await asyncio.to_thread(
        learning_curve,
        prepared.split.earlier,
        prepared.split.later,
        prepared.taxonomy,
        prepared.reviewed,
        desk.reader.encode,
        tongues_of(prepared.fingerprint),
        lambda: False,
    )
    whole = [float(len(prepared.split.earlier)), found.accuracy or 0.0]
    judged.metrics["category"] = msgspec.structs.replace(found, learning=[*points, whole])


def _learnt(prepared: Prepared, tasks: dict[str, Any]) -> dict[str, dict[str, int]]:
    """How many examples each label of each task had."""
    counts: dict[str, dict[str, int]] = {}
    for task in tasks:
        found, _ = lessons(task, prepared.split.earlier, prepared.taxonomy, prepared.reviewed)
        counts[task] = dict(Counter(label for example in found for label in example.labels))
    return counts


def _card(prepared: Prepared) -> dict[str, Any]:
    """What the file says of itself; nothing in it tells one run on the same data from another."""
    return {
        "snapshot": prepared.snapshot,
        "embedder": prepared.fingerprint,
        "examples": len(prepared.split.earlier),
        "cutoff": prepared.split.cutoff.isoformat() if prepared.split.cutoff else None,
    }


async def _compare(desk: Desk, prepared: Prepared, judged: Judged) -> Comparison | None:
    """The champion on the same later tickets, those that neither model learnt from."""
    rows = await desk.db.read(registry.candidates)
    if not rows:
        return None
    candidate: Candidate = rows[0]
    row = await desk.db.read(lambda conn: registry.one_model(conn, candidate.version))
    later = [r for r in prepared.split.later if row.cutoff is None or r.closed_at > row.cutoff]
    try:
        champion = await desk.serving.load(candidate)
    except ModelRefused as error:
        log.warning("compare.champion_refused", model=candidate.version, reason=error.reason)
        return None
    old = await asyncio.to_thread(judge_model, champion, later, prepared.taxonomy, prepared.reviewed, {})
    both = [r for r in later if r.ticket in old.right and r.ticket in judged.right]
    return compare(
        candidate.version,
        "challenger",
        [old.right[r.ticket] for r in both],
        [judged.right[r.ticket] for r in both],
        members(both),
    )


async def _store(
    desk: Desk,
    prepared: Prepared,
    draft: Draft,
    judged: Judged,
    comparison: Comparison | None,
    learnt: dict[str, dict[str, int]],
    job: UUID | None,
) -> Any:
    """Write the files, then the row that points at them."""
    serial = await desk.db.read(registry.next_serial)
    version = f"v{serial}"
    if comparison is not None:
        comparison = msgspec.structs.replace(comparison, challenger=version)
    figures = msgspec.json.encode({"version": version, "metrics": judged.metrics, "comparison": comparison})
    await asyncio.to_thread(desk.artefacts.keep, draft, version, figures)
    row = {
        "version": version,
        "serial": serial,
        "state": "challenger",
        "trained_at": prepared.at,
        "cutoff": prepared.split.cutoff,
        "examples": len(prepared.split.earlier),
        "snapshot_hash": prepared.snapshot,
        "sha256": draft.sha256,
        "fingerprint": prepared.fingerprint,
        "labels": learnt,
        "metrics": msgspec.to_builtins(judged.metrics),
        "held_out": judged.held_out,
        "compare": msgspec.to_builtins(comparison),
        "promoted_at": None,
        "job": job,
    }

    def unit(conn: sa.Connection) -> Any:
        conn.execute(sa.insert(ModelVersion).values(row))
        return registry.one_model(conn, version)

    return await desk.db.write(unit)


async def _promote_by_rule(desk: Desk, version: str, comparison: Comparison | None) -> bool:
    """A desk that has no model that can serve takes this one at once, and so does one that owes it to an erased
    person, unless it is worse beyond luck; else the rule that it chose decides."""
    now = desk.clock.now()
    first = await desk.serving.current() is None
    fair = comparison is None or not comparison.worse

    def unit(conn: sa.Connection) -> bool:
        if not first and fair and ledger.owed(conn):
            registry.promote(conn, version, by="rule", at=now, reason="erased")
            return True
        wins = (
            rules.rules(conn, desk.options.promote).promote == "better"
            and comparison is not None
            and comparison.better
        )
        if first or wins:
            registry.promote(conn, version, by="rule", at=now, reason="first" if first else "better")
        return first or wins

    return await desk.db.write(unit)


def _of_job(conn: sa.Connection, job: UUID | None) -> Any:
    if job is None:
        return None
    models = table(ModelVersion)
    return conn.execute(sa.select(models).where(models.c.job == job)).first()


def _result(row: Any, *, dry_run: bool) -> dict[str, Any]:
    return {
        "dry_run": dry_run,
        "model": row.version,
        "examples": row.examples,
        "metrics": row.metrics,
        "comparison": row.compare,
        "promoted": row.promoted_at is not None,
    }
