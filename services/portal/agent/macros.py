"""What a macro does besides its text: its actions on the ticket, by the rules of any agent's change."""

from typing import Any

import msgspec
from litestar import Request, Response, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from services.common.errors import Conflict, DeskError
from services.core.contract import NewMessage, RenderedMacro, TicketChanges
from services.portal.agent.routes import show
from services.portal.agent.stage import load_stage
from services.portal.web.forms import read_form
from services.portal.web.labels import N_
from services.portal.web.pages import toast_header
from services.portal.web.people import agent
from services.portal.web.portal import Portal
from services.portal.web.viewer import Viewer

DONE = N_("The macro has been applied.")
NOT_DONE = N_("Not everything that the macro does was possible here.")
FIELDS = ("priority", "category", "team", "assignee", "type", "tags")


async def macro_status(portal: Portal, viewer: Viewer, number: int, message: NewMessage) -> str | None:
    """The status that the last of a message's macros sets with a reply."""
    if message.kind != "reply":
        return None
    found = await _rendered(portal, viewer, number, (message.macro or "").split(","))
    return next((str(one.actions["status"]) for one in reversed(found) if one.actions.get("status")), None)


async def macro_actions(
    portal: Portal, viewer: Viewer, number: int, macros: list[str], *, silent: bool = False
) -> bool:
    """Do what the macros do to the ticket, tags added to those that it has. Returns whether all could be done.

    One that says nothing sets the status, too, and is counted here: no message counts it.
    """
    token = portal.token(viewer)
    wanted: dict[str, Any] = {}
    for one in await _rendered(portal, viewer, number, macros):
        tags = [*wanted.get("tags", []), *one.actions.get("tags", [])]
        wanted |= {name: one.actions[name] for name in FIELDS if name in one.actions}
        wanted |= {"tags": tags} if tags else {}
        if silent and one.actions.get("status"):
            wanted["status"] = one.actions["status"]
    if not wanted:
        return True
    if silent:
        wanted["macro"] = ",".join(macros)
    for _ in range(3):  # others may be at it too: an added tag or a priority fits on whatever they did
        ticket = await portal.core.ticket(number, token=token)
        values = dict(wanted)
        if "tags" in values:
            values["tags"] = sorted({*(ticket.tags or []), *values["tags"]})
        try:
            await portal.core.update_ticket(
                number, msgspec.convert({"version": ticket.version, **values}, TicketChanges), token=token
            )
        except Conflict as error:
            if error.code == "core.stale_version":
                continue
            return False
        except (DeskError, msgspec.ValidationError):
            return False
        return True
    return False


async def _rendered(portal: Portal, viewer: Viewer, number: int, macros: list[str]) -> list[RenderedMacro]:
    found = []
    for one in dict.fromkeys(part.strip() for part in macros[:5]):
        try:
            found.append(await portal.core.render_macro(one, number, token=portal.token(viewer)))
        except DeskError:
            continue  # a macro that is gone meanwhile does nothing
    return found


@post("/agent/tickets/{number:int}/macros", status_code=200, include_in_schema=False)
async def act(
    request: Request[Any, Any, Any],
    portal: NamedDependency[Portal],
    viewer: NamedDependency[Viewer],
    number: FromPath[int],
) -> Response[Any]:
    """Apply a macro that says nothing."""
    form = await read_form(request)
    agent(viewer)
    done = await macro_actions(portal, viewer, number, [form.text("macro", 80)], silent=True)
    view, said, tone = form.text("view", 80), DONE if done else NOT_DONE, "good" if done else "danger"
    if not viewer.htmx:
        return portal.pages.go(viewer, f"/agent/tickets/{number}?view={view}", said, tone=tone)
    stage = await load_stage(portal, viewer, number)
    return show(portal, viewer, stage, view, headers=toast_header(portal.pages.text(viewer, said), tone))


ROUTES = [act]
