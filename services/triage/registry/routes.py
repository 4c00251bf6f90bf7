"""`/api/v1/triage/models` and `/api/v1/triage/promises`."""

from litestar import get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from services.common.http import Actor, require
from services.triage.contract import Model, ModelList, Promise, PromiseChange, PromiseList, Recalibration
from services.triage.desk import Desk
from services.triage.promises import service as promises
from services.triage.registry import recalibrate, service


@get("/api/v1/triage/models")
async def list_models(desk: NamedDependency[Desk], actor: NamedDependency[Actor]) -> ModelList:
    """Every version with its figures, newest first."""
    require(actor, "triage:read")
    return await service.models(desk)


@get("/api/v1/triage/models/{version:str}")
async def get_model(
    desk: NamedDependency[Desk], actor: NamedDependency[Actor], version: FromPath[str]
) -> Model:
    """One version."""
    require(actor, "triage:read")
    return await service.model(desk, version)


@post("/api/v1/triage/models/{version:str}/promote", status_code=200)
async def promote_model(
    desk: NamedDependency[Desk], actor: NamedDependency[Actor], version: FromPath[str]
) -> Model:
    """Make a version the champion."""
    require(actor, "triage:write")
    await service.promote(desk, version, actor.id)
    return await service.model(desk, version)


@post("/api/v1/triage/models/rollback", status_code=200)
async def rollback_model(desk: NamedDependency[Desk], actor: NamedDependency[Actor]) -> Model:
    """Return to the champion before this one."""
    require(actor, "triage:write")
    done = await service.rollback(desk, actor.id)
    return await service.model(desk, done.model)


@get("/api/v1/triage/recalibrations/{task:str}")
async def get_recalibration(
    desk: NamedDependency[Desk], actor: NamedDependency[Actor], task: FromPath[str]
) -> Recalibration:
    """What setting the champion's percentages straight by live reviews would bring for a task."""
    require(actor, "triage:read")
    return await recalibrate.proposal(desk, task)


@post("/api/v1/triage/recalibrations/{task:str}", status_code=200)
async def recalibrate_model(
    desk: NamedDependency[Desk], actor: NamedDependency[Actor], task: FromPath[str]
) -> Model:
    """Set them straight: a new version that decides the same serves at once, and can be rolled back."""
    require(actor, "triage:write")
    return await service.model(desk, await recalibrate.recalibrate(desk, task, actor.id))


@get("/api/v1/triage/promises")
async def list_promises(desk: NamedDependency[Desk], actor: NamedDependency[Actor]) -> PromiseList:
    """What each task promises, and on what ground."""
    require(actor, "triage:read")
    await desk.serving.current()
    return PromiseList(await promises.promises(desk, desk.serving.version))


@patch("/api/v1/triage/promises/{task:str}")
async def change_promise(
    desk: NamedDependency[Desk],
    actor: NamedDependency[Actor],
    task: FromPath[str],
    data: JSONBody[PromiseChange],
) -> Promise:
    """Change what is asked of a task."""
    require(actor, "triage:write")
    return await promises.change(desk, task, data, actor.id)


handlers = [
    list_models,
    get_model,
    promote_model,
    rollback_model,
    get_recalibration,
    recalibrate_model,
    list_promises,
    change_promise,
]
