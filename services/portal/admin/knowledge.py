"""Looking after the knowledge base: what articles are worth, links, the archive."""

import asyncio
from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery

from services.common.errors import Unavailable
from services.kb.contract import KbSettingsPatch
from services.portal.web.forms import read_form
from services.portal.web.labels import N_
from services.portal.web.people import admin, agent
from services.portal.web.portal import Portal
from services.portal.web.viewer import Viewer

PERIODS = (30, 90, 365)
LOOKING = N_("The links are being looked at. It takes a few minutes; load the page again then.")
SAVED = N_("Saved.")


@get("/admin/articles/numbers", include_in_schema=False)
async def numbers(
    portal: NamedDependency[Portal], viewer: NamedDependency[Viewer], days: FromQuery[int] = 30
) -> Response[str]:
    """Views, voices, tickets that did not come, and searches in vain, over a period."""
    token = portal.token(agent(viewer))
    days = days if days in PERIODS else PERIODS[0]
    try:
        rows, searches = await asyncio.gather(
            portal.kb.article_numbers(days=days, token=token), portal.kb.search_report(days=days, token=token)
        )
    except Unavailable:
        rows, searches = None, None
    return portal.pages.page(
        viewer,
        "admin/numbers.html",
        rows=rows,
        searches=searches,
        days=days,
        periods=PERIODS,
        section="articles",
    )


@post("/admin/articles/links", status_code=200, include_in_schema=False)
async def links(
    request: Request[Any, Any, Any], portal: NamedDependency[Portal], viewer: NamedDependency[Viewer]
) -> Response[Any]:
    """Look at every link now, or let the check ask other sites."""
    form = await read_form(request)
    if form.text("act", 10) == "switch":
        patch = KbSettingsPatch(external_links=form.flag("external_links"))
        await portal.kb.switch(patch, token=portal.token(admin(viewer)))
        return portal.pages.go(viewer, "/admin/articles/review", SAVED)
    await portal.kb.check_links(token=portal.token(agent(viewer)))
    return portal.pages.go(viewer, "/admin/articles/review", LOOKING, "info")


@get("/admin/articles/archive", include_in_schema=False)
async def archive(portal: NamedDependency[Portal], viewer: NamedDependency[Viewer]) -> Response[bytes]:
    """Every article with its images as one file."""
    content = await portal.kb.archive(token=portal.token(admin(viewer)))
    return Response(
        content,
        media_type="application/zip",
        headers={
            "Content-Disposition": 'attachment; filename="knowledge-base.zip"',
            "Cache-Control": "no-store",
        },
    )


ROUTES = [numbers, links, archive]
