"""``/admin/models``: what the model gets right, what it may promise, and the next one."""

from typing import Any
from uuid import uuid4

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery

from services.common.errors import BadRequest, Conflict, Invalid, Unavailable
from services.portal.admin.model_views import load_models
from services.portal.web.forms import read_form
from services.portal.web.ids import uuid_of
from services.portal.web.labels import N_
from services.portal.web.people import admin, lead
from services.portal.web.portal import Portal
from services.portal.web.viewer import Viewer
from services.triage.contract import TASKS, PromiseChange

PATH = "/admin/models"
STARTED = N_("Training has begun. The model that serves goes on meanwhile.")
PROMOTED = N_("Version %(version)s serves from now on.")
BACK = N_("Rolled back: version %(version)s serves again.")
STRAIGHT = N_(
    "Version %(version)s serves from now on: it decides the same and says how sure it is by what people reviewed."
)
PROMISED = N_("The promise is kept from now on.")
STOPPED = N_("Asked the training to stop.")
REFUSED = N_("That is not possible now: %(why)s")


@get(PATH, include_in_schema=False)
async def page(
    portal: NamedDependency[Portal], viewer: NamedDependency[Viewer], task: FromQuery[str] = "category"
) -> Response[str]:
    """The page for one task."""
    lead(viewer)
    if task not in TASKS:
        raise BadRequest
    try:
        view = await load_models(portal, viewer, task)
    except Unavailable:
        return portal.pages.page(viewer, "admin/models_away.html", section="models", status=503)
    return portal.pages.page(viewer, "admin/models.html", view=view, section="models")


@get(f"{PATH}/training", include_in_schema=False)
async def progress(
    portal: NamedDependency[Portal], viewer: NamedDependency[Viewer], task: FromQuery[str] = "category"
) -> Response[str]:
    """The training alone, asked for while it runs; when it is done the page shows the challenger."""
    view = await load_models(portal, lead(viewer), task if task in TASKS else "category")
    headers = {} if view.busy else {"HX-Refresh": "true"}
    return portal.pages.page(viewer, "admin/_training.html", view=view, headers=headers)


@post(f"{PATH}/trainings", status_code=200, include_in_schema=False)
async def retrain(
    request: Request[Any, Any, Any], portal: NamedDependency[Portal], viewer: NamedDependency[Viewer]
) -> Response[Any]:
    """Start a training."""
    form = await read_form(request)
    token = portal.token(admin(viewer))
    await portal.triage.start_training(token=token, idempotency_key=form.text("once", 64) or uuid4().hex)
    return portal.pages.go(viewer, _back(form.text("task")), STARTED)


@post(f"{PATH}/trainings/cancel", status_code=200, include_in_schema=False)
async def cancel(
    request: Request[Any, Any, Any], portal: NamedDependency[Portal], viewer: NamedDependency[Viewer]
) -> Response[Any]:
    """Stop the training that runs."""
    form = await read_form(request)
    await portal.triage.cancel_training(uuid_of(form.text("training", 40)), token=portal.token(admin(viewer)))
    return portal.pages.go(viewer, _back(form.text("task")), STOPPED, "info")


@post(f"{PATH}/promote", status_code=200, include_in_schema=False)
async def promote(
    request: Request[Any, Any, Any], portal: NamedDependency[Portal], viewer: NamedDependency[Viewer]
) -> Response[Any]:
    """Let another version serve."""
    form = await read_form(request)
    model = await portal.triage.promote(form.text("version", 80), token=portal.token(admin(viewer)))
    return portal.pages.go(viewer, _back(form.text("task")), PROMOTED, version=model.version)


@post(f"{PATH}/rollback", status_code=200, include_in_schema=False)
async def rollback(
    request: Request[Any, Any, Any], portal: NamedDependency[Portal], viewer: NamedDependency[Viewer]
) -> Response[Any]:
    """Let the version before this one serve again."""
    form = await read_form(request)
    model = await portal.triage.rollback(token=portal.token(admin(viewer)))
    return portal.pages.go(viewer, _back(form.text("task")), BACK, version=model.version)


@post(f"{PATH}/recalibrate", status_code=200, include_in_schema=False)
async def recalibrate(
    request: Request[Any, Any, Any], portal: NamedDependency[Portal], viewer: NamedDependency[Viewer]
) -> Response[Any]:
    """Set the percentages of a task straight by what people reviewed."""
    form = await read_form(request)
    task = form.text("task", 20)
    if task not in TASKS:
        raise BadRequest
    try:
        model = await portal.triage.recalibrate(task, token=portal.token(admin(viewer)))
    except Conflict as error:
        return portal.pages.go(viewer, _back(task), REFUSED, "danger", why=error.detail or error.title)
    return portal.pages.go(viewer, _back(task), STRAIGHT, version=model.version)


@post(f"{PATH}/promise", status_code=200, include_in_schema=False)
async def promise(
    request: Request[Any, Any, Any], portal: NamedDependency[Portal], viewer: NamedDependency[Viewer]
) -> Response[Any]:
    """Change what a task promises, and whether it may act at all."""
    form = await read_form(request)
    task = form.text("task", 20)
    try:
        precision = float(form.text("precision", 10))
    except ValueError:
        raise BadRequest from None
    if task not in TASKS or not 0.5 <= precision < 1:
        raise BadRequest
    change = PromiseChange(precision=precision, enabled=form.flag("enabled"))
    try:
        await portal.triage.set_promise(task, change, token=portal.token(admin(viewer)))
    except Invalid as error:
        return portal.pages.go(viewer, _back(task), REFUSED, "danger", why=error.detail or error.title)
    return portal.pages.go(viewer, _back(task), PROMISED)


def _back(task: str) -> str:
    return f"{PATH}?task={task}" if task in TASKS else PATH


ROUTES = [page, progress, retrain, cancel, promote, rollback, recalibrate, promise]
