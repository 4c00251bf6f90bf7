"""``/brand/…``: the colours as a style sheet and the logo, both named after what is in them."""

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from services.common.errors import NotFound
from services.portal.web.brand import fingerprint, style
from services.portal.web.portal import Portal

FOREVER = {"Cache-Control": "public, max-age=31536000, immutable"}


@get("/brand/theme/{name:str}", include_in_schema=False)
async def theme(portal: NamedDependency[Portal], name: FromPath[str]) -> Response[str]:
    """The colours that are shown now."""
    palette = portal.brands.brand.palette if portal.brands.brand else None
    if palette is None or name != f"{fingerprint(palette)}.css":
        raise NotFound
    return Response(style(palette), media_type="text/css; charset=utf-8", headers=FOREVER)


@get("/brand/logo/{name:str}", include_in_schema=False)
async def logo(portal: NamedDependency[Portal], name: FromPath[str]) -> Response[bytes]:
    """The logo that is shown now; also to mails and to sites with the widget."""
    found = await portal.brands.picture(name)
    if found is None:
        raise NotFound
    headers = {
        **FOREVER,
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Resource-Policy": "cross-origin",
    }
    return Response(found[1], media_type=found[0], headers=headers)


ROUTES = [theme, logo]
