"""`/api/v1/triage/trainings`, the desk's status, and the door for a sync."""

from typing import Any
from uuid import UUID

import msgspec
import sqlalchemy as sa
from litestar import Request, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody

from services.common.errors import NotFound, Unavailable
from services.common.http import Actor, clamp_limit, decode_cursor, encode_cursor, idempotent, require
from services.common.jobs import JobView, cancel_job, get_job, list_jobs
from services.triage.contract import (
    Comparison,
    Status,
    SyncStarted,
    TaskMetrics,
    Training,
    TrainingList,
    TrainingRequest,
)
from services.triage.desk import Desk
from services.triage.examples import repository as examples
from services.triage.examples.jobs import enqueue_sync
from services.triage.ledger import repository as ledger
from services.triage.models import Example
from services.triage.predict.repository import counts
from services.triage.registry import repository as registry
from services.triage.train.jobs import enqueue_training

STATES = {"dead": "failed"}


def training_of(job: JobView) -> Training:
    """A training as clients see its job."""
    result, progress = job.result or {}, job.progress or {}
    error = (job.error or "").strip().splitlines()[-1:] if job.state == "dead" else []
    return Training(
        id=job.id,
        state=STATES.get(job.state, job.state),  # type: ignore[arg-type]
        done=progress.get("done", 0),
        total=progress.get("total", 0),
        note=progress.get("note", ""),
        started_at=job.started_at,
        finished_at=job.finished_at,
        dry_run=bool(result.get("dry_run")),
        model=result.get("model", ""),
        examples=result.get("examples", 0),
        metrics=msgspec.convert(result.get("metrics") or {}, dict[str, TaskMetrics]),
        comparison=msgspec.convert(result["comparison"], Comparison) if result.get("comparison") else None,
        promoted=bool(result.get("promoted")),
        error="".join(error)[:500],
    )


async def _training(desk: Desk, training: UUID) -> Training:
    job = await get_job(desk.db, training)
    if job.name != "train":
        raise NotFound("There is no such training.")
    return training_of(job)


@post("/api/v1/triage/trainings")
async def start_training(
    request: Request[Any, Any, Any],
    desk: NamedDependency[Desk],
    actor: NamedDependency[Actor],
    data: JSONBody[TrainingRequest | None] = None,
) -> Training:
    """Start a retraining; where one is under way, that one is returned."""
    require(actor, "triage:write")

    def unit(conn: sa.Connection) -> UUID:
        return UUID(enqueue_training(conn, dry_run=data is not None and data.dry_run))

    key = request.headers.get("idempotency-key")
    job = await idempotent(desk.db, actor, key, await request.body(), UUID, unit)
    return await _training(desk, job)


@get("/api/v1/triage/trainings")
async def list_trainings(
    desk: NamedDependency[Desk],
    actor: NamedDependency[Actor],
    limit: FromQuery[int | None] = None,
    cursor: FromQuery[str | None] = None,
) -> TrainingList:
    """Trainings, newest first."""
    require(actor, "triage:read")
    place = decode_cursor(cursor, UUID)
    size = clamp_limit(limit)
    found = await list_jobs(desk.db, name="train", before=place[0] if place else None, limit=size + 1)
    more = encode_cursor(str(found[size - 1].id)) if len(found) > size else None
    return TrainingList([training_of(job) for job in found[:size]], more)


@get("/api/v1/triage/trainings/{training:uuid}")
async def get_training(
    desk: NamedDependency[Desk], actor: NamedDependency[Actor], training: FromPath[UUID]
) -> Training:
    """One training with its live progress."""
    require(actor, "triage:read")
    return await _training(desk, training)


@post("/api/v1/triage/trainings/{training:uuid}/cancel", status_code=200)
async def cancel_training(
    desk: NamedDependency[Desk], actor: NamedDependency[Actor], training: FromPath[UUID]
) -> Training:
    """Ask a training to stop."""
    require(actor, "triage:write")
    await _training(desk, training)
    await cancel_job(desk.db, training)
    return await _training(desk, training)


@post("/internal/sync")
async def start_sync(desk: NamedDependency[Desk]) -> SyncStarted:
    """Fetch what core has; for the suite, after it has loaded or imported tickets."""
    return SyncStarted(UUID(await desk.db.write(enqueue_sync)))


@get("/api/v1/triage/status")
async def status(desk: NamedDependency[Desk], actor: NamedDependency[Actor]) -> Status:
    """What serves, what waits, what is wrong."""
    require(actor, "triage:read")
    try:
        await desk.serving.current()
        fingerprint = desk.reader.fingerprint
    except Unavailable as error:
        fingerprint, away = "", error.title
    else:
        away = ""

    def unit(conn: sa.Connection) -> Status:
        champion = registry.champion(conn)
        cutoff = registry.one_model(conn, champion).cutoff if champion else None
        newer = sa.select(sa.func.count()).select_from(Example)
        if cutoff is not None:
            newer = newer.where(Example.closed_at > cutoff)
        decided, human = counts(conn)
        pulled = examples.get_pull(conn, "closed")
        return Status(
            serving=desk.serving.version,
            champion=champion,
            examples=examples.count(conn),
            new_examples=int(conn.execute(newer).scalar() or 0),
            decisions=decided,
            abstained=human,
            embedder=fingerprint,
            synced_at=pulled.at if pulled else None,
            problem=away or desk.serving.problem,
            forgotten=ledger.owed(conn),
        )

    found = await desk.db.read(unit)
    running = [j for j in await list_jobs(desk.db, name="train", limit=5) if j.state in ("queued", "running")]
    return msgspec.structs.replace(found, training=running[0].id if running else None)


handlers = [
    start_training,
    list_trainings,
    get_training,
    cancel_training,
    start_sync,
    status,
]
