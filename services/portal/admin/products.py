"""``/admin/products``: what the desk's house offers."""

from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency

from services.common.errors import Conflict, Invalid
from services.core.contract import NewProduct, ProductChanges
from services.portal.web.forms import read_form
from services.portal.web.labels import N_
from services.portal.web.people import admin
from services.portal.web.portal import Portal
from services.portal.web.viewer import LOCALES, Viewer

SAVED = N_("Saved.")
STALE = N_("Somebody changed this meanwhile. What you wrote stands below; save again to keep it.")


@get("/admin/products", include_in_schema=False)
async def products(portal: NamedDependency[Portal], viewer: NamedDependency[Viewer]) -> Response[str]:
    """Every product with its names."""
    return await _page(portal, admin(viewer))


async def _page(
    portal: Portal, viewer: Viewer, *, typed: dict[str, Any] | None = None, error: str = "", status: int = 200
) -> Response[str]:
    found = await portal.core.products(token=portal.token(viewer))
    return portal.pages.page(
        viewer,
        "admin/products.html",
        status=status,
        products=found,
        typed=typed or {},
        error=error,
        section="products",
    )


@post("/admin/products", status_code=200, include_in_schema=False)
async def save(
    request: Request[Any, Any, Any], portal: NamedDependency[Portal], viewer: NamedDependency[Viewer]
) -> Response[Any]:
    """Add a product, or rename it, or switch it off."""
    form = await read_form(request)
    token = portal.token(admin(viewer))
    key, version = form.text("key", 80).lower(), form.number("version")
    name = {lang: text for lang in LOCALES if (text := form.text(f"name_{lang}", 200))}
    typed: dict[str, Any] = {"key": key, "name": name, "version": version}
    try:
        if version:
            changes = ProductChanges(version=version, name=name, active=form.flag("active"))
            await portal.core.update_product(key, changes, token=token)
        else:
            await portal.core.create_product(
                msgspec.convert({"key": key, "name": name}, NewProduct), token=token
            )
    except msgspec.ValidationError as wrong:
        return await _page(portal, viewer, typed=typed, error=str(wrong), status=422)
    except Invalid as wrong:
        error = " ".join(one.message for one in wrong.errors) or wrong.detail
        return await _page(portal, viewer, typed=typed, error=error, status=422)
    except Conflict as wrong:
        error = portal.pages.text(viewer, STALE) if version else wrong.title
        return await _page(portal, viewer, typed=typed, error=error, status=409)
    portal.taxonomies.forget()
    return portal.pages.go(viewer, "/admin/products", SAVED)


ROUTES = [products, save]
