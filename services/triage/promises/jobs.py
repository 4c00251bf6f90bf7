"""Certificates follow what people say."""

from typing import Any

from services.common.jobs import JobContext
from services.triage.jobs import jobs
from services.triage.promises.service import follow_reviews


@jobs.every(minutes=10, queue="default", lease=120)
async def certify_on_reviews(ctx: JobContext, payload: dict[str, Any]) -> dict[str, Any]:
    """Grant, move or withdraw what the serving model may do alone, by the reviews since."""
    return {"tasks": list(await follow_reviews(ctx.service))}
