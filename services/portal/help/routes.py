"""``/`` and ``/help``: reading."""

import asyncio
from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from services.common.errors import NotFound
from services.kb.contract import FeedbackInput
from services.portal.help.views import alike, find, help_home, or_none, section_by_key
from services.portal.web.forms import read_form
from services.portal.web.ids import uuid_of
from services.portal.web.labels import N_
from services.portal.web.portal import Portal
from services.portal.web.viewer import LOCALES, Viewer

THANKS = N_("Thank you. That helps the next reader.")


@get("/", include_in_schema=False)
async def home(
    portal: NamedDependency[Portal], viewer: NamedDependency[Viewer], q: FromQuery[str] = ""
) -> Response[str]:
    """The help centre; with ``q``, what it knows about that."""
    view, notices = await asyncio.gather(help_home(portal, viewer, q), portal.notices.current(viewer))
    return portal.pages.page(
        viewer, "help/home.html", view=view, notices=notices, q=q.strip()[:300], section="help"
    )


@get("/help/search", include_in_schema=False)
async def search(
    portal: NamedDependency[Portal], viewer: NamedDependency[Viewer], q: FromQuery[str] = ""
) -> Response[str]:
    """The results alone, for the search field that answers while one types."""
    results, asked = await asyncio.gather(or_none(find(portal, viewer, q)), alike(portal, viewer, q))
    away = results is None and len(q.strip()) > 1
    return portal.pages.page(
        viewer, "help/_results.html", results=results, asked=asked, away=away, q=q.strip()[:300]
    )


@get("/help/sections/{key:str}", include_in_schema=False)
async def section(
    portal: NamedDependency[Portal],
    viewer: NamedDependency[Viewer],
    key: FromPath[str],
    cursor: FromQuery[str | None] = None,
) -> Response[str]:
    """A section with its articles."""
    token = portal.token(viewer)
    found = section_by_key(await portal.reader.sections(token=token), key)
    if found is None:
        raise NotFound
    articles = await portal.reader.articles(
        section=str(found.id),
        lang=viewer.locale,
        sort="popular",
        limit=50,
        state="published",
        cursor=cursor,
        token=token,
    )
    return portal.pages.page(
        viewer,
        "help/section.html",
        shelf=found,
        articles=articles,
        notices=await portal.notices.current(viewer),
        section="help",
    )


@get("/help/{lang:str}/{slug:str}", include_in_schema=False)
async def article(
    portal: NamedDependency[Portal], viewer: NamedDependency[Viewer], lang: FromPath[str], slug: FromPath[str]
) -> Response[str]:
    """An article."""
    if lang not in LOCALES:
        raise NotFound
    token = portal.token(viewer)
    page, sections, notices = await asyncio.gather(
        portal.reader.page(lang, slug, token=token),
        or_none(portal.reader.sections(token=token)),
        portal.notices.current(viewer),
    )
    keys = {s.id: s.key for s in _flat(sections or [])}
    return portal.pages.page(
        viewer,
        "help/article.html",
        article=page,
        section_keys=keys,
        site=portal.guard.url,
        notices=notices,
        section="help",
    )


@post("/help/feedback", status_code=200, include_in_schema=False)
async def feedback(
    request: Request[Any, Any, Any], portal: NamedDependency[Portal], viewer: NamedDependency[Viewer]
) -> Response[Any]:
    """A reader's answer to "did this help?"."""
    form = await read_form(request)
    body = FeedbackInput(helpful=form.text("helpful") == "yes", lang=form.text("lang", 2))
    await portal.reader.feedback(uuid_of(form.text("article")), body, token=portal.token(viewer))
    if viewer.htmx:
        return portal.pages.page(viewer, "help/_thanks.html", helpful=body.helpful)
    return portal.pages.go(viewer, form.text("next") or "/", THANKS)


def _flat(sections: list[Any]) -> list[Any]:
    return [node for section in sections for node in (section, *_flat(section.children))]


ROUTES = [home, search, section, article, feedback]
