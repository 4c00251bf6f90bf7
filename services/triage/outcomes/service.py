"""Recording what people made of decisions, whatever order the events arrive in."""

from typing import Any
from uuid import UUID

from services.common.errors import Conflict, NotFound
from services.triage.contract import OutcomeRequest
from services.triage.desk import Desk
from services.triage.outcomes import judge
from services.triage.outcomes import repository as repo
from services.triage.predict import repository as decisions
from services.triage.route.view import advice_of


class TaskNotDecided(Conflict):
    """The decision said nothing about the task."""

    code, title = "triage.task_not_decided", "The decision says nothing about this task"


async def observe(desk: Desk, ticket: UUID) -> int:
    """Read from core what the ticket's fields hold now, and keep a verdict where a person spoke.

    A verdict is a function of decision and ticket alone, so an event that comes twice, late or before its
    decision leaves the same rows. Returns how many tasks were reviewed.
    """
    decision = await desk.db.read(lambda conn: decisions.latest(conn, ticket))
    if decision is None or not decision.model or decision.state == "proposed":
        return 0
    try:
        text = await desk.core.ticket_text(ticket)
    except NotFound:
        return 0
    if text.version <= decision.ticket_version:
        return 0
    current = {"category": text.category, "priority": text.priority, "tags": text.tags, "team": text.team}
    found = judge.reviewed(decision.chosen, decision.skipped, text.set_by, current)
    advised = (await desk.db.read(lambda conn: advice_of(conn, [decision.id]))).get(decision.id)
    now = desk.clock.now()
    rows = [_row(decision, task, value, text.version, "person", now) for task, value in found.items()]
    if advised is not None and advised.staff and text.assignee and text.set_by.get("assignee") == "person":
        given = str(text.assignee)
        rows.append(
            _row(decision, "assignee", given, text.version, "person", now, advised=str(advised.staff))
        )
    if rows:
        await desk.db.write(lambda conn: repo.store_all(conn, rows))
    return len(rows)


async def record(desk: Desk, decision_id: UUID, body: OutcomeRequest, actor: str) -> Any:
    """Keep what a person said outright about one task. Returns the decision."""
    decision = await desk.db.read(lambda conn: decisions.get(conn, decision_id))
    if decision is None:
        raise NotFound("There is no such decision.")
    advised = ""
    if body.task == "assignee":
        advice = (await desk.db.read(lambda conn: advice_of(conn, [decision_id]))).get(decision_id)
        advised = str(advice.staff) if advice is not None and advice.staff else ""
    if body.task not in decision.chosen and not advised:
        raise TaskNotDecided
    predicted = advised or decision.chosen[body.task]
    value = predicted if body.outcome == "accepted" else body.value
    now = desk.clock.now()
    row = _row(decision, body.task, value, decision.ticket_version, actor, now, body.outcome, advised=advised)
    await desk.db.write(lambda conn: repo.store(conn, row))
    return decision


def _row(
    decision: Any,
    task: str,
    value: Any,
    version: int,
    actor: str,
    at: Any,
    outcome: str | None = None,
    advised: str = "",
) -> repo.Reviewed:
    predicted = advised or decision.chosen[task]
    read, correct = judge.verdict(predicted, value)
    return repo.Reviewed(
        decision=decision.id,
        task=task,
        model=decision.model,
        outcome=outcome or read,
        predicted=predicted,
        value="" if value is None else value,
        confidence=float(decision.confidence.get(task, 0.0)),
        correct=correct,
        ticket_version=version,
        actor=actor,
        at=at,
    )
