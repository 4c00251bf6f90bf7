"""Searching by meaning, and keeping a search as a view."""

from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery

from services.common.errors import DeskError, Invalid
from services.core.contract import NewView
from services.portal.agent.queue import trouble_of
from services.portal.web.forms import read_form
from services.portal.web.labels import N_
from services.portal.web.people import agent
from services.portal.web.portal import Portal
from services.portal.web.viewer import Viewer

KEPT, GONE = N_("The view is saved."), N_("The view is gone.")
NO_NAME = N_("Give the view a name first.")


@get("/agent/solved", include_in_schema=False)
async def solved(
    portal: NamedDependency[Portal], viewer: NamedDependency[Viewer], q: FromQuery[str] = ""
) -> Response[str]:
    """Solved tickets that mean the same as the words of a search; nothing where triage is away."""
    token = portal.token(agent(viewer))
    try:
        found = (await portal.triage.solved(q[:600], token=token)).items if q.strip() else []
    except DeskError:
        found = []
    return portal.pages.page(viewer, "agent/_solved.html", found=found, away=False)


@post("/agent/views", status_code=200, include_in_schema=False)
async def views(
    request: Request[Any, Any, Any], portal: NamedDependency[Portal], viewer: NamedDependency[Viewer]
) -> Response[Any]:
    """Save what is searched for as a view, or remove the one on screen."""
    form, token = await read_form(request), portal.token(agent(viewer))
    view = form.text("view", 80)
    if form.text("do", 10) == "delete":
        await portal.core.delete_view(view, token=token)
        return portal.pages.go(viewer, "/agent", GONE)
    name, q = form.text("name", 60), form.text("q", 600)
    if not name:
        return portal.pages.go(viewer, f"/agent?view={view}", NO_NAME, tone="danger")
    found = await portal.core.views(token=token)
    filters = dict(next((v.filters for v in found if v.key == view), {})) if not q else {"q": q}
    if who := form.text("assignee", 80):
        filters["assignee"] = who
    wanted = NewView(
        name={viewer.locale: name},
        filters=filters,
        sort=form.text("sort", 20) or "updated",
        scope="shared" if form.flag("shared") else "personal",
    )
    try:
        made = await portal.core.create_view(wanted, token=token)
    except Invalid as error:
        if "position" not in error.extra:
            raise
        return portal.pages.go(viewer, "/agent", trouble_of(portal, viewer, error), tone="danger")
    return portal.pages.go(viewer, f"/agent?view={made.key}", KEPT)


ROUTES = [solved, views]
