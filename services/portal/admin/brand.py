"""``/admin/brand``: name, logo, colours and address, looked at before they are kept."""

from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery

from services.common.errors import Conflict, DeskError, Invalid, TooLarge
from services.core.contract import Brand, BrandCheck, BrandColours, BrandInput
from services.portal.web.brand import style
from services.portal.web.forms import read_form
from services.portal.web.labels import N_
from services.portal.web.people import admin
from services.portal.web.portal import Portal
from services.portal.web.viewer import Viewer

SAVED = N_("Saved. Customers see it within a few seconds.")
STALE = N_("Somebody changed this meanwhile. Look at the newest state before you save again.")
NO_COLOUR = N_("A colour is written like #0b5c55.")
MISSING = N_("A dark colour goes with a light one.")
NO_ADDRESS = N_("An address such as https://help.example.com, without a path.")
CONTRAST = N_("The contrast is %(ratio)s : 1, and text needs 4.5 : 1.")
LOGO = {
    "type": N_("A logo is a PNG, JPEG or WebP picture. SVG files may carry scripts."),
    "too_large": N_("A logo has at most 256 kB."),
    "pixels": N_("A logo has at most 2,000 pixels a side."),
    "damaged": N_("The picture is damaged."),
}
USUAL = "#005a78"


class Look(msgspec.Struct):
    """The form as it stands, what was wrong with it, and what is said about its colours."""

    brand: BrandInput
    kept: Brand
    errors: dict[str, str] = {}
    check: BrandCheck | None = None


@get("/admin/brand", include_in_schema=False)
async def page(portal: NamedDependency[Portal], viewer: NamedDependency[Viewer]) -> Response[str]:
    """How the desk looks now, with a form."""
    kept = await portal.core.brand(token=portal.token(admin(viewer)))
    given = BrandInput(
        name=kept.name, accent=kept.accent, accent_dark=kept.accent_dark, url=kept.url, version=kept.version
    )
    return await _page(portal, viewer, Look(given, kept))


async def _page(portal: Portal, viewer: Viewer, look: Look, status: int = 200) -> Response[str]:
    look.check = await _check(portal, viewer, look.brand.accent or USUAL, look.brand.accent_dark)
    return portal.pages.page(
        viewer, "admin/brand.html", status=status, look=look, site=portal.guard.url, section="brand"
    )


async def _check(portal: Portal, viewer: Viewer, accent: str, dark: str) -> BrandCheck | None:
    try:
        return await portal.core.check_brand(
            BrandColours(accent=accent, accent_dark=dark), token=portal.token(viewer)
        )
    except DeskError:
        return None  # what is no colour shows nothing


@get("/admin/brand/preview", include_in_schema=False)
async def preview(
    portal: NamedDependency[Portal],
    viewer: NamedDependency[Viewer],
    accent: FromQuery[str] = "",
    accent_dark: FromQuery[str] = "",
    name: FromQuery[str] = "",
) -> Response[str]:
    """What the colours would look like, while one chooses."""
    admin(viewer)
    check = await _check(portal, viewer, accent or USUAL, accent_dark)
    shown = name.strip()[:80] or portal.pages.desk.name
    return portal.pages.page(viewer, "admin/_brand_preview.html", check=check, name=shown)


@get("/admin/brand/preview.css", include_in_schema=False)
async def preview_style(
    portal: NamedDependency[Portal],
    viewer: NamedDependency[Viewer],
    accent: FromQuery[str],
    accent_dark: FromQuery[str] = "",
) -> Response[str]:
    """The colours of the preview, for its box alone."""
    admin(viewer)
    check = await _check(portal, viewer, accent, accent_dark)
    text = style(check.palette, ".brand-sample") if check else ""
    return Response(text, media_type="text/css; charset=utf-8", headers={"Cache-Control": "no-store"})


@post("/admin/brand", status_code=200, include_in_schema=False)
async def keep(
    request: Request[Any, Any, Any], portal: NamedDependency[Portal], viewer: NamedDependency[Viewer]
) -> Response[Any]:
    """Keep it all, the logo with it."""
    form, token = await read_form(request), portal.token(admin(viewer))
    given = BrandInput(
        name=form.text("name", 80),
        accent=form.text("take_light", 40) or form.text("accent", 40),
        accent_dark=form.text("take_dark", 40) or form.text("accent_dark", 40),
        url=form.text("url", 300),
        version=form.number("version"),
    )
    if form.text("take_light") or form.text("take_dark"):
        return await _again(portal, viewer, given, {}, 200)  # taken into the form, not yet kept
    try:
        kept = await portal.core.keep_brand(given, token=token)
        if form.files:
            kept = await portal.core.keep_logo(await form.files[0].read(), token=token)
        elif form.flag("no_logo"):
            await portal.core.drop_logo(token=token)
            kept = await portal.core.brand(token=token)
    except Conflict:
        return await _again(portal, viewer, given, {"form": portal.pages.text(viewer, STALE)}, 409)
    except TooLarge:
        return await _again(portal, viewer, given, {"logo": portal.pages.text(viewer, LOGO["too_large"])})
    except Invalid as wrong:
        return await _again(portal, viewer, given, await _said(portal, viewer, given, wrong))
    portal.brands.use(kept)
    return portal.pages.go(viewer, "/admin/brand", SAVED)


async def _again(
    portal: Portal, viewer: Viewer, given: BrandInput, errors: dict[str, str], status: int = 422
) -> Response[str]:
    """The form with what was typed; a logo that was refused came after the rest was kept."""
    kept = await portal.core.brand(token=portal.token(viewer))
    if "logo" in errors:
        given.version = kept.version
        portal.brands.use(kept)
    return await _page(portal, viewer, Look(given, kept, errors), status)


async def _said(portal: Portal, viewer: Viewer, given: BrandInput, wrong: Invalid) -> dict[str, str]:
    """Core's refusals in the viewer's language; a ratio comes from the check of the same colours."""
    text = portal.pages.text
    said: dict[str, str] = {}
    check = await _check(portal, viewer, given.accent or USUAL, given.accent_dark)
    for error in wrong.errors:
        if error.field == "logo":
            said["logo"] = text(viewer, LOGO.get(error.code, LOGO["damaged"]))
        elif error.field == "url":
            said["url"] = text(viewer, NO_ADDRESS)
        elif error.code == "contrast" and check is not None:
            verdict = check.light if error.field == "accent" else check.dark
            said[error.field] = text(viewer, CONTRAST, ratio=f"{verdict.ratio:.2f}")
        else:
            said[error.field] = text(viewer, MISSING if error.code == "missing" else NO_COLOUR)
    return said


ROUTES = [page, preview, preview_style, keep]
