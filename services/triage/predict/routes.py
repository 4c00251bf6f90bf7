"""Decisions over HTTP: reading, verdicts, replay, and predictions for a text without a ticket."""

from uuid import UUID

import sqlalchemy as sa
from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody

from services.common.errors import FieldError, Invalid, NotFound
from services.common.http import Actor, clamp_limit, require
from services.triage.contract import (
    Decision,
    DecisionList,
    OutcomeRequest,
    Override,
    OverrideList,
    PeriodReplay,
    PeriodRequest,
    PredictRequest,
    Preview,
    Replay,
)
from services.triage.desk import Desk
from services.triage.examples.repository import by_tickets
from services.triage.outcomes import repository as outcomes
from services.triage.outcomes import service as outcome_service
from services.triage.outcomes.again import asked_again, newest
from services.triage.predict import repository as repo
from services.triage.predict.service import make
from services.triage.predict.view import evidence, named, view
from services.triage.replay.service import replay
from services.triage.replay.whatif import replay_period

LONGEST = 200_000  # characters of a text without a ticket; the model reads the first 8,000


@get("/internal/tickets/{ticket:uuid}/decisions")
async def decisions_of_ticket(
    desk: NamedDependency[Desk], ticket: FromPath[UUID], limit: FromQuery[int | None] = None
) -> DecisionList:
    """Decisions of a ticket, newest first; the calling service has authorised its reader."""
    rows = await desk.db.read(lambda conn: repo.of_ticket(conn, ticket, clamp_limit(limit)))
    return DecisionList(await view(desk, rows))


@get("/api/v1/triage/decisions/{decision:uuid}")
async def get_decision(
    desk: NamedDependency[Desk], actor: NamedDependency[Actor], decision: FromPath[UUID]
) -> Decision:
    """One decision."""
    require(actor, "triage:read")
    return await _one(desk, decision)


@post("/api/v1/triage/decisions/{decision:uuid}/outcome", status_code=200)
async def decision_outcome(
    desk: NamedDependency[Desk],
    actor: NamedDependency[Actor],
    decision: FromPath[UUID],
    data: JSONBody[OutcomeRequest],
) -> Decision:
    """Record a person's verdict on one task."""
    require(actor, "tickets:write")
    require(actor, "triage:read")
    await outcome_service.record(desk, decision, data, actor.id)
    return await _one(desk, decision)


@post("/api/v1/triage/decisions/{decision:uuid}/replay", status_code=200)
async def replay_decision(
    desk: NamedDependency[Desk], actor: NamedDependency[Actor], decision: FromPath[UUID]
) -> Replay:
    """Compute a decision again under its own model and compare."""
    require(actor, "triage:read")
    return await replay(desk, decision)


@post("/api/v1/triage/replays", status_code=200)
async def replay_under_another_model(
    desk: NamedDependency[Desk], actor: NamedDependency[Actor], data: JSONBody[PeriodRequest]
) -> PeriodReplay:
    """What another model would have said over a period; nothing is changed."""
    require(actor, "triage:write")
    if data.since.tzinfo is None:
        raise Invalid(errors=[FieldError("since", "A time needs its zone.", "no_time_zone")])
    if not 0.5 <= data.precision <= 0.999:
        message = "A promise lies between 0.5 and 0.999."
        raise Invalid(errors=[FieldError("precision", message, "out_of_range")])
    return await replay_period(desk, data)


@post("/api/v1/triage/predict", status_code=200)
async def predict_text(
    desk: NamedDependency[Desk], actor: NamedDependency[Actor], data: JSONBody[PredictRequest]
) -> Preview:
    """Predictions for a text, stored nowhere."""
    require(actor, "triage:read")
    if not (data.subject.strip() or data.body.strip()):
        raise Invalid(errors=[FieldError("body", "Subject and body are both empty.", "required")])
    if len(data.subject) + len(data.body) > LONGEST:
        raise Invalid(errors=[FieldError("body", f"At most {LONGEST} characters.", "too_long")])
    made = await make(desk, data.subject, data.body, data.language or "")
    taxonomy = await desk.taxonomy.current()
    near = [UUID(found["ticket"]) for found in made.evidence["similar"]]
    solved = await desk.db.read(lambda conn: by_tickets(conn, near))
    verdict = made.thought.verdict
    return Preview(
        model=made.model,
        language=made.language,
        predictions=named(verdict.predictions, taxonomy),
        abstained=verdict.abstained,
        human_triage=verdict.human,
        evidence=evidence(made.evidence, solved, await desk.privacy.masker()),
        latency_ms=made.latency_ms,
    )


@get("/api/v1/triage/overrides")
async def list_overrides(
    desk: NamedDependency[Desk], actor: NamedDependency[Actor], limit: FromQuery[int | None] = None
) -> OverrideList:
    """What agents correct most."""
    require(actor, "triage:read")
    rows = await desk.db.read(lambda conn: outcomes.overrides(conn, clamp_limit(limit)))
    taxonomy = await desk.taxonomy.current()

    def text(value: object) -> str:
        return ", ".join(map(str, value)) if isinstance(value, list) else str(value or "")

    found = [
        Override(
            row.task,
            text(row.predicted),
            text(row.value),
            row.times,
            taxonomy.name(row.task, text(row.predicted)) or None,
            taxonomy.name(row.task, text(row.value)) or None,
        )
        for row in rows
    ]
    model = await newest(desk) if found else None
    if model is None:
        return OverrideList(found)
    return OverrideList(await asked_again(desk, model, found), model.version)


async def _one(desk: Desk, decision: UUID) -> Decision:
    def unit(conn: sa.Connection) -> object:
        return repo.get(conn, decision)

    row = await desk.db.read(unit)
    if row is None:
        raise NotFound("There is no such decision.")
    return (await view(desk, [row]))[0]


handlers = [
    decisions_of_ticket,
    get_decision,
    decision_outcome,
    replay_decision,
    replay_under_another_model,
    predict_text,
    list_overrides,
]
