"""Failures as pages: what happened, in the person's language, and where to go from there."""

from typing import Any
from urllib.parse import quote

from litestar import Request, Response
from litestar.exceptions import HTTPException
from litestar.response import Redirect

from services.common.errors import DeskError, Unauthorized
from services.common.observability import get_logger, request_id
from services.common.problems import HANDLERS
from services.portal.web.labels import N_
from services.portal.web.pages import Pages
from services.portal.web.people import viewer_of

log = get_logger(__name__)

SAID: dict[int, tuple[str, str]] = {
    400: (N_("That address or form is not quite right"), N_("Go back, look at it once more, and try again.")),
    403: (
        N_("This page is not for your account"),
        N_("Ask an administrator if you think that it should be."),
    ),
    404: (N_("There is nothing here"), N_("The page may have moved, or it belongs to somebody else.")),
    405: (N_("That address or form is not quite right"), N_("Go back, look at it once more, and try again.")),
    409: (N_("It changed meanwhile"), N_("Go back and load the page again to see the newest state.")),
    413: (N_("That is too large"), N_("Send less text or smaller files.")),
    422: (N_("Some of what was sent is not valid"), N_("Go back, look at it once more, and try again.")),
    429: (N_("Too many tries in a short time"), N_("Wait a minute and try again.")),
    503: (N_("This part is away for a moment"), N_("Nothing is lost. Try again shortly.")),
}
FOREIGN = (N_("The form is out of date"), N_("Open the page again and send the form once more."))
BROKEN = (N_("Something went wrong on our side"), N_("It has been written down. Try again shortly."))


class Failures:
    """Exception handlers that answer people with pages and everything else with problem documents."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages

    def handlers(self) -> dict[Any, Any]:
        return {DeskError: self.desk_error, HTTPException: self.http_error, Exception: self.unexpected}

    def desk_error(self, request: Request[Any, Any, Any], error: DeskError) -> Response[Any]:
        if self._for_machines(request):
            return HANDLERS[DeskError](request, error)
        viewer = viewer_of(request)
        if isinstance(error, Unauthorized) and not viewer.htmx:
            return Redirect(f"/sign-in?next={quote(viewer.here, safe='/')}", status_code=303)
        said = FOREIGN if error.code == "portal.foreign_form" else SAID.get(error.status, BROKEN)
        return self._page(request, error.status, said, error.headers)

    def http_error(self, request: Request[Any, Any, Any], error: HTTPException) -> Response[Any]:
        if self._for_machines(request):
            return HANDLERS[HTTPException](request, error)
        return self._page(request, error.status_code, SAID.get(error.status_code, BROKEN), {})

    def unexpected(self, request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
        if self._for_machines(request):
            return HANDLERS[Exception](request, error)
        log.error("page.failed", path=request.url.path, method=request.method, exc_info=error)
        return self._page(request, 500, BROKEN, {})

    def _page(
        self, request: Request[Any, Any, Any], status: int, said: tuple[str, str], headers: dict[str, str]
    ) -> Response[Any]:
        viewer = viewer_of(request)
        template = "errors/_partial.html" if viewer.htmx else "errors/error.html"
        return self._pages.page(
            viewer,
            template,
            status=status,
            headers={k: v for k, v in headers.items() if k != "WWW-Authenticate"},
            code=status,
            title=self._pages.text(viewer, said[0]),
            text=self._pages.text(viewer, said[1]),
            reference=request_id(),
        )

    def _for_machines(self, request: Request[Any, Any, Any]) -> bool:
        return request.url.path.startswith(("/internal/", "/api/", "/health", "/metrics"))
