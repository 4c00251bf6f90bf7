"""``/requests``: the customer's own, with the conversation."""

import asyncio
from typing import Any
from uuid import uuid4

import httpx
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect
from msgspec import UNSET

from services.common.errors import Invalid, Unavailable
from services.core.contract import Closure, NewMessage
from services.portal.conversation import Teller
from services.portal.forms.views import answers_of
from services.portal.requests.views import rows, theirs
from services.portal.web.forms import read_form
from services.portal.web.labels import N_
from services.portal.web.people import signed_in
from services.portal.web.portal import Portal
from services.portal.web.viewer import Viewer

SENT = N_("Sent.")
CLOSED = N_("Closed. Thank you for telling us.")
REOPENED = N_("Open again. We will look at it.")
EMPTY = N_("Write something first.")
AWAY = N_("We could not take your message just now. Your text is still here; try again in a moment.")
THANKS = N_("Thank you. We go on with it.")
DONE = {"solved", "closed", "cancelled"}


@get("/requests", include_in_schema=False)
async def mine(
    portal: NamedDependency[Portal], viewer: NamedDependency[Viewer], cursor: FromQuery[str | None] = None
) -> Response[str]:
    """The viewer's requests, newest movement first."""
    person = signed_in(viewer).person
    assert person is not None
    page, notices, _ = await asyncio.gather(
        portal.core.list_tickets(
            token=portal.token(viewer), requester=person.email, sort="-updated", limit=25, cursor=cursor
        ),
        portal.notices.current(viewer),
        portal.taxonomies.names(viewer.locale),
    )
    return portal.pages.page(
        viewer,
        "requests/mine.html",
        rows=rows(page.items, portal, viewer),
        next_cursor=page.next_cursor,
        notices=notices,
        section="requests",
    )


@get("/requests/{number:int}", include_in_schema=False)
async def one(
    portal: NamedDependency[Portal],
    viewer: NamedDependency[Viewer],
    number: FromPath[int],
    cursor: FromQuery[str | None] = None,
) -> Response[str]:
    """A request with the newest of its conversation, or what ``cursor`` leads to; for htmx, the conversation alone."""
    return await _show(portal, signed_in(viewer), number, cursor=cursor)


async def _show(
    portal: Portal,
    viewer: Viewer,
    number: int,
    *,
    cursor: str | None = None,
    body: str = "",
    error: str = "",
    status: int = 200,
    typed: dict[str, Any] | None = None,
    wrong: dict[str, str] | None = None,
) -> Response[str]:
    token = portal.token(viewer)
    ticket, timeline, details, _ = await asyncio.gather(
        portal.core.ticket(number, token=token),
        portal.core.timeline(number, token=token, cursor=cursor, newest=True),
        portal.core.ticket_form(number, token=token),
        portal.taxonomies.names(viewer.locale),  # so that statuses have the desk's names
    )
    if ticket.merged_into is not UNSET:
        return portal.pages.go(viewer, f"/requests/{ticket.merged_into}")
    entries = Teller(portal.pages, viewer).entries(timeline.items)
    return portal.pages.page(
        viewer,
        "requests/_conversation.html" if viewer.htmx else "requests/one.html",
        status=status,
        ticket=ticket,
        entries=[e for e in entries if e.kind == "reply" or e.text],
        cursor=cursor,
        earlier=timeline.next_cursor,
        done=ticket.status_category in DONE,
        once=uuid4().hex,
        body=body,
        error=error,
        details=theirs(portal, viewer, details, typed or {}, wrong or {}),
        section="requests",
    )


@post("/requests/{number:int}/messages", status_code=200, include_in_schema=False)
async def reply(
    request: Request[Any, Any, Any],
    portal: NamedDependency[Portal],
    viewer: NamedDependency[Viewer],
    number: FromPath[int],
) -> Response[Any]:
    """The customer's reply."""
    signed_in(viewer)
    form, token = await read_form(request), portal.token(viewer)
    text = form.whole("body")
    if not text:
        return await _show(portal, viewer, number, error=portal.pages.text(viewer, EMPTY), status=422)
    try:
        files = [
            await portal.core.upload(f.filename, await f.read(), f.content_type or "", token=token)
            for f in form.files
        ]
        message = NewMessage(kind="reply", body=text, attachments=[file.id for file in files])
        await portal.core.post_message(
            number, message, token=token, idempotency_key=form.text("once", 64) or None
        )
    except Unavailable:
        return await _show(
            portal, viewer, number, body=text, error=portal.pages.text(viewer, AWAY), status=503
        )
    return portal.pages.go(viewer, f"/requests/{number}", SENT)


@post("/requests/{number:int}/details", status_code=200, include_in_schema=False)
async def details(
    request: Request[Any, Any, Any],
    portal: NamedDependency[Portal],
    viewer: NamedDependency[Viewer],
    number: FromPath[int],
) -> Response[Any]:
    """The customer answers what the desk asked for."""
    signed_in(viewer)
    form, token = await read_form(request), portal.token(viewer)
    asked = await portal.core.ticket_form(number, token=token)
    typed = answers_of(form, [one.field for one in asked.fields])
    try:
        await portal.core.answer_form(number, typed, token=token)
    except Invalid as error:
        wrong = {e.field.removeprefix("fields."): e.code for e in error.errors}
        return await _show(portal, viewer, number, typed=typed, wrong=wrong, status=422)
    except Unavailable:
        said = portal.pages.text(viewer, AWAY)
        return await _show(portal, viewer, number, typed=typed, error=said, status=503)
    return portal.pages.go(viewer, f"/requests/{number}", THANKS)


@post("/requests/{number:int}/closure", status_code=200, include_in_schema=False)
async def closure(
    request: Request[Any, Any, Any],
    portal: NamedDependency[Portal],
    viewer: NamedDependency[Viewer],
    number: FromPath[int],
) -> Response[Any]:
    """The customer says that it is solved, or that it is not."""
    signed_in(viewer)
    form, token = await read_form(request), portal.token(viewer)
    if form.text("act") == "reopen":
        await portal.core.reopen_ticket(number, token=token)
        return portal.pages.go(viewer, f"/requests/{number}", REOPENED)
    await portal.core.close_ticket(number, Closure(), token=token)
    return portal.pages.go(viewer, f"/requests/{number}", CLOSED)


@get("/attachments/{attachment:uuid}", include_in_schema=False)
async def attachment(
    portal: NamedDependency[Portal], viewer: NamedDependency[Viewer], attachment: FromPath[Any]
) -> Response[bytes]:
    """A file of a conversation, as core hands it out: never shown in the page, always saved."""
    return saved_file(await portal.core.attachment(attachment, token=portal.token(signed_in(viewer))))


def saved_file(found: httpx.Response) -> Response[bytes]:
    """Core's file as a download that nothing keeps and no browser runs."""
    return Response(
        found.content,
        media_type="application/octet-stream",
        headers={
            "Content-Disposition": found.headers.get("content-disposition", "attachment"),
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "Cache-Control": "private, no-store",
        },
    )


@get("/t/{number:int}", include_in_schema=False)
async def short_link(viewer: NamedDependency[Viewer], number: FromPath[int]) -> Redirect:
    """A number in a mail leads staff to the workspace and customers to their request."""
    return Redirect(f"/agent/tickets/{number}" if viewer.is_agent else f"/requests/{number}", status_code=303)


ROUTES = [mine, one, reply, details, closure, attachment, short_link]
