"""Push to browsers: the worker that shows it, what makes the workspace installable, and a colleague's own browsers."""

from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency

from services.common.errors import Invalid
from services.core.contract import NewPushSubscription
from services.portal.web.assets import BASE, DIST, Assets
from services.portal.web.forms import read_form
from services.portal.web.ids import uuid_of
from services.portal.web.labels import N_
from services.portal.web.people import agent
from services.portal.web.portal import Portal
from services.portal.web.viewer import Viewer

PATH = "/agent/notifications"
TOLD = N_("This browser is told from now on.")
LEFT = N_("That browser is told no longer.")
NOT_TAKEN = N_("The desk cannot reach the push service of this browser.")
assets = Assets()


@get("/sw.js", include_in_schema=False)
async def worker() -> Response[bytes]:
    """The service worker; browsers ask for it anew each time, so that it never grows old."""
    name = assets("sw.js").removeprefix(BASE)
    headers = {"Cache-Control": "no-cache", "Service-Worker-Allowed": "/"}
    return Response((DIST / name).read_bytes(), media_type="text/javascript; charset=utf-8", headers=headers)


@get("/app.webmanifest", include_in_schema=False)
async def manifest(portal: NamedDependency[Portal], viewer: NamedDependency[Viewer]) -> Response[bytes]:
    """What lets the workspace be installed on a desktop or a phone."""
    name = portal.pages.desk.name
    icon = {"src": assets("icon.svg"), "type": "image/svg+xml", "sizes": "any"}
    body = {
        "id": "/agent",
        "name": name if name == "Triaje" else f"{name} · Triaje",
        "short_name": "Triaje",
        "lang": viewer.locale,
        "start_url": "/agent",
        "scope": "/",
        "display": "standalone",
        "background_color": "#fbfaf7",
        "theme_color": "#fbfaf7",
        "icons": [icon | {"purpose": "any"}, icon | {"purpose": "maskable"}],
    }
    headers = {"Cache-Control": "public, max-age=3600"}
    return Response(msgspec.json.encode(body), media_type="application/manifest+json", headers=headers)


@post(f"{PATH}/browsers", status_code=200, include_in_schema=False)
async def subscribe(
    request: Request[Any, Any, Any], portal: NamedDependency[Portal], viewer: NamedDependency[Viewer]
) -> Response[Any]:
    """Tell this browser of what is urgent."""
    form = await read_form(request)
    token = portal.token(agent(viewer))
    given = {name: form.text(name, 2000) for name in ("endpoint", "p256dh", "auth")}
    try:
        body = msgspec.convert({**given, "device": form.text("device", 120)}, NewPushSubscription)
        await portal.core.subscribe_push(body, token=token)
    except (Invalid, msgspec.ValidationError):
        return portal.pages.go(viewer, PATH, NOT_TAKEN, tone="danger")
    return portal.pages.go(viewer, PATH, TOLD)


@post(f"{PATH}/browsers/forget", status_code=200, include_in_schema=False)
async def unsubscribe(
    request: Request[Any, Any, Any], portal: NamedDependency[Portal], viewer: NamedDependency[Viewer]
) -> Response[Any]:
    """Tell a browser no longer."""
    form = await read_form(request)
    browser = uuid_of(form.text("id", 40))
    await portal.core.unsubscribe_push(browser, token=portal.token(agent(viewer)))
    return portal.pages.go(viewer, PATH, LEFT)


ROUTES = [worker, manifest, subscribe, unsubscribe]
