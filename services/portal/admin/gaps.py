"""``/admin/gaps``: what is asked and not answered, and a draft by one click."""

import asyncio
from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency

from services.common.errors import Conflict, NotFound, Unavailable
from services.portal.web.forms import read_form
from services.portal.web.ids import uuid_of
from services.portal.web.labels import N_
from services.portal.web.people import agent
from services.portal.web.portal import Portal
from services.portal.web.viewer import Viewer

LOOKING = N_("We are looking. It takes a few minutes; load the page again then.")
DISMISSED = N_("It will not come back while the same tickets make it up.")
SETTLED = N_("Somebody has settled this one already.")
DRAFTED = N_("A draft, from the replies that solved it. Finish it and publish it.")


@get("/admin/gaps", include_in_schema=False)
async def gaps(portal: NamedDependency[Portal], viewer: NamedDependency[Viewer]) -> Response[str]:
    """Clusters of tickets and searches that no article answers, the costliest first."""
    token = portal.token(agent(viewer))
    try:
        found, drafted, topics = await asyncio.gather(
            portal.kb.gaps(token=token),
            portal.kb.gaps(state="drafted", token=token),
            portal.kb.topics(token=token),
        )
    except Unavailable:
        found, drafted, topics = None, [], None
    return portal.pages.page(
        viewer, "admin/gaps.html", gaps=found, drafted=drafted, topics=topics, section="gaps"
    )


@post("/admin/gaps/search", status_code=200, include_in_schema=False)
async def look(
    request: Request[Any, Any, Any], portal: NamedDependency[Portal], viewer: NamedDependency[Viewer]
) -> Response[Any]:
    """Look for gaps now."""
    await portal.kb.look_for_gaps(token=portal.token(agent(viewer)))
    return portal.pages.go(viewer, "/admin/gaps", LOOKING, "info")


@post("/admin/gaps/draft", status_code=200, include_in_schema=False)
async def draft(
    request: Request[Any, Any, Any], portal: NamedDependency[Portal], viewer: NamedDependency[Viewer]
) -> Response[Any]:
    """Write a draft of a gap, or dismiss it, by the button that was pressed."""
    form, token = await read_form(request), portal.token(agent(viewer))
    gap = uuid_of(form.text("gap", 40))
    try:
        if form.text("act", 10) == "dismiss":
            await portal.kb.dismiss_gap(gap, token=token)
            return portal.pages.go(viewer, "/admin/gaps", DISMISSED)
        made = await portal.kb.draft_of_gap(gap, token=token)
    except (Conflict, NotFound):
        return portal.pages.go(viewer, "/admin/gaps", SETTLED, "danger")
    return portal.pages.go(viewer, f"/admin/articles/{made.id}", DRAFTED)


ROUTES = [gaps, look, draft]
