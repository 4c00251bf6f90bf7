"""Which sites may ask: an allow-list, denied by default. No cookies either way."""

from typing import Any

from litestar import Request

from services.common.errors import Forbidden
from services.portal.web.portal import Portal


class ForeignSite(Forbidden):
    code, title = "portal.foreign_site", "This site may not use the widget"


def allowed(portal: Portal, request: Request[Any, Any, Any]) -> dict[str, str]:
    """The headers that let the asking site read the answer. Raises :class:`ForeignSite` for one that is not listed."""
    origin = request.headers.get("origin", "")
    if origin.lower() not in {
        portal.guard.url.lower(),
        portal.guard.own.lower(),
        *portal.options.widget_origins,
    }:
        raise ForeignSite(f"Add the site to TRIAJE_PORTAL_WIDGET_ORIGINS: {origin[:200]!r}")
    return {
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Allow-Methods": "GET, POST",
        "Access-Control-Allow-Headers": "content-type",
        "Access-Control-Max-Age": "600",
        "Cross-Origin-Resource-Policy": "cross-origin",
        "Cache-Control": "no-store",
        "Vary": "Origin",
    }
