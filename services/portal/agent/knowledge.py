"""Between a ticket and the knowledge base: an article into the reply, a resolution into an article."""

from typing import Any

import msgspec
from litestar import Request, Response, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from services.common.errors import NotFound
from services.core.contract import DraftChanges, Ticket, TimelineEntry
from services.kb.contract import ResolutionInput
from services.portal.help.views import or_none
from services.portal.web.forms import read_form
from services.portal.web.ids import uuid_of
from services.portal.web.labels import N_
from services.portal.web.people import agent
from services.portal.web.portal import Portal
from services.portal.web.viewer import Viewer
from services.triage.contract import Recommendations

MOST = 6
PAGES = 20  # of a hundred entries
INSERTED = N_("The link stands in your reply.")
NOT_FOR_THEM = N_("The customer could not open it: it is for staff, or not published.")
NO_REPLY = N_("Nobody has answered yet: there is no solution to keep.")
DRAFTED = N_("A draft, from the reply that solved it. Finish it and publish it.")


class Link(msgspec.Struct, frozen=True):
    """An article that may go into a reply, in the language in which it would."""

    id: str
    title: str
    lang: str
    slug: str
    by_tag: bool = False


@post("/agent/tickets/{number:int}/article-link", status_code=200, include_in_schema=False)
async def link(
    request: Request[Any, Any, Any],
    portal: NamedDependency[Portal],
    viewer: NamedDependency[Viewer],
    number: FromPath[int],
) -> Response[Any]:
    """Put a link to an article into the kept reply, in the customer's language, if they may open it."""
    form, token = await read_form(request), portal.token(agent(viewer))
    here, lang = f"/agent/tickets/{number}", form.text("lang", 12)
    article = await portal.kb.article(uuid_of(form.text("article", 40)), token=token)
    text = article.translations.get(lang)
    if text is None or article.state != "published" or article.visibility == "staff":
        return portal.pages.go(viewer, here, NOT_FOR_THEM, "danger")
    kept = await portal.core.draft(number, token=token)
    line = line_of(portal.guard.url, text.title, lang, text.slug)
    body = f"{kept.body.rstrip()}\n\n{line}".lstrip()
    draft = DraftChanges(kind=kept.kind, body=body, recommendation=kept.recommendation)
    await portal.core.keep_draft(number, draft, token=token)
    return portal.pages.go(viewer, here, INSERTED)


@post("/agent/tickets/{number:int}/article", status_code=200, include_in_schema=False)
async def promote(
    portal: NamedDependency[Portal], viewer: NamedDependency[Viewer], number: FromPath[int]
) -> Any:
    """A draft article from the question and the last reply that a colleague wrote."""
    token = portal.token(agent(viewer))
    ticket = await portal.core.ticket(number, token=token)
    entries = await _timeline(portal, number, token)
    asked, solved = _question(entries), _answer(entries)
    if solved is None:
        return portal.pages.go(viewer, f"/agent/tickets/{number}", NO_REPLY, "danger")
    body = ResolutionInput(
        number=number, title=ticket.subject or str(number), question=asked, reply=solved,
        lang=ticket.language or viewer.locale, tags=list(ticket.tags or []),
    )  # fmt: skip
    made = await portal.kb.from_ticket(body, token=token)
    return portal.pages.go(viewer, f"/admin/articles/{made.id}", DRAFTED)


async def links(portal: Portal, viewer: Viewer, ticket: Ticket, found: Recommendations | None) -> list[Link]:
    """Articles that may go into the reply: those that fit the words, then those that carry the ticket's tags."""
    lang, token = ticket.language or viewer.locale, portal.token(viewer)
    by_words = [
        Link(str(a.article), a.title, a.language, a.slug) for a in (found.articles if found else []) if a.slug
    ]
    tagged = (
        await or_none(portal.kb.tagged(list(ticket.tags), lang=lang, token=token)) if ticket.tags else None
    )
    by_tag = [Link(str(a.id), a.title, a.lang, a.slug, by_tag=True) for a in tagged or []]
    once = {one.id: one for one in [*by_tag, *by_words]}  # what fits the words stands first, and once
    return sorted(once.values(), key=lambda one: one.by_tag)[:MOST]


def line_of(site: str, title: str, lang: str, slug: str) -> str:
    """An article in a reply: its title and where it is."""
    return f"{title}: {site}/help/{lang}/{slug}"


async def _timeline(portal: Portal, number: int, token: str | None) -> list[TimelineEntry]:
    """The whole conversation: what solved it stands at its end."""
    entries: list[TimelineEntry] = []
    cursor: str | None = None
    for _ in range(PAGES):
        page = await portal.core.timeline(number, token=token, limit=100, cursor=cursor)
        entries, cursor = entries + page.items, page.next_cursor
        if cursor is None:
            break
    return entries


def _question(entries: list[TimelineEntry]) -> str:
    said = [e.body_text for e in entries if e.kind == "reply" and e.author.kind != "staff"]
    if not said:
        raise NotFound
    return said[0]


def _answer(entries: list[TimelineEntry]) -> str | None:
    said = [
        e.body_text for e in entries if e.kind == "reply" and e.author.kind == "staff" and not e.automatic
    ]
    return said[-1] if said else None


ROUTES = [link, promote]
