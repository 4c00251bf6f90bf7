"""``/admin/deflection``: what answers before the ticket are worth, by experiment."""

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromQuery

from services.common.errors import DeskError
from services.portal.web.people import lead
from services.portal.web.portal import Portal
from services.portal.web.viewer import Viewer

PERIODS = (30, 90, 365)
UNEVEN = 0.001  # probability of the split by chance below which the page warns


@get("/admin/deflection", include_in_schema=False)
async def deflection(
    portal: NamedDependency[Portal], viewer: NamedDependency[Viewer], days: FromQuery[int] = 90
) -> Response[str]:
    """Tickets avoided per 100 sessions with the interval, how sessions ended, and where it pays."""
    token = portal.token(lead(viewer))
    days = days if days in PERIODS else 90
    try:
        report = await portal.kb.deflection(days=days, token=token)
    except DeskError:
        report = None
    return portal.pages.page(
        viewer,
        "admin/deflection.html",
        report=report,
        days=days,
        periods=PERIODS,
        uneven=report is not None and report.imbalance is not None and report.imbalance < UNEVEN,
        section="deflection",
    )


ROUTES = [deflection]
