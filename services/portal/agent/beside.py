"""What hangs on a ticket beside its fields: the product that it is about, remote sessions, teams that work along."""

from typing import Any

from litestar import Request, Response, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from services.common.errors import BadRequest, Conflict, Invalid
from services.core.contract import NewRemoteSession, TicketProduct
from services.portal.agent.routes import show
from services.portal.agent.stage import load_stage
from services.portal.web.forms import Form, read_form
from services.portal.web.ids import uuid_of
from services.portal.web.labels import N_
from services.portal.web.pages import toast_header
from services.portal.web.people import agent
from services.portal.web.portal import Portal
from services.portal.web.viewer import Viewer

SAVED = N_("Saved")
NOT_A_LINK = N_("A remote session needs a link that begins with https://.")
NOT_DONE = N_("That was not possible here.")


@post("/agent/tickets/{number:int}/beside", status_code=200, include_in_schema=False)
async def beside(
    request: Request[Any, Any, Any],
    portal: NamedDependency[Portal],
    viewer: NamedDependency[Viewer],
    number: FromPath[int],
) -> Response[Any]:
    """Choose the product, attach or end a remote session, ask a team in or let it go."""
    form = await read_form(request)
    token, view = portal.token(agent(viewer)), form.text("view", 80)
    said, tone = SAVED, "good"
    try:
        await _do(portal, token, number, form)
    except (Invalid, Conflict):
        said, tone = NOT_A_LINK if form.text("do", 20) == "session" else NOT_DONE, "danger"
    if not viewer.htmx:
        return portal.pages.go(viewer, f"/agent/tickets/{number}?view={view}", said, tone=tone)
    stage = await load_stage(portal, viewer, number)
    if tone == "danger":
        stage.link = form.text("url", 2000)
    return show(portal, viewer, stage, view, headers=toast_header(portal.pages.text(viewer, said), tone))


async def _do(portal: Portal, token: str | None, number: int, form: Form) -> None:
    value = form.text("value", 80)
    match form.text("do", 20):
        case "product":
            kind, _, key = value.partition(":")
            body = TicketProduct(item=uuid_of(key)) if kind == "item" else TicketProduct(product=key or None)
            await portal.core.choose_product(number, body, token=token)
        case "session":
            new = NewRemoteSession(url=form.text("url", 2001), label=form.text("label", 200))
            await portal.core.attach_session(number, new, token=token)
        case "end":
            await portal.core.end_session_of(number, uuid_of(value), token=token)
        case "join" if value:
            await portal.core.join_team(number, value, token=token)
        case "leave":
            await portal.core.leave_team(number, value, token=token)
        case _:
            raise BadRequest


ROUTES = [beside]
