"""``/community``: questions that customers answer each other."""

from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from services.common.errors import DeskError, Forbidden, Invalid, NotFound, TooMany, Unavailable
from services.kb.contract import Accepted, NewAnswer, NewQuestion, PostReport
from services.portal.help.views import alike
from services.portal.web.forms import read_form
from services.portal.web.ids import uuid_of
from services.portal.web.labels import N_
from services.portal.web.people import signed_in
from services.portal.web.portal import Portal
from services.portal.web.viewer import LOCALES, Viewer

HELD = N_("Thank you. It is shown as soon as somebody of the desk has looked at it.")
SHOWN = N_("Thank you. It is shown now.")
ACCEPTED = N_("Marked as the answer.")
OPEN = N_("The question is open again.")
REPORTED = N_("Thank you. Somebody of the desk looks at it.")
SHORT = N_("Ask in one sentence.")
EMPTY = N_("Write something first.")
LONG = N_("At most 8,000 characters.")
SLOW = N_("Too many posts in a short time. Your text is still here; wait a minute and try again.")
AWAY = N_("We could not take your message just now. Your text is still here; try again in a moment.")
OWN = N_("Others vote for your post.")


def open_to(portal: Portal, viewer: Viewer) -> Viewer:
    """The viewer, where there is a community for them; visitors of one for customers sign in first."""
    mode = portal.pages.desk.community
    if mode == "off":
        raise NotFound
    return viewer if mode == "public" else signed_in(viewer)


@get("/community", include_in_schema=False)
async def questions(
    portal: NamedDependency[Portal],
    viewer: NamedDependency[Viewer],
    q: FromQuery[str] = "",
    open: FromQuery[bool] = False,
    cursor: FromQuery[str | None] = None,
) -> Response[str]:
    """The questions, the last moved first, or those like ``q``."""
    token = portal.token(open_to(portal, viewer))
    if q.strip():
        items, more = await alike(portal, viewer, q, 20), None
    else:
        page = await portal.reader.questions(
            lang=viewer.locale, unanswered=open, limit=25, cursor=cursor, token=token
        )
        items, more = page.items, page.next_cursor
    return portal.pages.page(
        viewer,
        "community/list.html",
        items=items,
        next_cursor=more,
        q=q.strip()[:300],
        open=open,
        notices=await portal.notices.current(viewer),
        section="community",
    )


@get("/community/new", include_in_schema=False)
async def new(
    portal: NamedDependency[Portal], viewer: NamedDependency[Viewer], title: FromQuery[str] = ""
) -> Response[str]:
    """An empty question."""
    signed_in(open_to(portal, viewer))
    return _form(portal, viewer, title.strip()[:200], "", {})


def _form(
    portal: Portal, viewer: Viewer, title: str, body: str, errors: dict[str, str], status: int = 200
) -> Response[str]:
    said = {key: portal.pages.text(viewer, text) for key, text in errors.items()}
    return portal.pages.page(
        viewer, "community/new.html", status=status, title=title, body=body, errors=said, section="community"
    )


@post("/community/new", status_code=200, include_in_schema=False)
async def ask(
    request: Request[Any, Any, Any], portal: NamedDependency[Portal], viewer: NamedDependency[Viewer]
) -> Response[Any]:
    """Ask; what was typed stays where it is refused."""
    signed_in(open_to(portal, viewer))
    form = await read_form(request)
    title, body = form.text("title", 1000).replace("\n", " "), form.whole("body")
    try:
        lang = viewer.locale if viewer.locale in LOCALES else None
        made = await portal.reader.ask(
            NewQuestion(title=title[:200], body=body, lang="es" if lang == "es" else "en"),
            token=portal.token(viewer),
        )
    except DeskError as error:
        return _form(portal, viewer, title, body, _wrong(error, "title"), error.status)
    said = SHOWN if made.state == "shown" else HELD
    return portal.pages.go(viewer, f"/community/{made.id}", said)


def _wrong(error: DeskError, field: str) -> dict[str, str]:
    if isinstance(error, Invalid):
        texts = {"too_long": LONG, "empty": SHORT if field == "title" else EMPTY}
        return {one.field: texts.get(one.code, EMPTY) for one in error.errors} or {field: EMPTY}
    if isinstance(error, TooMany):
        return {"form": SLOW}
    if isinstance(error, Unavailable):
        return {"form": AWAY}
    raise error


@get("/community/{given:uuid}", include_in_schema=False)
async def one(
    portal: NamedDependency[Portal], viewer: NamedDependency[Viewer], given: FromPath[UUID]
) -> Response[str]:
    """A question with its answers."""
    return await _show(portal, open_to(portal, viewer), given)


async def _show(
    portal: Portal,
    viewer: Viewer,
    given: UUID,
    body: str = "",
    errors: dict[str, str] | None = None,
    status: int = 200,
) -> Response[str]:
    found = await portal.reader.question(given, token=portal.token(viewer))
    public = portal.pages.desk.community == "public" and found.state == "shown"
    return portal.pages.page(
        viewer,
        "community/question.html",
        status=status,
        found=found,
        public=public,
        site=portal.guard.url,
        body=body,
        errors={key: portal.pages.text(viewer, text) for key, text in (errors or {}).items()},
        section="community",
    )


@post("/community/{given:uuid}/answers", status_code=200, include_in_schema=False)
async def reply(
    request: Request[Any, Any, Any],
    portal: NamedDependency[Portal],
    viewer: NamedDependency[Viewer],
    given: FromPath[UUID],
) -> Response[Any]:
    """Answer."""
    signed_in(open_to(portal, viewer))
    body = (await read_form(request)).whole("body")
    try:
        made = await portal.reader.answer(given, NewAnswer(body=body), token=portal.token(viewer))
    except DeskError as error:
        return await _show(portal, viewer, given, body, _wrong(error, "body"), error.status)
    return portal.pages.go(
        viewer, f"/community/{given}#p-{made.id}", SHOWN if made.state == "shown" else HELD
    )


@post("/community/{given:uuid}/act", status_code=200, include_in_schema=False)
async def act(
    request: Request[Any, Any, Any],
    portal: NamedDependency[Portal],
    viewer: NamedDependency[Viewer],
    given: FromPath[UUID],
) -> Response[Any]:
    """Accept an answer, vote for a post, or report one."""
    token, form = portal.token(signed_in(open_to(portal, viewer))), await read_form(request)
    target, said = uuid_of(form.text("post", 40)), ""
    what = form.text("do", 10)
    try:
        if what in ("accept", "reopen"):
            await portal.reader.accept(
                given, Accepted(answer=target if what == "accept" else None), token=token
            )
            said = ACCEPTED if what == "accept" else OPEN
        elif what in ("vote", "unvote"):
            await portal.reader.vote(target, what == "vote", token=token)
        elif what == "report":
            await portal.reader.report(target, PostReport(reason=form.text("reason", 300)), token=token)
            said = REPORTED
    except Forbidden:
        return portal.pages.go(viewer, f"/community/{given}", OWN, "info")
    return portal.pages.go(viewer, f"/community/{given}#p-{target}", said)


ROUTES = [questions, new, ask, one, reply, act]
