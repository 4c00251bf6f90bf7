"""The portal's Litestar app: every page, the bundled files, and how failures look."""

from typing import Any

from litestar import Litestar, Request
from litestar.config.compression import CompressionConfig
from litestar.di import Provide
from litestar.static_files import create_static_files_router

from services.common.http import build_app
from services.common.http.app import bearer_auth
from services.common.service import Service
from services.portal.admin import ROUTES as ADMIN
from services.portal.agent import ROUTES as AGENT
from services.portal.community import ROUTES as COMMUNITY
from services.portal.help import ROUTES as HELP
from services.portal.inform import ROUTES as INFORM
from services.portal.live import ROUTES as LIVE
from services.portal.looks import ROUTES as LOOKS
from services.portal.notices import ROUTES as NOTICES
from services.portal.requests import ROUTES as REQUESTS
from services.portal.session import ROUTES as SESSION
from services.portal.styleguide import ROUTES as STYLEGUIDE
from services.portal.web.assets import DIST
from services.portal.web.failures import Failures
from services.portal.web.people import authenticator, viewer_of
from services.portal.web.portal import Portal
from services.portal.widget import ROUTES as WIDGET_ROUTES

WIDGET = (
    "/widget/"  # asked by other sites and without cookies: their origin is checked against a list instead
)
ROUTES = [
    *HELP,
    *REQUESTS,
    *SESSION,
    *AGENT,
    *ADMIN,
    *LIVE,
    *INFORM,
    *NOTICES,
    *LOOKS,
    *COMMUNITY,
    *STYLEGUIDE,
    *WIDGET_ROUTES,
]


def make_app(service: Service, portal: Portal) -> Litestar:
    """The app of ``service`` with the portal's pages."""

    async def protect(request: Request[Any, Any, Any]) -> None:
        if not request.url.path.startswith(("/static/", "/live", "/internal/", "/health", "/metrics")):
            await portal.brands.refresh()
        if not request.url.path.startswith(("/internal/", "/health", "/metrics", WIDGET)):
            await portal.guard.check(request)

    static = create_static_files_router(
        path="/static/dist",
        directories=[DIST],
        cache_control=None,
        after_request=_forever,
        include_in_schema=False,
    )
    return build_app(
        service,
        [*ROUTES, static],
        authenticate=authenticator(portal.guard, portal.sessions, bearer_auth(service)),
        exception_handlers=Failures(portal.pages).handlers(),
        before_request=protect,
        compression_config=CompressionConfig(backend="gzip", gzip_compress_level=5, exclude=["^/live"]),
        dependencies={
            "viewer": Provide(viewer_of, sync_to_thread=False),
            "portal": Provide(lambda: portal, sync_to_thread=False),
        },
    )


def _forever(response: Any) -> Any:
    """Bundled files carry a hash in their name, so they never change."""
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response
