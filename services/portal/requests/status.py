"""``/status/…``: one request behind the signed link of a mail, without signing in."""

from typing import Any
from uuid import uuid4

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from services.common.errors import TooMany, Unavailable
from services.portal.conversation import Teller
from services.portal.requests.routes import AWAY, EMPTY, SENT, saved_file
from services.portal.web.forms import read_form
from services.portal.web.ids import signed_part
from services.portal.web.labels import N_
from services.portal.web.portal import Portal
from services.portal.web.viewer import Viewer

LOOKING = "60/minute"  # of one address: a person who reads loads a page now and then
WRITING = "20/hour"  # of one link
GIVEN_UP = N_("The link no longer works, and neither does any other that was mailed for this request.")
TOO_FAST = N_("Too many messages in a short time. Your text is still here; wait a little and try again.")
SECRET = {"Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex", "Cache-Control": "private, no-store"}


class TooManyLooks(TooMany):
    code, title = "portal.too_many_looks", "Too many calls in a short time"


@get("/status/{link:str}", include_in_schema=False)
async def status(
    portal: NamedDependency[Portal], viewer: NamedDependency[Viewer], link: FromPath[str]
) -> Response[str]:
    """The conversation of the one request that the link is about."""
    await _counted(portal, viewer)
    return await _show(portal, viewer, signed_part(link))


@post("/status/{link:str}/messages", status_code=200, include_in_schema=False)
async def write(
    request: Request[Any, Any, Any],
    portal: NamedDependency[Portal],
    viewer: NamedDependency[Viewer],
    link: FromPath[str],
) -> Response[Any]:
    """An answer of who has the link."""
    await _counted(portal, viewer)
    form, link = await read_form(request), signed_part(link)
    text, said, code = form.whole("body"), "", 200
    if not text:
        said, code = EMPTY, 422
    elif not await portal.callers.take("status-writing", link, WRITING):
        said, code = TOO_FAST, 429
    else:
        try:
            await portal.core.reply_by_link(link, text, idempotency_key=form.text("once", 64) or None)
            return portal.pages.go(viewer, f"/status/{link}", SENT)
        except Unavailable:
            said, code = AWAY, 503
    return await _show(portal, viewer, link, body=text, error=said, code=code)


@post("/status/{link:str}/end", status_code=200, include_in_schema=False)
async def end(
    portal: NamedDependency[Portal], viewer: NamedDependency[Viewer], link: FromPath[str]
) -> Response[Any]:
    """Make the link worthless: it was forwarded, or seen by somebody else."""
    await _counted(portal, viewer)
    await portal.core.give_up_link(signed_part(link))
    return portal.pages.go(viewer, "/", GIVEN_UP)


@get("/status/{link:str}/attachments/{attachment:uuid}", include_in_schema=False)
async def file(
    portal: NamedDependency[Portal],
    viewer: NamedDependency[Viewer],
    link: FromPath[str],
    attachment: FromPath[Any],
) -> Response[bytes]:
    """A file of that conversation, always to be saved."""
    await _counted(portal, viewer)
    return saved_file(await portal.core.file_by_link(signed_part(link), attachment))


async def _show(
    portal: Portal, viewer: Viewer, link: str, *, body: str = "", error: str = "", code: int = 200
) -> Response[str]:
    found = await portal.core.request_status(link)
    entries = Teller(portal.pages, viewer, files=f"/status/{link}/attachments/").entries(found.items)
    return portal.pages.page(
        viewer,
        "requests/status.html",
        status=code,
        headers=SECRET,
        found=found,
        link=link,
        entries=[e for e in entries if e.kind == "reply" or e.text],
        once=uuid4().hex,
        body=body,
        error=portal.pages.text(viewer, error) if error else "",
        section="requests",
    )


async def _counted(portal: Portal, viewer: Viewer) -> None:
    if not await portal.callers.take("status", viewer.address, LOOKING):
        raise TooManyLooks(retry_after=60)


ROUTES = [status, write, end, file]
