"""``/notices/…``: this affects me, and no such mail any more."""

from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from services.common.errors import NotFound, TooMany
from services.core.contract import MailWish
from services.portal.web.forms import read_form
from services.portal.web.ids import signed_part
from services.portal.web.labels import N_
from services.portal.web.portal import Portal
from services.portal.web.security import safe_next
from services.portal.web.viewer import Viewer

SAYING = "10/hour"  # of one address: more is somebody who plays with the count
NOTED = N_("Thank you. We count you in.")
OVER = N_("This notice is over.")


class TooManyWords(TooMany):
    code, title = "portal.too_many_calls", "Too many calls in a short time"


@post("/notices/{notice:uuid}/affected", status_code=200, include_in_schema=False)
async def affected(
    request: Request[Any, Any, Any],
    portal: NamedDependency[Portal],
    viewer: NamedDependency[Viewer],
    notice: FromPath[UUID],
) -> Response[Any]:
    """It affects the reader: counted once a person or browser."""
    form = await read_form(request)
    if not await portal.callers.take("affected", viewer.address, SAYING):
        raise TooManyWords(retry_after=600)
    customer = viewer.person is not None and not viewer.is_agent
    said, tone = NOTED, "good"
    try:
        await portal.core.affected(notice, viewer.visitor, token=portal.token(viewer) if customer else None)
    except NotFound:
        said, tone = OVER, "info"
    return portal.pages.go(viewer, safe_next(form.text("next", 2000)), said, tone)


@get("/notices/mail/{link:str}", include_in_schema=False)
async def wish(
    portal: NamedDependency[Portal], viewer: NamedDependency[Viewer], link: FromPath[str]
) -> Response[str]:
    """Whether who has the link gets notices by mail; looking at it changes nothing."""
    found = await portal.core.mail_wish(signed_part(link))
    return portal.pages.page(viewer, "notices/wish.html", found=found, link=link, saved=False)


@post("/notices/mail/{link:str}", status_code=200, include_in_schema=False)
async def keep_wish(
    request: Request[Any, Any, Any],
    portal: NamedDependency[Portal],
    viewer: NamedDependency[Viewer],
    link: FromPath[str],
) -> Response[str]:
    """What they want from now on."""
    form = await read_form(request)
    found = await portal.core.keep_mail_wish(
        signed_part(link), MailWish(wanted=form.text("wanted", 3) == "yes")
    )
    return portal.pages.page(viewer, "notices/wish.html", found=found, link=link, saved=True)


ROUTES = [affected, wish, keep_wish]
