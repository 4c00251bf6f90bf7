"""The page that shows every component in every state; the browser tests look at it."""

from litestar import Response, get
from litestar.di import NamedDependency

from services.portal.styleguide.samples import samples
from services.portal.web.portal import Portal
from services.portal.web.viewer import Viewer


@get("/styleguide", include_in_schema=False)
async def styleguide(portal: NamedDependency[Portal], viewer: NamedDependency[Viewer]) -> Response[str]:
    """Every component in every state."""
    return portal.pages.page(viewer, "styleguide/styleguide.html", sample=samples(portal.pages.now()))


ROUTES = [styleguide]
