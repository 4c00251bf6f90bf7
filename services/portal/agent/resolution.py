"""What solved a ticket: written down at any time, and asked for where a status wants it."""

from typing import Any

from litestar import Request, Response, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from services.common.errors import Conflict, DeskError
from services.core.contract import TicketChanges
from services.portal.agent.queue import Wish, load_queue
from services.portal.agent.routes import show
from services.portal.agent.stage import load_stage
from services.portal.web.forms import read_form
from services.portal.web.labels import N_
from services.portal.web.pages import toast_header
from services.portal.web.people import agent
from services.portal.web.portal import Portal
from services.portal.web.viewer import Viewer

SAVED = N_("Saved")
CHANGED = N_(
    "The ticket changed meanwhile. What you wrote is still here; save it again if you still want to."
)
NEEDED = "core.resolution_needed"
MOST = 20_000


@post("/agent/tickets/{number:int}/resolution", status_code=200, include_in_schema=False)
async def keep(
    request: Request[Any, Any, Any],
    portal: NamedDependency[Portal],
    viewer: NamedDependency[Viewer],
    number: FromPath[int],
) -> Response[Any]:
    """Keep the word on what solved it, and move the ticket where that was asked for."""
    form = await read_form(request)
    token = portal.token(agent(viewer))
    text, status, view = form.whole("resolution")[:MOST], form.text("status", 80), form.text("view", 80)
    changes = TicketChanges(version=form.number("version"), resolution=text)
    if status:
        changes.status = status
    try:
        await portal.core.update_ticket(number, changes, token=token)
    except Conflict:
        return await ask(portal, viewer, number, status, view, text=text, conflict=CHANGED)
    except DeskError as error:
        if error.code != NEEDED:
            raise
        return await ask(portal, viewer, number, status, view, text=text)
    if not viewer.htmx:
        return portal.pages.go(viewer, f"/agent/tickets/{number}?view={view}", SAVED)
    stage = await load_stage(portal, viewer, number)
    return show(portal, viewer, stage, view, headers=toast_header(portal.pages.text(viewer, SAVED)))


async def ask(
    portal: Portal, viewer: Viewer, number: int, status: str, view: str, *, text: str = "", conflict: str = ""
) -> Response[Any]:
    """The ticket as it is, with the question what solved it and whatever was written already."""
    stage = await load_stage(portal, viewer, number)
    stage.resolve_to, stage.resolution = status, text
    stage.conflict = portal.pages.text(viewer, conflict) if conflict else ""
    if viewer.htmx:
        return show(portal, viewer, stage, view)
    queue = await load_queue(portal, viewer, Wish(view=view))
    code = 409 if conflict else 422
    return portal.pages.page(
        viewer, "agent/workspace.html", status=code, queue=queue, stage=stage, batch=None
    )


ROUTES = [keep]
