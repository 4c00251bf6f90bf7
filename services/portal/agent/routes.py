"""``/agent``: what an agent reads."""

import asyncio
from typing import Any

import msgspec
from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect
from msgspec import UNSET

from services.common.errors import Unavailable
from services.portal.agent.knowledge import links
from services.portal.agent.panels import Adviser
from services.portal.agent.pickers import load_pickers
from services.portal.agent.queue import Wish, load_queue
from services.portal.agent.stage import StageView, load_stage
from services.portal.conversation import Teller
from services.portal.web.ids import uuid_of
from services.portal.web.people import agent
from services.portal.web.portal import Portal
from services.portal.web.viewer import Viewer


class MacroText(msgspec.Struct):
    """A macro filled for a ticket."""

    text: str


def wish_of(request: Request[Any, Any, Any]) -> Wish:
    """What the address asks to see."""
    q = request.query_params
    return Wish(
        q.get("view", "")[:80],
        q.get("q", "")[:600].strip(),
        q.get("assignee", "")[:80],
        q.get("cursor"),
        q.get("sort", "")[:20],
    )


@get("/agent", include_in_schema=False)
async def workspace(
    request: Request[Any, Any, Any], portal: NamedDependency[Portal], viewer: NamedDependency[Viewer]
) -> Response[str]:
    """The workspace with no ticket open."""
    queue = await load_queue(portal, agent(viewer), wish_of(request))
    batch = request.query_params.get("batch", "")[:40]
    found = await portal.core.batch(uuid_of(batch), token=portal.token(viewer)) if batch else None
    return portal.pages.page(viewer, "agent/workspace.html", queue=queue, stage=None, batch=found)


@get("/agent/queue", include_in_schema=False)
async def queue_part(
    request: Request[Any, Any, Any], portal: NamedDependency[Portal], viewer: NamedDependency[Viewer]
) -> Response[str]:
    """The views and the rows alone, for live updates and the search field."""
    wish = wish_of(request)
    queue = await load_queue(portal, agent(viewer), wish)
    template = "agent/_more_rows.html" if wish.cursor else "agent/_rows.html"
    return portal.pages.page(viewer, template, queue=queue, selected=0)


@get("/agent/tickets/{number:int}", include_in_schema=False)
async def ticket(
    request: Request[Any, Any, Any],
    portal: NamedDependency[Portal],
    viewer: NamedDependency[Viewer],
    number: FromPath[int],
) -> Response[Any]:
    """A ticket; for htmx without the queue, which is on the page already."""
    wish = wish_of(request)
    agent(viewer)
    if viewer.htmx:
        return show(portal, viewer, await load_stage(portal, viewer, number), wish.view)
    queue, stage = await asyncio.gather(load_queue(portal, viewer, wish), load_stage(portal, viewer, number))
    if stage.ticket.merged_into is not UNSET and not request.query_params.get("stay"):
        return portal.pages.go(viewer, f"/agent/tickets/{stage.ticket.merged_into}?view={wish.view}")
    return portal.pages.page(viewer, "agent/workspace.html", queue=queue, stage=stage, batch=None)


def show(
    portal: Portal, viewer: Viewer, stage: StageView, view: str, *, headers: dict[str, str] | None = None
) -> Response[str]:
    """The ticket's half of the workspace."""
    return portal.pages.page(viewer, "agent/_stage.html", stage=stage, view=view, headers=headers)


@get("/agent/tickets/{number:int}/earlier", include_in_schema=False)
async def earlier(
    request: Request[Any, Any, Any],
    portal: NamedDependency[Portal],
    viewer: NamedDependency[Viewer],
    number: FromPath[int],
    cursor: FromQuery[str],
) -> Response[str]:
    """What was said before the part of a long conversation that is on the page; without script, in its place."""
    wish, token = wish_of(request), portal.token(agent(viewer))
    page, names = await asyncio.gather(
        portal.core.timeline(number, token=token, cursor=cursor, newest=True),
        portal.taxonomies.names(viewer.locale),
    )
    splits = "light" not in viewer.roles
    entries = Teller(portal.pages, viewer, names, splits=splits).page(page)
    leads = page.next_cursor or ""
    if viewer.htmx:
        return portal.pages.page(
            viewer, "agent/_earlier.html", number=number, entries=entries, earlier=leads, view=wish.view
        )
    wish.cursor = None
    queue, stage = await asyncio.gather(load_queue(portal, viewer, wish), load_stage(portal, viewer, number))
    stage.entries, stage.earlier, stage.past = entries, leads, True
    return portal.pages.page(viewer, "agent/workspace.html", queue=queue, stage=stage, batch=None)


@get("/agent/tickets/{number:int}/fresh", include_in_schema=False)
async def fresh(
    portal: NamedDependency[Portal],
    viewer: NamedDependency[Viewer],
    number: FromPath[int],
    view: FromQuery[str] = "",
    since: FromQuery[str] = "",
) -> Response[str]:
    """The parts of an open ticket that may have changed; the composer stays as it is."""
    stage = await load_stage(portal, agent(viewer), number, since)
    return portal.pages.page(viewer, "agent/_fresh.html", stage=stage, view=view)


@get("/agent/tickets/{number:int}/pickers", include_in_schema=False)
async def pickers(
    portal: NamedDependency[Portal],
    viewer: NamedDependency[Viewer],
    number: FromPath[int],
    view: FromQuery[str] = "",
) -> Response[str]:
    """The lists to choose from, fetched after the ticket is on screen."""
    lists = await load_pickers(portal, agent(viewer), number)
    return portal.pages.page(viewer, "agent/_pickers.html", lists=lists, view=view)


@get("/agent/tickets/{number:int}/help", include_in_schema=False)
async def help_part(
    portal: NamedDependency[Portal], viewer: NamedDependency[Viewer], number: FromPath[int]
) -> Response[str]:
    """Draft, sources and similar tickets, which may take a moment and may be away."""
    token = portal.token(agent(viewer))
    found, names = await asyncio.gather(
        portal.core.ticket(number, token=token), portal.taxonomies.names(viewer.locale)
    )
    try:
        answer = await portal.triage.recommendations(found.id, token=token)
    except Unavailable:
        answer = None
    view = Adviser(portal.pages, viewer, names).help(answer)
    closed = found.status_category in {"closed", "cancelled"}
    near = await links(portal, viewer, found, answer)
    return portal.pages.page(
        viewer, "agent/_help.html", help=view, ticket=found, closed=closed, links=near, site=portal.guard.url
    )


@get("/agent/macros/{macro:str}", include_in_schema=False)
async def macro_text(
    portal: NamedDependency[Portal],
    viewer: NamedDependency[Viewer],
    macro: FromPath[str],
    ticket: FromQuery[int],
) -> MacroText:
    """A macro's text for a ticket, to go into the composer."""
    rendered = await portal.core.render_macro(macro, ticket, token=portal.token(agent(viewer)))
    return MacroText(rendered.text)


@get("/agent/articles/{article:str}", include_in_schema=False)
async def article(
    portal: NamedDependency[Portal], viewer: NamedDependency[Viewer], article: FromPath[str]
) -> Redirect:
    """From an article's id to its page, in the viewer's language where it has that."""
    found = await portal.kb.article(uuid_of(article), token=portal.token(agent(viewer)))
    lang = viewer.locale if viewer.locale in found.translations else next(iter(found.translations), "en")
    return Redirect(f"/help/{lang}/{found.translations[lang].slug}", status_code=303)


ROUTES = [workspace, queue_part, ticket, earlier, fresh, pickers, help_part, macro_text, article]
