"""``/admin/satisfaction``: what customers say of solutions."""

import asyncio

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromQuery

from services.portal.web import labels
from services.portal.web.labels import N_
from services.portal.web.people import lead
from services.portal.web.portal import Portal
from services.portal.web.taxonomy import Names
from services.portal.web.viewer import Viewer

PERIODS = (7, 30, 90, 365)
GROUPS = {
    "team": N_("Team"),
    "assignee": N_("Assignee"),
    "category": N_("Category"),
    "channel": N_("Channel"),
}


@get("/admin/satisfaction", include_in_schema=False)
async def satisfaction(
    portal: NamedDependency[Portal],
    viewer: NamedDependency[Viewer],
    days: FromQuery[int] = 30,
    by: FromQuery[str] = "team",
) -> Response[str]:
    """CSAT with its answers, and what customers wrote, the newest first."""
    token = portal.token(lead(viewer))
    days, by = days if days in PERIODS else 30, by if by in GROUPS else "team"
    report, names = await asyncio.gather(
        portal.core.satisfaction(days=days, by=by, token=token), portal.taxonomies.names(viewer.locale)
    )
    return portal.pages.page(
        viewer,
        "admin/satisfaction.html",
        report=report,
        shown={group.key: _name(portal, viewer, names, by, group.key) for group in report.groups},
        days=days,
        by=by,
        groups=GROUPS,
        periods=PERIODS,
        section="satisfaction",
    )


def _name(portal: Portal, viewer: Viewer, names: Names, by: str, key: str) -> str:
    if not key:
        return ""
    if by == "channel":
        return labels.label(labels.CHANNEL, key, lambda text: portal.pages.text(viewer, text))
    return {"team": names.team, "category": names.path}[by](key) if by != "assignee" else key


ROUTES = [satisfaction]
