"""Retraining by the calendar."""

from typing import Any

import sqlalchemy as sa

from services.common.jobs import JobContext
from services.triage.desk import Desk
from services.triage.jobs import jobs
from services.triage.models import Example, ModelVersion
from services.triage.rules import repository as rules
from services.triage.train.jobs import enqueue_training

LEAST_NEW = 20  # closed tickets since the last training, without which another would learn nothing


@jobs.every(hours=6, queue="default", lease=60)
async def retrain_when_due(ctx: JobContext, payload: dict[str, Any]) -> dict[str, Any]:
    """Start a training where the admin's interval has passed and enough tickets were closed since."""
    desk: Desk = ctx.service
    now = ctx.clock.now()

    def unit(conn: sa.Connection) -> str | None:
        every = rules.rules(conn, desk.options.promote).every_days
        newest = conn.execute(
            sa.select(ModelVersion.trained_at).order_by(ModelVersion.serial.desc()).limit(1)
        ).scalar()
        if not every or newest is None or (now - newest).total_seconds() < every * 86_400:
            return None
        fresh = sa.select(sa.func.count()).select_from(Example).where(Example.stored_at > newest)
        if int(conn.execute(fresh).scalar() or 0) < LEAST_NEW:
            return None
        return enqueue_training(conn)

    return {"training": await ctx.db.write(unit)}
