"""Retraining in the background."""

from typing import Any

import sqlalchemy as sa

from services.common.events import record
from services.common.jobs import JobContext
from services.common.jobs.registry import JobInProgress
from services.triage.desk import Desk
from services.triage.examples import repository as examples
from services.triage.jobs import jobs
from services.triage.ledger import repository as ledger
from services.triage.registry import repository as registry
from services.triage.registry.service import forget_people
from services.triage.train.service import train

KEY = "train"
EVERYONE = 1  # example that makes a first training worth while: names alone make a model that may suggest


@jobs.job("train", queue="slow", max_attempts=3, lease=60)
async def run_training(ctx: JobContext, payload: dict[str, Any]) -> dict[str, Any]:
    """Retrain; its progress is in per cent."""
    desk: Desk = ctx.service
    dry_run = bool(payload.get("dry_run"))

    async def report(done: int, total: int, note: str) -> None:
        await ctx.progress(done, total, note)
        if desk.live is not None:
            await desk.live.publish(f"job:{ctx.job_id}", str(ctx.job_id), done, "progress")

    result = await train(desk, report, job=None if dry_run else ctx.job_id, dry_run=dry_run)

    def finish(conn: sa.Connection) -> None:
        record(
            conn, "triage.training.finished.v1", {"job": str(ctx.job_id), "model": result.get("model", "")}
        )
        if result.get("promoted"):
            jobs.enqueue(conn, "catch_up", {})
            if ledger.owed(conn):  # somebody was erased while it learnt
                jobs.enqueue(conn, "train", {"dry_run": False})

    await ctx.db.write(finish)
    await forget_people(desk)
    return result


def enqueue_training(conn: sa.Connection, *, dry_run: bool = False) -> str:
    """Start a training; returns the job's id, also where one is under way already."""
    try:
        return str(jobs.enqueue(conn, "train", {"dry_run": dry_run}, key=KEY))
    except JobInProgress as error:
        return str(error.extra["job"])


def enqueue_first(conn: sa.Connection) -> str | None:
    """Start the first training of a desk that has labels to learn and no model yet."""
    if registry.next_serial(conn) > 1 or examples.count(conn) < EVERYONE:
        return None
    return enqueue_training(conn)
