"""From a request to its viewer: cookies, session, language, nonce."""

import secrets
from collections.abc import Awaitable, Callable
from typing import Any
from zoneinfo import available_timezones

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.datastructures import URL

from services.common.errors import Forbidden, NotFound, Unauthorized, Unavailable
from services.common.http import ANONYMOUS, Actor
from services.portal.web.i18n import negotiate
from services.portal.web.security import Guard
from services.portal.web.sessions import Sessions
from services.portal.web.viewer import LOCALES, THEMES, Viewer

ZONES = available_timezones()
Scope = Any


def authenticator(
    guard: Guard, sessions: Sessions, bearer: Callable[[Scope], Awaitable[Actor]]
) -> Callable[[Scope], Awaitable[Actor]]:
    """Identity of the portal's requests: services by their token, people by their session cookie."""

    async def authenticate(scope: Scope) -> Actor:
        path: str = scope["path"]
        if path.startswith("/static/"):
            return ANONYMOUS
        if path.startswith("/internal/") or path == "/metrics":
            return await bearer(scope)
        viewer = await find_viewer(scope, guard, sessions)
        scope.setdefault("state", {})["viewer"] = viewer
        person = viewer.person
        if person is None:
            return ANONYMOUS
        return Actor(
            id=person.id,
            kind=person.kind,
            roles=tuple(person.roles),
            scopes=tuple(person.scopes),
            name=person.name,
        )

    return authenticate


async def find_viewer(scope: Scope, guard: Guard, sessions: Sessions) -> Viewer:
    """Everything about who looks; a session that core no longer knows is nobody's."""
    connection: ASGIConnection[Any, Any, Any, Any] = ASGIConnection(scope)
    cookies, headers = connection.cookies, connection.headers
    key = cookies.get(guard.cookie_name("session"), "")
    session = await sessions.find(key) if key else None
    seed = cookies.get(guard.cookie_name("seed"), "")
    new_seed = not 20 <= len(seed) <= 100
    if new_seed:
        seed = secrets.token_urlsafe(24)
    choice = cookies.get(guard.cookie_name("locale"), "")
    own = session.person.locale if session else ""
    locale = next((c for c in (choice, own) if c in LOCALES), "") or negotiate(
        headers.get("accept-language", "")
    )
    theme = cookies.get(guard.cookie_name("theme"), "system")
    zone = cookies.get("tz", "").replace("%2F", "/")
    return Viewer(
        locale=locale,
        theme=theme if theme in THEMES else "system",
        zone=zone if zone in ZONES else "UTC",
        here=_here(connection.url, headers.get("hx-current-url", "")),
        csrf=guard.token(seed, session.key if session else ""),
        nonce=secrets.token_urlsafe(16),
        seed=seed,
        new_seed=new_seed,
        visitor=guard.visitor(seed),
        address=(scope.get("client") or ("",))[0],
        htmx=headers.get("hx-request") == "true",
        session=session,
        token=session.token if session else "",
        flash=guard.unpack_flash(cookies.get(guard.cookie_name("flash"), "")),
    )


def _here(url: URL, current: str) -> str:
    """The page that the person is on, without host: a partial's own address is not one."""
    shown = URL(current) if current else url
    return shown.path + (f"?{shown.query}" if shown.query else "")


def viewer_of(request: Request[Any, Any, Any]) -> Viewer:
    """The viewer that the outermost layer found."""
    found = request.scope.get("state", {}).get("viewer")
    return found if isinstance(found, Viewer) else Viewer()


def signed_in(viewer: Viewer) -> Viewer:
    """Raises :class:`Unauthorized` for visitors: the portal shows them the sign-in page.

    While core is away a session stands without its token; a call without one would be the portal's own.
    """
    if viewer.person is None:
        raise Unauthorized
    if not viewer.token:
        raise Unavailable
    return viewer


def agent(viewer: Viewer) -> Viewer:
    """Staff only; customers are told that there is no such page."""
    if not signed_in(viewer).is_agent:
        raise NotFound
    return viewer


def lead(viewer: Viewer) -> Viewer:
    """Leads and admins."""
    if not agent(viewer).is_lead:
        raise Forbidden
    return viewer


def admin(viewer: Viewer) -> Viewer:
    """Admins."""
    if not agent(viewer).is_admin:
        raise Forbidden
    return viewer
