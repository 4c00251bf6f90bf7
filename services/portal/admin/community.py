"""``/admin/community``: posts that wait or were reported, and questions that become tickets."""

from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency

from services.common.errors import NotFound
from services.core.contract import NewTicket, Requester
from services.kb.contract import BecameTicket, PostDecision, PostState
from services.portal.web.forms import read_form
from services.portal.web.ids import uuid_of
from services.portal.web.labels import N_
from services.portal.web.people import agent
from services.portal.web.portal import Portal
from services.portal.web.security import safe_next
from services.portal.web.viewer import Viewer

STATES: dict[str, PostState] = {"shown": "shown", "held": "held", "removed": "removed"}
SAID = {"shown": N_("It is shown."), "held": N_("It is held."), "removed": N_("It is taken out.")}
GONE = N_("Whoever asked is no longer known here.")
MADE = N_("Ticket %(number)s was made of the question; both lead to each other.")


@get("/admin/community", include_in_schema=False)
async def waiting(portal: NamedDependency[Portal], viewer: NamedDependency[Viewer]) -> Response[str]:
    """What a moderator should look at."""
    token = portal.token(agent(viewer))
    try:
        posts = await portal.kb.waiting_posts(token=token)
    except NotFound:
        posts = None
    return portal.pages.page(viewer, "admin/community.html", posts=posts, section="community")


@post("/admin/community", status_code=200, include_in_schema=False)
async def decide(
    request: Request[Any, Any, Any], portal: NamedDependency[Portal], viewer: NamedDependency[Viewer]
) -> Response[Any]:
    """Show, hold or take out a post."""
    form, token = await read_form(request), portal.token(agent(viewer))
    state = STATES.get(form.text("state", 10), "held")
    await portal.kb.decide(uuid_of(form.text("post", 40)), PostDecision(state=state), token=token)
    return portal.pages.go(viewer, safe_next(form.text("next", 300), "/admin/community"), SAID[state])


@post("/admin/community/ticket", status_code=200, include_in_schema=False)
async def make_ticket(
    request: Request[Any, Any, Any], portal: NamedDependency[Portal], viewer: NamedDependency[Viewer]
) -> Response[Any]:
    """Make a ticket of a question, once however often it is asked for: it goes by the question's address."""
    form, token = await read_form(request), portal.token(agent(viewer))
    given = uuid_of(form.text("question", 40))
    question = await portal.kb.question(given, token=token)
    address = f"{portal.guard.url}/community/{given}"
    contact = await portal.core.contact(question.author, token=token) if question.author else None
    if contact is None or not contact.email:
        return portal.pages.go(viewer, f"/community/{given}", GONE, "info")
    body = NewTicket(
        subject=question.title,
        body=f"{question.body_markdown}\n\n{address}".strip(),
        channel="forum",
        language=question.lang,
        requester=Requester(email=contact.email, name=contact.name),
        external_id=f"community:{given}",
    )
    ticket = await portal.core.create_ticket(body, token=token, idempotency_key=f"community:{given}")
    await portal.kb.became_ticket(given, BecameTicket(number=ticket.number), token=token)
    return portal.pages.go(viewer, f"/agent/tickets/{ticket.number}", MADE, number=ticket.number)


ROUTES = [waiting, decide, make_ticket]
