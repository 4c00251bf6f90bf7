"""What would have been: a past period under another model, another promise, or with categories merged.

Reads rows and computes; writes nothing and tells core nothing.
"""

import asyncio
import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.common.errors import FieldError, Invalid
from services.triage.contract import TASKS, PeriodReplay, PeriodRequest
from services.triage.desk import Desk
from services.triage.examples.convert import from_bytes
from services.triage.learning.text import prepare
from services.triage.models import Decision, DecisionInput, table
from services.triage.outcomes.repository import Pairs, pairs
from services.triage.predict.brain import think
from services.triage.promises.policy import ground
from services.triage.promises.repository import held_out
from services.triage.registry import repository as registry
from services.triage.registry.artefacts import Loaded
from services.triage.replay.service import load
from services.triage.taxonomy.copy import Scheme, Taxonomy

MOST = 2_000  # decisions that are asked again; of a busier period an even sample
SHOWN = 20  # changed decisions that are listed
STEPS = tuple(round(0.80 + 0.01 * n, 2) for n in range(20))


@dataclass
class Tally:
    """What a period comes to under both."""

    count: int = 0
    changed: Counter[str] = field(default_factory=Counter)
    work: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    alone: Counter[str] = field(default_factory=Counter)
    sure: list[float] = field(default_factory=list)
    examples: list[dict[str, str]] = field(default_factory=list)


async def replay_period(desk: Desk, asked: PeriodRequest) -> PeriodReplay:
    """The period under what is ``asked``: labels that move, the work of each team, tickets that it acts on alone."""
    version = asked.model or await desk.db.read(registry.champion)
    if not version:
        raise Invalid(errors=[FieldError("model", "There is no model yet.", "unknown")])
    loaded = await load(desk, version)
    taxonomy = await desk.taxonomy.current()
    if odd := [key for pair in asked.merge.items() for key in pair if key not in taxonomy.categories]:
        raise Invalid(errors=[FieldError("merge", f"There is no category {odd[0]!r}.", "unknown")])
    total, rows = await desk.db.read(lambda conn: _sample(conn, asked, loaded.fingerprint))
    live = await desk.db.read(lambda conn: pairs(conn, version, "category"))
    held = (await desk.db.read(lambda conn: held_out(conn, version))).get("category", [])
    certified = await asyncio.to_thread(_threshold, asked.precision, live, held)
    tally = await asyncio.to_thread(_ask_again, loaded, rows, taxonomy, asked.merge, certified)
    curve = await asyncio.to_thread(_curve, tally.sure, live, held)
    return PeriodReplay(
        model=version,
        since=asked.since,
        decisions=tally.count,
        changed=dict(sorted(tally.changed.items())),
        workload={
            team: {"before": c["before"], "after": c["after"]} for team, c in sorted(tally.work.items())
        },
        examples=tally.examples,
        skipped=len(rows) - tally.count,
        total=total,
        alone={"before": tally.alone["before"], "after": tally.alone["after"]},
        precision=asked.precision,
        certified=certified is not None,
        curve=curve,
    )


def _sample(conn: sa.Connection, asked: PeriodRequest, fingerprint: str) -> tuple[int, list[Any]]:
    """How many decisions the period has, and an even sample of them with what they read."""
    decision, read = table(Decision), table(DecisionInput)
    keys = list(
        conn.execute(
            sa.select(decision.c.id)
            .join(read, read.c.decision == decision.c.id)
            .where(decision.c.at >= asked.since, read.c.vector.is_not(None))
            .order_by(decision.c.id)
        ).scalars()
    )
    step = max(1, math.ceil(len(keys) / MOST))
    chosen: Sequence[UUID] = keys[::step]
    rows: list[Any] = []
    query = sa.select(decision, read.c.subject, read.c.body, read.c.vector, read.c.fingerprint)
    query = query.join(read, read.c.decision == decision.c.id).order_by(decision.c.id)
    for start in range(0, len(chosen), 500):
        rows += conn.execute(query.where(decision.c.id.in_(chosen[start : start + 500])))
    return len(keys), [row for row in rows if row.fingerprint == fingerprint]


def _threshold(precision: float, live: Pairs, held: Pairs) -> float | None:
    """Where the evidence allows this promise; None where it allows none."""
    return ground(precision, live, held).threshold


def _curve(sure: Sequence[float], live: Pairs, held: Pairs) -> list[list[float]]:
    """``[promise, tickets that it would act on alone]``."""
    points = []
    for step in STEPS:
        threshold = _threshold(step, live, held)
        points.append([step, float(sum(threshold is not None and s >= threshold for s in sure))])
    return points


def _ask_again(
    loaded: Loaded,
    rows: Sequence[Any],
    taxonomy: Taxonomy,
    merge: Mapping[str, str],
    threshold: float | None,
) -> Tally:
    tally = Tally()
    scheme = merged(taxonomy.scheme, merge)
    for row in rows:
        text = prepare(row.subject, row.body)
        said = think(loaded, text, row.language, from_bytes(row.vector), taxonomy.scheme, {}, explain=False)
        before, after = dict(row.chosen), dict(said.verdict.chosen)
        category = str(after.get("category") or "")
        after["category"] = category = merge.get(category, category)
        team = scheme.team_of.get(category)
        if merge and team:
            after["team"] = team
        _count(tally, row, before, after)
        sure = 0.0 if said.verdict.human else said.verdict.confidence.get("category", 0.0)
        tally.sure.append(sure)
        tally.alone["before"] += int("category" in row.applied)
        tally.alone["after"] += int(threshold is not None and sure >= threshold)
    return tally


def merged(scheme: Scheme, merge: Mapping[str, str]) -> Scheme:
    """The scheme once the keys of ``merge`` have gone into its values."""
    active = {**scheme.active, "category": scheme.active["category"] - set(merge)}
    return Scheme(active, scheme.team_of, scheme.routed_by_category)


def _count(tally: Tally, row: Any, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    tally.count += 1
    tally.work[str(before.get("team") or "")]["before"] += 1
    tally.work[str(after.get("team") or "")]["after"] += 1
    for task in TASKS:
        if before.get(task) == after.get(task):
            continue
        tally.changed[task] += 1
        if task == "category" and len(tally.examples) < SHOWN:
            was, now = str(before.get(task) or ""), str(after.get(task) or "")
            tally.examples.append({"number": str(row.number), "before": was, "after": now})
