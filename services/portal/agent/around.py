"""Around a conversation: unsent text, who is there, who follows."""

from typing import Any, Literal

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from services.common.errors import Invalid
from services.core.contract import DraftChanges, Here, NewFollower, NewShare, Presence
from services.portal.agent.routes import show
from services.portal.agent.stage import load_stage
from services.portal.live.events import TICKETS
from services.portal.web.forms import read_form
from services.portal.web.labels import N_
from services.portal.web.pages import toast_header
from services.portal.web.people import agent
from services.portal.web.portal import Portal
from services.portal.web.viewer import Viewer

SHARED, UNSHARED = N_("They are told, and can read it and write notes."), N_("They can read it no longer.")
NOBODY = N_("Choose a colleague.")
FOLLOWED, LEFT = N_("You follow this ticket."), N_("You follow it no longer.")
REVOKED = N_("The links that were mailed no longer work. The next mail brings a new one.")
State = Literal["looking", "writing", "gone"]
STATES: dict[str, State] = {"looking": "looking", "writing": "writing", "gone": "gone"}


@post("/agent/tickets/{number:int}/draft", status_code=204, include_in_schema=False)
async def keep(
    request: Request[Any, Any, Any],
    portal: NamedDependency[Portal],
    viewer: NamedDependency[Viewer],
    number: FromPath[int],
) -> None:
    """Keep what is being written, for this person alone."""
    form = await read_form(request)
    kind: Literal["reply", "note"] = "note" if form.text("kind") == "note" else "reply"
    draft = DraftChanges(
        kind=kind, body=form.values.get("body", ""), recommendation=form.text("draft", 40) or None
    )
    await portal.core.keep_draft(number, draft, token=portal.token(agent(viewer)))


@get("/agent/tickets/{number:int}/presence", include_in_schema=False)
async def here(
    portal: NamedDependency[Portal], viewer: NamedDependency[Viewer], number: FromPath[int]
) -> Response[str]:
    """Who else is there."""
    return _here(portal, viewer, await portal.core.presence(number, token=portal.token(agent(viewer))))


@post("/agent/tickets/{number:int}/presence", status_code=200, include_in_schema=False)
async def be_here(
    request: Request[Any, Any, Any],
    portal: NamedDependency[Portal],
    viewer: NamedDependency[Viewer],
    number: FromPath[int],
) -> Response[str]:
    """Say that one looks, writes or has gone; open pages of the same ticket hear of it."""
    form = await read_form(request)
    state = STATES.get(form.text("state", 10), "looking")
    found = await portal.core.be_here(number, Here(state=state), token=portal.token(agent(viewer)))
    if found.changed:
        await portal.live.publish(TICKETS, str(number), 0, "presence")
    return _here(portal, viewer, found)


def _here(portal: Portal, viewer: Viewer, found: Presence) -> Response[str]:
    return portal.pages.page(viewer, "agent/_here.html", here=found)


@post("/agent/tickets/{number:int}/followers", status_code=200, include_in_schema=False)
async def follow(
    request: Request[Any, Any, Any],
    portal: NamedDependency[Portal],
    viewer: NamedDependency[Viewer],
    number: FromPath[int],
) -> Response[Any]:
    """Follow a ticket, or no longer."""
    form = await read_form(request)
    token = portal.token(agent(viewer))
    leaves = form.text("do", 10) == "leave"
    if leaves and viewer.person is not None:
        await portal.core.unfollow(number, viewer.person.id, token=token)
    else:
        await portal.core.follow(number, NewFollower(), token=token)
    view, said = form.text("view", 80), LEFT if leaves else FOLLOWED
    if not viewer.htmx:
        return portal.pages.go(viewer, f"/agent/tickets/{number}?view={view}", said)
    stage = await load_stage(portal, viewer, number)
    return show(portal, viewer, stage, view, headers=toast_header(portal.pages.text(viewer, said)))


@post("/agent/tickets/{number:int}/links-revoked", status_code=200, include_in_schema=False)
async def revoke_links(
    request: Request[Any, Any, Any],
    portal: NamedDependency[Portal],
    viewer: NamedDependency[Viewer],
    number: FromPath[int],
) -> Response[Any]:
    """Make every link to the ticket worthless that was mailed to the customer."""
    form = await read_form(request)
    await portal.core.revoke_links(number, token=portal.token(agent(viewer)))
    return portal.pages.go(viewer, f"/agent/tickets/{number}?view={form.text('view', 80)}", REVOKED)


@post("/agent/tickets/{number:int}/shares", status_code=200, include_in_schema=False)
async def share(
    request: Request[Any, Any, Any],
    portal: NamedDependency[Portal],
    viewer: NamedDependency[Viewer],
    number: FromPath[int],
) -> Response[Any]:
    """Let a colleague of another department read the ticket and write notes on it, or no longer."""
    form = await read_form(request)
    token, who = portal.token(agent(viewer)), form.text("staff", 80)
    said, tone = SHARED, "good"
    if form.text("do", 10) == "end":
        await portal.core.unshare_ticket(number, who, token=token)
        said = UNSHARED
    else:
        try:
            await portal.core.share_ticket(number, NewShare(staff=who), token=token)
        except Invalid:
            said, tone = NOBODY, "danger"
    view = form.text("view", 80)
    if not viewer.htmx:
        return portal.pages.go(viewer, f"/agent/tickets/{number}?view={view}", said, tone=tone)
    stage = await load_stage(portal, viewer, number)
    return show(portal, viewer, stage, view, headers=toast_header(portal.pages.text(viewer, said), tone))


ROUTES = [revoke_links, keep, here, be_here, follow, share]
