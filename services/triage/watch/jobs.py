"""Looking, each minute for incidents and each week for drift."""

import asyncio
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import sqlalchemy as sa

from services.common.jobs import JobContext
from services.triage.desk import Desk
from services.triage.examples.convert import from_bytes
from services.triage.jobs import jobs
from services.triage.rules import repository as rules
from services.triage.train.jobs import enqueue_training
from services.triage.watch import repository as repo
from services.triage.watch.incidents import Run, unusual
from services.triage.watch.surprise import DRIFT, fewer_right, meaning_changed, mix_changed

WEEK = timedelta(days=7)
REFERENCE = timedelta(days=35)  # from five weeks to one week ago
LEAST = 100  # decisions in either period, or reviews on either side, without which nothing is compared
MOST = 400  # decisions of either period that are compared: the test's cost grows with their square


@jobs.every(minutes=1, queue="default", lease=60)
async def look_for_incidents(ctx: JobContext, payload: dict[str, Any]) -> dict[str, Any]:
    """Group what is unusual in the last hour under a proposed problem."""
    desk: Desk = ctx.service
    now = ctx.clock.now()
    over = await ctx.db.write(lambda conn: repo.calm(conn, now)) if await _any_open(ctx) else 0
    if not await ctx.db.read(lambda conn: repo.recent(conn, now)):
        return {"new": 0, "over": over}
    seen = await ctx.db.read(lambda conn: repo.seen(conn, now, desk.reader.meaning))
    runs = await asyncio.to_thread(unusual, now, seen)
    taxonomy = await desk.taxonomy.current()

    def unit(conn: sa.Connection) -> int:
        return sum(
            repo.note(conn, run, _title(run, taxonomy.name("category", run.label)), now) for run in runs
        )

    return {"new": await ctx.db.write(unit) if runs else 0, "over": over}


async def _any_open(ctx: JobContext) -> bool:
    return any(row.state == "open" for row in await ctx.db.read(lambda conn: repo.incidents(conn, 50)))


def _title(run: Run, names: dict[str, str]) -> str:
    """What the problem could be called: the category's name, or the words of the first ticket."""
    return (
        names.get("en")
        or next(iter(names.values()), "")
        or run.tickets[0].subject
        or f"#{run.tickets[0].number}"
    )


@jobs.every(hours=6, queue="default", lease=120)
async def look_for_drift(ctx: JobContext, payload: dict[str, Any]) -> dict[str, Any]:
    """Once a week compare the week with the four before it; an alarm may start a training."""
    desk: Desk = ctx.service
    now = ctx.clock.now()
    last = await ctx.db.read(repo.last_signal)
    if last is not None and now - last < WEEK:
        return {"looked": False}
    model = desk.serving.version
    found = [await _input(ctx, now), await _accuracy(ctx, model, now)]

    def unit(conn: sa.Connection) -> bool:
        alarm = False
        for one in found:
            if one is not None:
                kind, p, detail = one
                repo.keep_signal(conn, kind, model, p, p < DRIFT, detail, now)
                alarm = alarm or p < DRIFT
        if alarm and rules.rules(conn, desk.options.promote).on_drift:
            enqueue_training(conn)
        return alarm

    return {"looked": any(found), "alarm": await ctx.db.write(unit)}


Look = tuple[str, float, dict[str, Any]]


async def _input(ctx: JobContext, now: datetime) -> Look | None:
    """Mix of categories, mix of languages and meaning, each at a third of the chance that is allowed (Bonferroni)."""
    week = await ctx.db.read(lambda conn: repo.period(conn, now - WEEK, now, MOST))
    before = await ctx.db.read(lambda conn: repo.period(conn, now - REFERENCE, now - WEEK, MOST))
    if len(week) < LEAST or len(before) < LEAST:
        return None
    parts = {
        "categories": mix_changed(_mix(before), _mix(week)),
        "languages": mix_changed(Counter(r.language for r in before), Counter(r.language for r in week)),
    }
    old, new = repo.vectors_of(before), repo.vectors_of(week)
    if len(old) >= LEAST and len(new) >= LEAST and len(old[0]) == len(new[0]):
        earlier, later = (np.stack([from_bytes(v) for v in side]) for side in (old, new))
        parts["meaning"] = await asyncio.to_thread(meaning_changed, earlier, later)
    p = min(1.0, len(parts) * min(parts.values()))
    return "input", p, {"week": len(week), "before": len(before), "parts": parts}


def _mix(rows: list[Any]) -> Counter[str]:
    return Counter(str(row.chosen.get("category") or "") for row in rows)


async def _accuracy(ctx: JobContext, model: str, now: datetime) -> Look | None:
    """The newest hundred reviews of the serving model beside the earlier ones."""
    rows = await ctx.db.read(lambda conn: repo.reviewed(conn, model, 10 * LEAST)) if model else []
    new, old = [right for _, right in rows[:LEAST]], [right for _, right in rows[LEAST:]]
    if len(new) < LEAST or len(old) < LEAST:
        return None
    detail = {
        "now": round(sum(new) / len(new), 4),
        "before": round(sum(old) / len(old), 4),
        "reviews": len(rows),
    }
    return "accuracy", fewer_right(old, new), detail
