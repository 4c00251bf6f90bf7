"""Keeping articles true: what changed between two states of one, and which ones somebody should look at."""

from contextlib import suppress
from difflib import SequenceMatcher
from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from services.common.errors import Conflict, NotFound, Unavailable
from services.kb.contract import ArticleVersion, KbSettings, StaleArticle
from services.portal.web.forms import read_form
from services.portal.web.ids import uuid_of
from services.portal.web.labels import N_
from services.portal.web.people import agent
from services.portal.web.portal import Portal
from services.portal.web.viewer import LOCALES, Viewer

RESTORED = N_("The older state is the newest one now. Nothing in between is lost.")
MEANWHILE = N_("Somebody saved this article meanwhile. Look at the newest state before you restore one.")
REASONS = {
    "old": N_("not changed for a year"),
    "unhelpful": N_("readers say that it does not help"),
    "contradicted": N_("read, and a ticket came all the same"),
    "outdated": N_("a translation is behind"),
    "broken_link": N_("a link leads nowhere"),
}


class Line(msgspec.Struct):
    """A line of a comparison: `kept`, `added` or `removed`."""

    kind: str
    text: str


@get("/admin/articles/review", include_in_schema=False)
async def review(portal: NamedDependency[Portal], viewer: NamedDependency[Viewer]) -> Response[str]:
    """Articles that somebody should look at, and why."""
    token = portal.token(agent(viewer))
    found: list[StaleArticle] | None = None
    switches: KbSettings | None = None
    with suppress(Unavailable):
        found, switches = await portal.kb.stale(token=token), await portal.kb.settings(token=token)
    reasons = {key: portal.pages.text(viewer, text) for key, text in REASONS.items()}
    return portal.pages.page(
        viewer, "admin/review.html", articles=found, reasons=reasons, switches=switches, section="articles"
    )


@get("/admin/articles/{article:uuid}/versions/{lang:str}", include_in_schema=False)
async def versions(
    portal: NamedDependency[Portal],
    viewer: NamedDependency[Viewer],
    article: FromPath[Any],
    lang: FromPath[str],
    number: FromQuery[int] = 0,
) -> Response[str]:
    """The saved states of a language; the chosen one with what it changed."""
    token = portal.token(agent(viewer))
    if lang not in LOCALES:
        raise NotFound
    states = await portal.kb.versions(article, lang, token=token)
    if not states:
        raise NotFound
    current = await portal.kb.article(article, token=token)
    at = next((place for place, state in enumerate(states) if state.number == number), 0)
    before = states[at + 1] if at + 1 < len(states) else None
    return portal.pages.page(
        viewer,
        "admin/versions.html",
        article=current,
        lang=lang,
        states=states,
        chosen=states[at],
        lines=compare(before, states[at]),
        section="articles",
    )


@post("/admin/articles/restore", status_code=200, include_in_schema=False)
async def restore(
    request: Request[Any, Any, Any], portal: NamedDependency[Portal], viewer: NamedDependency[Viewer]
) -> Response[Any]:
    """Bring an older state back as the newest one."""
    form, token = await read_form(request), portal.token(agent(viewer))
    article, lang = uuid_of(form.text("article", 40)), form.text("lang", 12)
    try:
        await portal.kb.restore(article, lang, form.number("number"), form.number("version"), token=token)
    except Conflict:
        return portal.pages.go(viewer, f"/admin/articles/{article}/versions/{lang}", MEANWHILE, "danger")
    return portal.pages.go(viewer, f"/admin/articles/{article}", RESTORED)


def compare(before: ArticleVersion | None, after: ArticleVersion) -> list[Line]:
    """What changed from one state to the next, by lines, with everything that stayed."""
    old, new = _lines(before), _lines(after)
    found: list[Line] = []
    for kind, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            found += [Line("kept", text) for text in new[c:d]]
            continue
        found += [Line("removed", text) for text in old[a:b]]
        found += [Line("added", text) for text in new[c:d]]
    return found


def _lines(state: ArticleVersion | None) -> list[str]:
    if state is None:
        return []
    return [f"# {state.title}", *([state.summary] if state.summary else []), *state.body_markdown.split("\n")]


ROUTES = [review, versions, restore]
