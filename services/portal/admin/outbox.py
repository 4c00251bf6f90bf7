"""``/admin/outbox``: mail that leaves the desk, or stays here where no mail server is set."""

from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery

from services.portal.web.forms import read_form
from services.portal.web.ids import uuid_of
from services.portal.web.labels import N_
from services.portal.web.people import admin
from services.portal.web.portal import Portal
from services.portal.web.viewer import Viewer

STATES = ("queued", "sent", "kept", "failed", "bounced")
AGAIN = N_("It goes out again.")


@get("/admin/outbox", include_in_schema=False)
async def outbox(
    portal: NamedDependency[Portal],
    viewer: NamedDependency[Viewer],
    fate: FromQuery[str] = "",
    cursor: FromQuery[str | None] = None,
) -> Response[str]:
    """Mail by what became of it, newest first."""
    chosen = fate if fate in STATES else ""
    page = await portal.core.outgoing(fate=chosen or None, cursor=cursor, token=portal.token(admin(viewer)))
    return portal.pages.page(
        viewer, "admin/outbox.html", mail=page, fate=chosen, states=STATES, section="outbox"
    )


@post("/admin/outbox/retry", status_code=200, include_in_schema=False)
async def again(
    request: Request[Any, Any, Any], portal: NamedDependency[Portal], viewer: NamedDependency[Viewer]
) -> Response[Any]:
    """Send one again."""
    form = await read_form(request)
    await portal.core.send_again(uuid_of(form.text("mail", 40)), token=portal.token(admin(viewer)))
    return portal.pages.go(viewer, "/admin/outbox", AGAIN)


ROUTES = [outbox, again]
