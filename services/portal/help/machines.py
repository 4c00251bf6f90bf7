"""What machines read of the help centre: site map, feed, robots. All of it is what any visitor may read."""

from typing import Any
from xml.etree.ElementTree import Element, SubElement, register_namespace, tostring

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from services.common.errors import NotFound
from services.common.text import single_line
from services.kb.contract import Address
from services.portal.web.portal import Portal
from services.portal.web.viewer import LOCALES, Viewer

SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
XHTML = "http://www.w3.org/1999/xhtml"
ATOM = "http://www.w3.org/2005/Atom"
ENTRIES = 30
HIDDEN = (
    "/agent",
    "/admin",
    "/requests",
    "/sign-in",
    "/status",
    "/notices",
    "/t/",
    "/attachments",
    "/live",
    "/internal",
    "/api/",
)
CACHE = {"Cache-Control": "public, max-age=3600"}

for prefix, name in (("", SITEMAP), ("xhtml", XHTML), ("atom", ATOM)):
    register_namespace(prefix, name)


@get("/robots.txt", include_in_schema=False)
async def robots(portal: NamedDependency[Portal]) -> Response[str]:
    """Where crawlers need not look, and where the map is."""
    lines = [
        "User-agent: *",
        *(f"Disallow: {path}" for path in HIDDEN),
        f"Sitemap: {portal.guard.url}/sitemap.xml",
    ]
    return Response("\n".join(lines) + "\n", media_type="text/plain; charset=utf-8", headers=CACHE)


@get("/sitemap.xml", include_in_schema=False)
async def sitemap(portal: NamedDependency[Portal]) -> Response[bytes]:
    """Every public article in every language, each with its others."""
    root = Element(f"{{{SITEMAP}}}urlset")
    _url(root, f"{portal.guard.url}/", None, {})
    for address in await portal.reader.addresses():
        slugs = {
            lang: _link(portal, lang, slug) for lang, slug in sorted(address.slugs.items()) if lang in LOCALES
        }
        for link in slugs.values():
            _url(root, link, address, slugs if len(slugs) > 1 else {})
    return _xml(root, "application/xml")


@get("/help/{lang:str}/feed.xml", include_in_schema=False)
async def feed(
    portal: NamedDependency[Portal], viewer: NamedDependency[Viewer], lang: FromPath[str]
) -> Response[bytes]:
    """The newest public articles of a language, as Atom."""
    if lang not in LOCALES:
        raise NotFound
    found = await portal.reader.addresses(lang=lang, limit=ENTRIES)
    here = f"{portal.guard.url}/help/{lang}/feed.xml"
    root = Element(f"{{{ATOM}}}feed", {"{http://www.w3.org/XML/1998/namespace}lang": lang})
    _text(root, "title", portal.pages.desk.name)
    _text(root, "id", here)
    SubElement(root, f"{{{ATOM}}}link", {"rel": "self", "href": here})
    _text(root, "updated", (found[0].updated_at if found else portal.clock.now()).isoformat())
    author = SubElement(root, f"{{{ATOM}}}author")
    _text(author, "name", portal.pages.desk.name)
    for address in found:
        entry = SubElement(root, f"{{{ATOM}}}entry")
        _text(entry, "title", address.titles[lang])
        _text(entry, "id", f"urn:uuid:{address.id}")
        SubElement(
            entry, f"{{{ATOM}}}link", {"href": _link(portal, lang, address.slugs[lang]), "hreflang": lang}
        )
        _text(entry, "updated", address.updated_at.isoformat())
        _text(entry, "summary", address.summaries[lang])
    return _xml(root, "application/atom+xml")


def _link(portal: Portal, lang: str, slug: str) -> str:
    return f"{portal.guard.url}/help/{lang}/{slug}"


def _url(root: Element, link: str, address: Address | None, others: dict[str, str]) -> None:
    url = SubElement(root, f"{{{SITEMAP}}}url")
    SubElement(url, f"{{{SITEMAP}}}loc").text = link
    if address is not None:
        SubElement(url, f"{{{SITEMAP}}}lastmod").text = address.updated_at.date().isoformat()
    for lang, other in others.items():
        SubElement(url, f"{{{XHTML}}}link", {"rel": "alternate", "hreflang": lang, "href": other})


def _text(parent: Element, name: str, text: str) -> None:
    SubElement(parent, f"{{{ATOM}}}{name}").text = single_line(text, 1000)


def _xml(root: Element, kind: str) -> Response[Any]:
    return Response(
        tostring(root, encoding="utf-8", xml_declaration=True),
        media_type=f"{kind}; charset=utf-8",
        headers=CACHE,
    )


ROUTES = [robots, sitemap, feed]
