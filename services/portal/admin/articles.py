"""``/admin/articles``: the list, and a plain editor with a preview."""

import asyncio
from datetime import datetime
from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from services.common.errors import Conflict, FieldError, Forbidden, Invalid
from services.kb.contract import (
    Article,
    ArticleInput,
    ArticlePatch,
    Section,
    State,
    TranslationInput,
    Visibility,
)
from services.portal.admin.article_form import Editing, editing_from, editing_of, said, with_draft
from services.portal.admin.routes import maybe
from services.portal.web.forms import read_form
from services.portal.web.i18n import pick
from services.portal.web.ids import uuid_of
from services.portal.web.labels import N_
from services.portal.web.people import agent
from services.portal.web.portal import Portal
from services.portal.web.prose import article_html
from services.portal.web.viewer import LOCALES, Viewer

SAVED = N_("Saved.")
CHANGED = N_(
    "Somebody saved this article meanwhile. Your text is below; compare it with the newest version before saving."
)
NO_TITLE = N_("Give it a title in at least one language.")
IN_REVIEW = N_("It waits for its reviewer's word. Your text is below; save it as a draft.")
KEPT_OLD = N_(
    "Your text below was not saved, and somebody saved this article since. Compare it with the newest version."
)


@get("/admin/articles", include_in_schema=False)
async def listing(
    portal: NamedDependency[Portal],
    viewer: NamedDependency[Viewer],
    q: FromQuery[str] = "",
    mine: FromQuery[bool] = False,
    cursor: FromQuery[str | None] = None,
) -> Response[str]:
    """Articles of every state, newest change first; or those that wait for the viewer's word."""
    token = portal.token(agent(viewer))
    page, sections = await asyncio.gather(
        portal.kb.articles(
            token=token, q=q.strip()[:200] or None, limit=50, cursor=cursor, reviewer="me" if mine else None
        ),
        portal.kb.sections(token=token),
    )
    names = dict(section_options(sections, viewer.locale))
    return portal.pages.page(
        viewer, "admin/articles.html", articles=page, sections=names, q=q, mine=mine, section="articles"
    )


@get("/admin/articles/new", include_in_schema=False)
async def new(portal: NamedDependency[Portal], viewer: NamedDependency[Viewer]) -> Response[str]:
    """An editor with what the viewer typed of a new article and did not save."""
    kept = await portal.kb.draft("new", token=portal.token(agent(viewer)))
    return await _editor(portal, viewer, with_draft(Editing(texts={lang: {} for lang in LOCALES}), kept))


@get("/admin/articles/{article:uuid}", include_in_schema=False)
async def edit(
    portal: NamedDependency[Portal], viewer: NamedDependency[Viewer], article: FromPath[Any]
) -> Response[str]:
    """An article in the editor, with what the viewer typed and did not save."""
    token = portal.token(agent(viewer))
    found, kept = await asyncio.gather(
        portal.kb.article(article, token=token), portal.kb.draft(str(article), token=token)
    )
    wanted = with_draft(editing_of(found, viewer), kept)
    if kept is not None and kept.base_version != found.version:
        wanted.conflict = portal.pages.text(viewer, KEPT_OLD)
    return await _editor(portal, viewer, wanted)


@post("/admin/articles/preview", status_code=200, include_in_schema=False)
async def preview(
    request: Request[Any, Any, Any], portal: NamedDependency[Portal], viewer: NamedDependency[Viewer]
) -> Response[str]:
    """How the Markdown of one language reads; sanitised like everything that is shown."""
    form = await read_form(request)
    agent(viewer)
    lang = form.text("preview", 2)
    seen = await portal.kb.preview(form.whole(f"body_{lang}"), token=portal.token(viewer))
    return portal.pages.page(viewer, "admin/_preview.html", html=article_html(seen.html))


