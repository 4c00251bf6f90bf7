"""The author's table beside the editor: kept drafts, reviews, how it will look, images and videos."""

from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from services.common.errors import Conflict, DeskError, Forbidden, Invalid, NotFound, TooLarge, Unavailable
from services.kb.contract import DraftInput, Media, ReviewInput, ReviewKind
from services.portal.admin.article_form import editing_of, said, with_draft
from services.portal.web.forms import read_form
from services.portal.web.ids import uuid_of
from services.portal.web.labels import N_
from services.portal.web.people import agent
from services.portal.web.portal import Portal
from services.portal.web.viewer import LOCALES, Viewer

ASKED = N_("%(name)s is asked to look at it. Until then nobody else publishes it.")
RETURNED = N_("It is back with its author.")
APPROVED = N_("Approved. It can be published now.")
DISCARDED = N_("What was not saved is gone.")
MEANWHILE = N_("Somebody changed the article meanwhile. Look at it again first.")
NOT_YOURS = N_("Somebody else was asked to look at it.")
NOTHING = N_("Choose a file, and say in words what it shows.")
STORED = N_("Stored. Copy its line into an article.")
READERS = ("visitor", "customer", "staff")
SEES = {
    "visitor": ("public",),
    "customer": ("public", "customers"),
    "staff": ("public", "customers", "staff"),
}


@post("/admin/articles/keep", status_code=200, include_in_schema=False)
async def keep(
    request: Request[Any, Any, Any], portal: NamedDependency[Portal], viewer: NamedDependency[Viewer]
) -> Response[str]:
    """Keep what is being typed, every few seconds."""
    form, token = await read_form(request), portal.token(agent(viewer))
    fields = {name: text for name, text in form.values.items() if name not in ("_csrf", "id", "version")}
    body = DraftInput(base_version=form.number("version"), fields=fields)
    try:
        kept = await portal.kb.keep_draft(form.text("id", 40) or "new", body, token=token)
    except DeskError:
        kept = None
    return portal.pages.page(viewer, "admin/_kept.html", kept=kept)


@post("/admin/articles/discard", status_code=200, include_in_schema=False)
async def discard(
    request: Request[Any, Any, Any], portal: NamedDependency[Portal], viewer: NamedDependency[Viewer]
) -> Response[Any]:
    """Go back to what was saved."""
    form, token = await read_form(request), portal.token(agent(viewer))
    of = str(uuid_of(form.text("id", 40))) if form.text("id", 40) else "new"
    await portal.kb.drop_draft(of, token=token)
    return portal.pages.go(viewer, f"/admin/articles/{of}", DISCARDED, "info")


@post("/admin/articles/review", status_code=200, include_in_schema=False)
async def review(
    request: Request[Any, Any, Any], portal: NamedDependency[Portal], viewer: NamedDependency[Viewer]
) -> Response[Any]:
    """Ask a colleague to look at a draft, send it back, or approve it."""
    form, token = await read_form(request), portal.token(agent(viewer))
    article, name = uuid_of(form.text("id", 40)), ""
    try:
        kind: ReviewKind = msgspec.convert(form.text("act", 20), ReviewKind)
    except msgspec.ValidationError as error:
        raise NotFound from error
    if kind == "asked":
        staff = await portal.core.staff(token=token)
        name = next((one.name for one in staff if str(one.id) == form.text("reviewer", 40)), "")
    body = ReviewInput(
        version=form.number("version"), kind=kind, reviewer=form.text("reviewer", 40), reviewer_name=name,
        note=form.text("note", 4000),
    )  # fmt: skip
    here = f"/admin/articles/{article}"
    try:
        await portal.kb.review(article, body, token=token)
    except Conflict:
        return portal.pages.go(viewer, here, MEANWHILE, "danger")
    except Forbidden:
        return portal.pages.go(viewer, here, NOT_YOURS, "danger")
    except Invalid as error:
        return portal.pages.go(viewer, here, said(error), "danger")
    return portal.pages.go(
        viewer, here, {"asked": ASKED, "returned": RETURNED, "approved": APPROVED}[kind], name=name
    )


@get("/admin/articles/{article:uuid}/look/{lang:str}", include_in_schema=False)
async def look(
    portal: NamedDependency[Portal],
    viewer: NamedDependency[Viewer],
    article: FromPath[Any],
    lang: FromPath[str],
    reader: FromQuery[str] = "visitor",
) -> Response[str]:
    """How a language of an article looks to a kind of reader, with what the author has not saved yet."""
    token = portal.token(agent(viewer))
    if lang not in LOCALES or reader not in READERS:
        raise NotFound
    stored = await portal.kb.article(article, token=token)
    draft = await portal.kb.draft(str(article), token=token)
    wanted = with_draft(editing_of(stored, viewer), draft)
    text = wanted.texts.get(lang, {})
    seen = await portal.kb.preview(text.get("body", ""), token=token)
    return portal.pages.page(
        viewer,
        "admin/look.html",
        edit=wanted,
        lang=lang,
        reader=reader,
        readers=READERS,
        title=text.get("title", ""),
        seen=seen if wanted.visibility in SEES[reader] else None,
        section="articles",
    )


@get("/admin/articles/media", include_in_schema=False)
async def media(portal: NamedDependency[Portal], viewer: NamedDependency[Viewer]) -> Response[str]:
    """Images and videos, each with the line that shows it."""
    token = portal.token(agent(viewer))
    try:
        found = await portal.kb.media(token=token)
    except Unavailable:
        found = None
    return portal.pages.page(
        viewer, "admin/media.html", media=found, markdown=line_of, error="", alt="", section="articles"
    )


@post("/admin/articles/media", status_code=200, include_in_schema=False)
async def upload(
    request: Request[Any, Any, Any], portal: NamedDependency[Portal], viewer: NamedDependency[Viewer]
) -> Response[Any]:
    """Store a file that an article will show; a script gets the Markdown, a form the list."""
    form, token = await read_form(request), portal.token(agent(viewer))
    alt, error, made = form.text("alt", 500), portal.pages.text(viewer, NOTHING), None
    if form.files and alt:
        try:
            file = form.files[0]
            made = await portal.kb.upload(await file.read(), name=file.filename, alt=alt, token=token)
        except (Invalid, TooLarge) as refused:
            error = portal.pages.text(viewer, said(refused))
    if "application/json" in request.headers.get("accept", ""):
        body = {"error": error} if made is None else {"markdown": line_of(made)}
        return Response(body, status_code=422 if made is None else 200, media_type="application/json")
    if made is None:
        found = await portal.kb.media(token=token)
        return portal.pages.page(
            viewer, "admin/media.html", status=422, media=found, markdown=line_of, error=error, alt=alt,
            section="articles",
        )  # fmt: skip
    return portal.pages.go(viewer, "/admin/articles/media", STORED)


def line_of(media: Media) -> str:
    """The Markdown that shows a file."""
    alt = "".join(f"\\{char}" if char in "\\[]" else char for char in media.alt)
    return f"![{alt}]({media.path})"


ROUTES = [keep, discard, review, look, media, upload]
