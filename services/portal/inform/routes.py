"""``/agent/notifications`` with its bell, and ``/follow-up/…`` behind a signed link."""

import asyncio
from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from services.core.contract import FollowUpAnswer, MarkRead, NotificationChoice
from services.kb.contract import ArticleRow
from services.portal.help.views import or_none
from services.portal.web.forms import read_form
from services.portal.web.ids import signed_part, uuid_of
from services.portal.web.labels import N_
from services.portal.web.people import agent
from services.portal.web.portal import Portal
from services.portal.web.viewer import Viewer

SAVED = N_("Saved.")
REVIEWS = 20  # who has more to look at finds the rest in the list of articles
KINDS = {
    "mention": N_("Somebody mentions me"),
    "assigned": N_("A ticket becomes mine"),
    "handed_on": N_("A ticket of mine goes to somebody else"),
    "shared": N_("Somebody shares a ticket with me"),
    "replied": N_("My customer answers"),
    "new_ticket": N_("My team has a new ticket"),
    "critical": N_("A ticket of mine or my team is critical"),
    "warning": N_("Time is running out"),
    "breach": N_("The time is up"),
    "rule": N_("A rule calls me"),
}
SAID = {
    "mention": N_("%(actor)s mentioned you"),
    "assigned": N_("It is yours now"),
    "handed_on": N_("It is no longer yours"),
    "shared": N_("%(actor)s shares it with you"),
    "replied": N_("The customer answered"),
    "new_ticket": N_("New for your team"),
    "critical": N_("It is critical"),
    "warning": N_("Time is running out"),
    "breach": N_("The time is up"),
    "rule": N_("Rule %(actor)s"),
}


@get("/agent/notifications", include_in_schema=False)
async def notifications(
    portal: NamedDependency[Portal], viewer: NamedDependency[Viewer], cursor: FromQuery[str | None] = None
) -> Response[str]:
    """What concerns the viewer, newest first, and what they want to be told."""
    token = portal.token(agent(viewer))
    page, choices, push, reviews = await asyncio.gather(
        portal.core.notifications(cursor=cursor, token=token),
        portal.core.notification_choices(token=token),
        portal.core.push_state(token=token),
        _reviews(portal, token),
    )
    said = {n.id: portal.pages.text(viewer, SAID[n.kind], actor=n.actor) if "%" in SAID[n.kind] else
            portal.pages.text(viewer, SAID[n.kind]) for n in page.items if n.kind in SAID}  # fmt: skip
    return portal.pages.page(
        viewer, "inform/notifications.html", found=page, said=said, choices=choices, kinds=KINDS, push=push,
        reviews=[] if cursor else reviews,
    )  # fmt: skip


@get("/agent/bell", include_in_schema=False)
async def bell(portal: NamedDependency[Portal], viewer: NamedDependency[Viewer]) -> Response[str]:
    """How many there are to read, for the navigation."""
    token = portal.token(agent(viewer))
    page, reviews = await asyncio.gather(
        portal.core.notifications(limit=1, token=token), _reviews(portal, token)
    )
    return portal.pages.page(viewer, "inform/_bell.html", unread=page.unread + len(reviews))


async def _reviews(portal: Portal, token: str | None) -> list[ArticleRow]:
    """Articles that wait for the viewer's word: they stand there until it is given, whether read or not.

    None while the knowledge base is away.
    """
    found = await or_none(portal.kb.articles(reviewer="me", limit=REVIEWS, token=token))
    return found.items if found is not None else []


@post("/agent/notifications/read", status_code=200, include_in_schema=False)
async def read(
    request: Request[Any, Any, Any], portal: NamedDependency[Portal], viewer: NamedDependency[Viewer]
) -> Response[Any]:
    """Read one and go to its ticket, or all."""
    form = await read_form(request)
    token = portal.token(agent(viewer))
    one, number = form.text("id", 40), form.number("number")
    await portal.core.mark_read(MarkRead(ids=[uuid_of(one)] if one else None), token=token)
    return portal.pages.go(viewer, f"/agent/tickets/{number}" if number else "/agent/notifications")


@post("/agent/notifications/choices", status_code=200, include_in_schema=False)
async def choose(
    request: Request[Any, Any, Any], portal: NamedDependency[Portal], viewer: NamedDependency[Viewer]
) -> Response[Any]:
    """Keep what the viewer wants to be told."""
    form = await read_form(request)
    page, mail, push = (set(form.lists.get(way, [])) for way in ("page", "mail", "push"))
    wanted = [
        NotificationChoice(kind=kind, page=kind in page, mail=kind in mail, push=kind in push)
        for kind in KINDS
    ]
    await portal.core.choose_notifications(wanted, token=portal.token(agent(viewer)))
    return portal.pages.go(viewer, "/agent/notifications", SAVED)


@get("/follow-up/{link:str}", include_in_schema=False)
async def question(
    portal: NamedDependency[Portal], viewer: NamedDependency[Viewer], link: FromPath[str]
) -> Response[str]:
    """The question whether it is solved; looking at it changes nothing, as mail scanners look."""
    found = await portal.core.follow_up(signed_part(link))
    return portal.pages.page(viewer, "inform/follow_up.html", found=found, link=link, done="")


@post("/follow-up/{link:str}/answer", status_code=200, include_in_schema=False)
async def answer(
    request: Request[Any, Any, Any],
    portal: NamedDependency[Portal],
    viewer: NamedDependency[Viewer],
    link: FromPath[str],
) -> Response[str]:
    """The customer's word."""
    form = await read_form(request)
    given = FollowUpAnswer(solved=form.text("solved", 3) == "yes", comment=form.whole("comment")[:20_000])
    found = await portal.core.answer_follow_up(signed_part(link), given)
    done = "yes" if given.solved else "no"
    return portal.pages.page(viewer, "inform/follow_up.html", found=found, link=link, done=done)


ROUTES = [notifications, bell, read, choose, question, answer]