@post("/admin/articles/save", status_code=200, include_in_schema=False)
async def save(
    request: Request[Any, Any, Any], portal: NamedDependency[Portal], viewer: NamedDependency[Viewer]
) -> Response[Any]:
    """Store an article. Against an old version nothing is overwritten and the text stays in the editor."""
    form = await read_form(request)
    agent(viewer)
    wanted = editing_from(form)
    if not any(text.get("title") for text in wanted.texts.values()):
        wanted.error = portal.pages.text(viewer, NO_TITLE)
        return await _editor(portal, viewer, wanted, status=422)
    try:
        article = await _store(portal, viewer, wanted)
    except Conflict:
        fresh = await portal.kb.article(uuid_of(wanted.id), token=portal.token(viewer))
        wanted.version, wanted.conflict = fresh.version, portal.pages.text(viewer, CHANGED)
        return await _editor(portal, viewer, wanted, status=409)
    except Forbidden:
        wanted.error = portal.pages.text(viewer, IN_REVIEW)
        return await _editor(portal, viewer, wanted, status=422)
    except Invalid as error:
        wanted.error = portal.pages.text(viewer, said(error))
        return await _editor(portal, viewer, wanted, status=422)
    return portal.pages.go(viewer, f"/admin/articles/{article.id}", SAVED)


async def _store(portal: Portal, viewer: Viewer, wanted: Editing) -> Article:
    token = portal.token(viewer)
    translations = {
        lang: TranslationInput(
            title=t["title"], summary=t.get("summary", ""), body_markdown=t.get("body", "")
        )
        for lang, t in wanted.texts.items()
        if t.get("title")
    }
    section = uuid_of(wanted.section) if wanted.section else None
    state: State = msgspec.convert(wanted.state, State)
    visibility: Visibility = msgspec.convert(wanted.visibility, Visibility)
    tags = [tag.strip() for tag in wanted.tags.split(",") if tag.strip()]
    begin, end = _moment(viewer, wanted.publish_at), _moment(viewer, wanted.archive_at)
    if not wanted.id:
        body = ArticleInput(
            translations=translations,
            section=section,
            state=state,
            visibility=visibility,
            faq=wanted.faq,
            tags=tags,
        )
        made = await portal.kb.create(body, token=token)
        if begin is None and end is None:
            return made
        plan = ArticlePatch(version=made.version, publish_at=begin, archive_at=end)
        return await portal.kb.update(made.id, plan, token=token)
    patch = ArticlePatch(
        version=wanted.version,
        translations={**translations},
        section=section,
        state=state,
        visibility=visibility,
        faq=wanted.faq,
        tags=tags,
        publish_at=begin,
        archive_at=end,
    )
    return await portal.kb.update(uuid_of(wanted.id), patch, token=token)


def _moment(viewer: Viewer, text: str) -> datetime | None:
    if not text:
        return None
    try:
        return datetime.fromisoformat(text).replace(tzinfo=viewer.tz)
    except ValueError as error:
        raise Invalid(errors=[FieldError("publish_at", "is not a date and time", "moment")]) from error


async def _editor(portal: Portal, viewer: Viewer, wanted: Editing, status: int = 200) -> Response[str]:
    token = portal.token(viewer)
    sections, staff, notes = await asyncio.gather(
        maybe(portal.kb.sections(token=token)),
        maybe(portal.core.staff(token=token)),
        maybe(portal.kb.reviews(uuid_of(wanted.id), token=token)) if wanted.id else maybe(_nothing()),
    )
    me = viewer.person.id if viewer.person else ""
    reviewers = [
        (str(s.id), s.name) for s in staff or [] if s.active and s.roles != ["light"] and str(s.id) != me
    ]
    return portal.pages.page(
        viewer,
        "admin/article_edit.html",
        status=status,
        edit=wanted,
        section_options=[("", "–"), *section_options(sections or [], viewer.locale)],
        reviewers=reviewers,
        notes=notes or [],
        decides=bool(wanted.reviewer) and (wanted.reviewer == me or viewer.is_lead),
        section="articles",
    )


async def _nothing() -> list[Any]:
    return []


def section_options(sections: list[Section], language: str, depth: int = 0) -> list[tuple[str, str]]:
    """Sections as the entries of a select, children set in."""
    found: list[tuple[str, str]] = []
    for section in sections:
        found.append((str(section.id), "\u2003" * depth + pick(section.name, language)))
        found += section_options(section.children, language, depth + 1)
    return found


ROUTES = [listing, new, edit, preview, save]
