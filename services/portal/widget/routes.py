"""``/widget.js`` and what it asks for: suggestions, articles, events, requests. Always as a visitor."""

from typing import Any
from uuid import UUID

import msgspec
from litestar import Request, Response, Router, get, post, route
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody

from services.common.errors import DeskError, NotFound, TooMany
from services.common.problems import HANDLERS
from services.core.contract import NewTicket, Palette, Requester
from services.kb.contract import EventKind, Segment, SuggestionInput
from services.portal.requests.caps import within_caps
from services.portal.requests.views import SESSIONS
from services.portal.web.assets import BASE as DIST_PATH
from services.portal.web.assets import DIST, Assets
from services.portal.web.i18n import pick
from services.portal.web.pages import safe
from services.portal.web.portal import Portal
from services.portal.web.viewer import LOCALES, Viewer
from services.portal.widget.cors import allowed
from services.portal.widget.visitors import welcome

API = "/widget/api"
ASKING = "60/minute"  # calls of one address: a person who types pauses ten times a minute
MOST = 4
assets = Assets()


class Asked(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What somebody has typed so far; ``visitor`` is the token that an earlier answer gave."""

    subject: str = ""
    body: str = ""
    lang: str = "en"
    session: UUID | None = None
    visitor: str | None = None


class Item(msgspec.Struct, kw_only=True):
    article: UUID
    title: str
    lang: str
    slug: str
    href: str
    highlight: list[Segment]


class Found(msgspec.Struct, kw_only=True):
    session: UUID
    visitor: str
    shown: bool
    items: list[Item]


class Told(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    kind: EventKind
    article: UUID | None = None


class Wish(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A request for a person."""

    subject: str
    body: str
    email: str
    name: str = ""
    session: UUID | None = None
    once: str = ""
    lang: str = "en"


class News(msgspec.Struct, kw_only=True):
    title: str
    body: str
    severity: str


class About(msgspec.Struct, kw_only=True):
    """The desk as the widget shows it."""

    name: str
    palette: Palette | None
    notices: list[News]


class Crowded(TooMany):
    code, title = "portal.too_many_calls", "Too many calls in a short time"


@get("/widget.js", include_in_schema=False)
async def script() -> Response[bytes]:
    """The widget itself, the same for everybody."""
    name = assets("widget.js").removeprefix(DIST_PATH)
    headers = {"Cache-Control": "public, max-age=3600", "Cross-Origin-Resource-Policy": "cross-origin"}
    return Response((DIST / name).read_bytes(), media_type="text/javascript; charset=utf-8", headers=headers)


@route(
    [API + "/suggestions", API + "/requests", API + "/sessions/{session:uuid}/events"],
    http_method=["OPTIONS"],
    include_in_schema=False,
)
async def preflight(request: Request[Any, Any, Any], portal: NamedDependency[Portal]) -> Response[None]:
    """A browser asks on behalf of a site before it lets the site ask."""
    return Response(None, status_code=204, headers=allowed(portal, request))


@get(API + "/desk", include_in_schema=False)
async def about(
    request: Request[Any, Any, Any],
    portal: NamedDependency[Portal],
    lang: FromQuery[str] = "en",
) -> Response[About]:
    """What the desk tells everybody just now."""
    headers = allowed(portal, request)  # answered from memory: every page of a site asks
    request.scope["state"]["widget"] = headers
    language = _lang(lang)
    told = await portal.notices.current(Viewer(locale=language))
    notices = [
        News(title=pick(n.title, language), body=pick(n.body, language), severity=n.severity) for n in told
    ]
    palette = portal.brands.brand.palette if portal.brands.brand else None
    return Response(About(name=portal.pages.desk.name, palette=palette, notices=notices), headers=headers)


@post(API + "/suggestions", status_code=200, include_in_schema=False)
async def suggestions(
    request: Request[Any, Any, Any],
    portal: NamedDependency[Portal],
    viewer: NamedDependency[Viewer],
    data: JSONBody[Asked],
) -> Response[Found]:
    """Answers to what is being typed; none in the control share."""
    headers = await _enter(request, portal, viewer)
    token, visitor, _ = welcome(portal.guard, data.visitor)
    counted = data.session is not None or await portal.callers.take("sessions", viewer.address, SESSIONS)
    body = SuggestionInput(
        subject=data.subject[:500],
        body=data.body[:5000],
        session=data.session,
        visitor=visitor,
        voucher=portal.guard.voucher(visitor) if counted else None,
        lang=_lang(data.lang),
        limit=MOST,
    )
    found = await portal.reader.suggest(body)
    items = [
        Item(
            article=s.article,
            title=s.title,
            lang=s.lang,
            slug=s.slug,
            href=f"/help/{s.lang}/{s.slug}",
            highlight=s.highlight or [Segment(text=s.passage)],
        )
        for s in found.items
    ]
    answer = Found(
        session=found.session, visitor=token, shown=found.shown, items=items if found.shown else []
    )
    return Response(answer, headers=headers)


@get(API + "/articles/{lang:str}/{slug:str}", include_in_schema=False)
async def article(
    request: Request[Any, Any, Any],
    portal: NamedDependency[Portal],
    viewer: NamedDependency[Viewer],
    lang: FromPath[str],
    slug: FromPath[str],
) -> Response[dict[str, str]]:
    """A public article, sanitised: no pictures of other hosts, nothing that runs."""
    headers = await _enter(request, portal, viewer)
    if lang not in LOCALES:
        raise NotFound
    page = await portal.reader.page(lang, slug)
    return Response({"title": page.title, "html": str(safe(page.html))}, headers=headers)


@post(API + "/sessions/{session:uuid}/events", status_code=204, include_in_schema=False)
async def event(
    request: Request[Any, Any, Any],
    portal: NamedDependency[Portal],
    viewer: NamedDependency[Viewer],
    session: FromPath[UUID],
    data: JSONBody[Told],
) -> Response[None]:
    """What somebody did with an answer."""
    headers = await _enter(request, portal, viewer)
    if data.kind != "ticket":  # core tells of tickets, nobody else
        await portal.reader.session_event(session, data.kind, article=data.article)
    return Response(None, status_code=204, headers=headers)


@post(API + "/requests", status_code=201, include_in_schema=False)
async def send(
    request: Request[Any, Any, Any],
    portal: NamedDependency[Portal],
    viewer: NamedDependency[Viewer],
    data: JSONBody[Wish],
) -> Response[dict[str, int]]:
    """A request for a person."""
    headers = await _enter(request, portal, viewer)
    await within_caps(portal, viewer.address, data.email)
    body = NewTicket(
        subject=data.subject[:200],
        body=data.body,
        channel="form",
        requester=Requester(email=data.email.strip()[:254], name=data.name[:200]),
        suggestion_session=str(data.session) if data.session else None,
    )
    key = f"widget:{data.email}:{data.once[:64]}" if data.once else None
    ticket = await portal.core.create_ticket(body, token=None, idempotency_key=key)
    return Response({"number": ticket.number}, status_code=201, headers=headers)


async def _enter(request: Request[Any, Any, Any], portal: Portal, viewer: Viewer) -> dict[str, str]:
    headers = allowed(portal, request)
    request.scope["state"]["widget"] = headers
    if not await portal.callers.take("widget", viewer.address, ASKING):
        raise Crowded(retry_after=30)
    return headers


def _lang(lang: str) -> str:
    return lang if lang in LOCALES else LOCALES[0]


def _problem(request: Request[Any, Any, Any], error: DeskError) -> Response[Any]:
    """A refusal that the asking site may read, so that the widget can say what is wrong."""
    answer: Response[Any] = HANDLERS[DeskError](request, error)
    answer.headers.update(request.scope["state"].get("widget", {}))
    return answer


ROUTES = [
    script,
    Router(
        "/",
        route_handlers=[preflight, about, suggestions, article, event, send],
        exception_handlers={DeskError: _problem},
    ),
]
