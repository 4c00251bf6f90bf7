"""``/admin``: overview, categories, people, dead letters."""

import asyncio
from collections.abc import Awaitable
from typing import Any, TypeVar

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.response import Redirect

from services.common.errors import DeskError
from services.core.contract import Category
from services.portal.web.forms import read_form
from services.portal.web.labels import N_
from services.portal.web.people import admin, lead
from services.portal.web.portal import Portal
from services.portal.web.viewer import Viewer

T = TypeVar("T")
AGAIN = N_("It is tried again.")


async def maybe(call: Awaitable[T]) -> T | None:
    """The answer, or None where this part is away or not for this person."""
    try:
        return await call
    except DeskError:
        return None


@get("/admin", include_in_schema=False)
async def overview(portal: NamedDependency[Portal], viewer: NamedDependency[Viewer]) -> Response[Any]:
    """How the desk stands, with what wants attention first."""
    if not lead(viewer).is_admin:
        return Redirect("/admin/models", status_code=303)
    token = portal.token(viewer)
    views, status, index, dead, quarantine, staff, report = await asyncio.gather(
        maybe(portal.core.views(token=token)),
        maybe(portal.triage.status(token=token)),
        maybe(portal.kb.index_state(token=token)),
        maybe(portal.core.jobs(state="dead", token=token)),
        maybe(portal.core.quarantine(token=token)),
        maybe(portal.core.staff(token=token)),
        maybe(portal.kb.search_report(days=30, token=token)),
    )
    return portal.pages.page(
        viewer,
        "admin/overview.html",
        views=views,
        triage=status,
        index=index,
        dead=dead,
        quarantine=quarantine,
        staff=staff,
        report=report,
        section="overview",
    )


@get("/admin/categories", include_in_schema=False)
async def categories(portal: NamedDependency[Portal], viewer: NamedDependency[Viewer]) -> Response[str]:
    """The category tree with its definitions and teams."""
    token = portal.token(admin(viewer))
    found, names = await asyncio.gather(
        portal.core.categories(token=token), portal.taxonomies.names(viewer.locale)
    )
    children: dict[str, list[Category]] = {}
    for category in found:
        children.setdefault(category.parent or "", []).append(category)
    return portal.pages.page(
        viewer,
        "admin/categories.html",
        children=children,
        everything=found,
        names=names,
        section="categories",
    )


@get("/admin/people", include_in_schema=False)
async def people(portal: NamedDependency[Portal], viewer: NamedDependency[Viewer]) -> Response[str]:
    """Staff with roles, teams, skills, load, and who is given nothing for now."""
    token = portal.token(admin(viewer))
    staff, names, rules = await asyncio.gather(
        portal.core.staff(token=token),
        portal.taxonomies.names(viewer.locale),
        maybe(portal.triage.rules(token=token)),
    )
    away = set(rules.away) if rules else None
    return portal.pages.page(
        viewer, "admin/people.html", staff=staff, names=names, away=away, section="people"
    )


@get("/admin/dead-letters", include_in_schema=False)
async def dead_letters(portal: NamedDependency[Portal], viewer: NamedDependency[Viewer]) -> Response[str]:
    """Jobs that failed for good, and mail that could not become a ticket."""
    token = portal.token(admin(viewer))
    jobs, mail = await asyncio.gather(
        portal.core.jobs(state="dead", token=token), portal.core.quarantine(limit=50, token=token)
    )
    return portal.pages.page(viewer, "admin/dead_letters.html", jobs=jobs, mail=mail, section="dead-letters")


@post("/admin/dead-letters/retry", status_code=200, include_in_schema=False)
async def retry(
    request: Request[Any, Any, Any], portal: NamedDependency[Portal], viewer: NamedDependency[Viewer]
) -> Response[Any]:
    """Try a dead job again."""
    form = await read_form(request)
    await portal.core.retry_job(form.text("job", 40), token=portal.token(admin(viewer)))
    return portal.pages.go(viewer, "/admin/dead-letters", AGAIN)


ROUTES = [overview, categories, people, dead_letters, retry]
