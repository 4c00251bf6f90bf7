"""``/sign-in``, ``/sign-out``, ``/preferences``."""

from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery

from services.common.errors import DeskError, TooMany, Unavailable
from services.core.contract import Credentials, MagicLinkRedeem, MagicLinkRequest, OpenSession
from services.portal.web.forms import read_form
from services.portal.web.labels import N_
from services.portal.web.portal import Portal
from services.portal.web.security import safe_next
from services.portal.web.viewer import LOCALES, THEMES, Viewer

WRONG = N_("That e-mail address and password do not match.")
SLOW = N_("Too many tries in a short time. Wait a few minutes.")
AWAY = N_("Signing in is away for a moment. Try again shortly.")
OLD_LINK = N_("This link has been used or is too old. Ask for a new one.")
GOODBYE = N_("You are signed out.")


@get("/sign-in", include_in_schema=False)
async def form_page(
    portal: NamedDependency[Portal], viewer: NamedDependency[Viewer], next: FromQuery[str] = ""
) -> Response[Any]:
    """The form; who is signed in already goes where they were going."""
    target = safe_next(next, "")
    if viewer.person is not None:
        return portal.pages.go(viewer, target or home_of(viewer.roles))
    return _form(portal, viewer, target)


@post("/sign-in", status_code=200, include_in_schema=False)
async def sign_in(
    request: Request[Any, Any, Any], portal: NamedDependency[Portal], viewer: NamedDependency[Viewer]
) -> Response[Any]:
    """Sign in with a password. The answer is the same for an unknown address and a wrong password."""
    form = await read_form(request)
    target, email = safe_next(form.text("next"), ""), form.text("email", 254)
    body = Credentials(email=email, password=form.values.get("password", "")[:1000], address=viewer.address)
    try:
        opened = await portal.core.open_session(body)
    except DeskError as error:
        return _form(portal, viewer, target, email=email, error=error)
    return await _enter(portal, viewer, opened, target)


@post("/sign-in/link", status_code=200, include_in_schema=False)
async def ask_link(
    request: Request[Any, Any, Any], portal: NamedDependency[Portal], viewer: NamedDependency[Viewer]
) -> Response[Any]:
    """Send a link by mail; the page says the same whether the address is known or not."""
    form = await read_form(request)
    email = form.text("email", 254)
    wish = MagicLinkRequest(
        email=email, locale="es" if viewer.locale == "es" else "en", address=viewer.address
    )
    try:
        await portal.core.send_magic_link(wish)
    except (TooMany, Unavailable) as error:
        return _form(portal, viewer, safe_next(form.text("next"), ""), email=email, error=error)
    except DeskError:
        pass  # an address that is none gets the same page
    return portal.pages.page(viewer, "session/link_sent.html", email=email)


@get("/sign-in/link", include_in_schema=False)
async def link_page(
    portal: NamedDependency[Portal], viewer: NamedDependency[Viewer], token: FromQuery[str] = ""
) -> Response[str]:
    """Where the mailed link leads. Opening it changes nothing, since mail scanners open links too."""
    return portal.pages.page(
        viewer, "session/link.html", token=token[:200], error="", headers={"Referrer-Policy": "no-referrer"}
    )


@post("/sign-in/link/redeem", status_code=200, include_in_schema=False)
async def redeem(
    request: Request[Any, Any, Any], portal: NamedDependency[Portal], viewer: NamedDependency[Viewer]
) -> Response[Any]:
    """Sign in with the mailed link, once."""
    form = await read_form(request)
    try:
        opened = await portal.core.redeem_magic_link(
            MagicLinkRedeem(token=form.text("token", 200), address=viewer.address)
        )
    except DeskError as error:
        said = AWAY if isinstance(error, Unavailable) else OLD_LINK
        return portal.pages.page(
            viewer, "session/link.html", status=error.status, token="", error=portal.pages.text(viewer, said)
        )
    return await _enter(portal, viewer, opened, "")


@post("/sign-out", status_code=200, include_in_schema=False)
async def sign_out(portal: NamedDependency[Portal], viewer: NamedDependency[Viewer]) -> Response[Any]:
    """End the session here and at core."""
    if viewer.session is not None:
        await portal.sessions.end(viewer.session.key)
    return portal.pages.go(viewer, "/", GOODBYE, cookies=[portal.guard.expired("session")])


@post("/preferences", status_code=200, include_in_schema=False)
async def preferences(
    request: Request[Any, Any, Any], portal: NamedDependency[Portal], viewer: NamedDependency[Viewer]
) -> Response[Any]:
    """Language and appearance of this browser."""
    form = await read_form(request)
    cookies = []
    if (locale := form.text("locale", 5)) in LOCALES:
        cookies.append(portal.guard.cookie("locale", locale))
    if (theme := form.text("theme", 10)) in THEMES:
        cookies.append(portal.guard.cookie("theme", theme))
    return portal.pages.go(viewer, safe_next(form.text("next", 2000)), cookies=cookies)


async def _enter(portal: Portal, viewer: Viewer, opened: OpenSession, target: str) -> Response[Any]:
    old = viewer.session.key if viewer.session else ""
    session = await portal.sessions.open(opened, old)
    target = target or home_of(opened.actor.roles)
    return portal.pages.go(viewer, target, cookies=[portal.guard.cookie("session", session.key)])


def home_of(roles: list[str]) -> str:
    """Where somebody begins: staff in the workspace, customers with their requests."""
    return "/agent" if {"agent", "lead", "admin", "light"} & set(roles) else "/requests"


def _form(
    portal: Portal, viewer: Viewer, target: str, *, email: str = "", error: DeskError | None = None
) -> Response[Any]:
    said = WRONG if error else ""
    if isinstance(error, TooMany):
        said = SLOW
    elif isinstance(error, Unavailable):
        said = AWAY
    return portal.pages.page(
        viewer,
        "session/sign_in.html",
        status=error.status if error else 200,
        headers={k: v for k, v in error.headers.items() if k == "Retry-After"} if error else None,
        next=target,
        email=email,
        error=portal.pages.text(viewer, said) if said else "",
    )


ROUTES = [form_page, sign_in, ask_link, link_page, redeem, sign_out, preferences]
