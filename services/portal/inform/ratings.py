"""``/rating/…`` behind a signed link, and the same form in a customer's request."""

from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from services.common.errors import Conflict
from services.core.contract import RatingInput, RatingQuestion
from services.portal.web.forms import Form, read_form
from services.portal.web.ids import signed_part
from services.portal.web.labels import N_
from services.portal.web.people import signed_in
from services.portal.web.portal import Portal
from services.portal.web.viewer import Viewer

CHOOSE = N_("Choose one of the five first.")
TOO_LATE = N_("This request cannot be rated any more, or is open again.")
THANKS = N_("Thank you. The people who helped you read this.")
MOST = 4_000
SCORES = range(1, 6)


@get("/rating/{link:str}", include_in_schema=False)
async def question(
    request: Request[Any, Any, Any],
    portal: NamedDependency[Portal],
    viewer: NamedDependency[Viewer],
    link: FromPath[str],
) -> Response[str]:
    """The question; looking at it changes nothing, as mail scanners look. ``?score=`` only marks one."""
    found = await portal.core.rating(signed_part(link))
    marked = request.query_params.get("score", "")
    return _page(portal, viewer, link, found, score=int(marked) if marked in {"1", "2", "3", "4", "5"} else 0)


@post("/rating/{link:str}/answer", status_code=200, include_in_schema=False)
async def answer(
    request: Request[Any, Any, Any],
    portal: NamedDependency[Portal],
    viewer: NamedDependency[Viewer],
    link: FromPath[str],
) -> Response[str]:
    """The customer's word."""
    form = await read_form(request)
    given, part = rating_from(form), signed_part(link)
    if given is None:
        found = await portal.core.rating(part)
        return _page(portal, viewer, link, found, comment=form.whole("comment"), error=CHOOSE, status=422)
    try:
        found = await portal.core.answer_rating(part, given)
    except Conflict:
        found = await portal.core.rating(part)
        return _page(portal, viewer, link, found, comment=given.comment, status=409)
    return _page(portal, viewer, link, found, done=True)


def _page(
    portal: Portal,
    viewer: Viewer,
    link: str,
    found: RatingQuestion,
    *,
    score: int = 0,
    comment: str = "",
    error: str = "",
    done: bool = False,
    status: int = 200,
) -> Response[str]:
    before = found.rating
    return portal.pages.page(
        viewer,
        "inform/rating.html",
        status=status,
        found=found,
        link=link,
        score=score or (before.score if before else 0),
        comment=comment or (before.comment if before else ""),
        error=portal.pages.text(viewer, error) if error else "",
        done=done,
    )


@post("/requests/{number:int}/rating", status_code=200, include_in_schema=False)
async def rate(
    request: Request[Any, Any, Any],
    portal: NamedDependency[Portal],
    viewer: NamedDependency[Viewer],
    number: FromPath[int],
) -> Response[Any]:
    """The word of the customer who is signed in."""
    signed_in(viewer)
    given = rating_from(await read_form(request))
    if given is None:
        return portal.pages.go(viewer, f"/requests/{number}#rating", CHOOSE, "danger")
    try:
        await portal.core.rate(number, given, token=portal.token(viewer))
    except Conflict:
        return portal.pages.go(viewer, f"/requests/{number}", TOO_LATE, "danger")
    return portal.pages.go(viewer, f"/requests/{number}", THANKS)


def rating_from(form: Form) -> RatingInput | None:
    """What was chosen, with the comment; None where nothing was."""
    score = form.number("score")
    return RatingInput(score=score, comment=form.whole("comment")[:MOST]) if score in SCORES else None


ROUTES = [question, answer, rate]
