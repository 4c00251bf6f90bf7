"""What crawlers and feed readers get of the help centre."""

from xml.etree import ElementTree as ET

import pytest

from tests.service.portal.rig import BASE, Rig

SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.mark.req(91)
async def test_the_site_map_lists_every_language_of_an_article_with_its_others(rig: Rig) -> None:
    answer = await rig.http.get("/sitemap.xml")
    assert answer.headers["content-type"].startswith("application/xml")
    root = ET.fromstring(answer.content)
    places = [node.text for node in root.iter(f"{SITEMAP}loc")]
    assert places == [f"{BASE}/", f"{BASE}/help/en/charged-twice", f"{BASE}/help/es/cargo-doble"]
    others = [node.get("hreflang") for node in root.iter("{http://www.w3.org/1999/xhtml}link")]
    assert others == ["en", "es", "en", "es"]
    assert f"Sitemap: {BASE}/sitemap.xml" in (await rig.http.get("/robots.txt")).text


async def test_the_feed_has_the_newest_articles_of_a_language(rig: Rig) -> None:
    answer = await rig.http.get("/help/en/feed.xml")
    root = ET.fromstring(answer.content)
    assert [node.text for node in root.iter(f"{ATOM}title")] == ["Banco Faro", "Charged <twice> & more"]
    assert (await rig.http.get("/help/xx/feed.xml")).status_code == 404


async def test_an_article_says_where_its_other_languages_are(rig: Rig) -> None:
    page = (await rig.http.get("/help/en/charged-twice")).text
    assert f'<link rel="canonical" href="{BASE}/help/en/charged-twice">' in page
    assert f'hreflang="es" href="{BASE}/help/es/cargo-doble"' in page


async def test_machines_ask_as_nobody_even_in_a_signed_in_browser(agent: Rig) -> None:
    agent.kb.tokens.clear()
    for path in ("/sitemap.xml", "/help/en/feed.xml"):
        await agent.http.get(path)
    assert agent.kb.tokens == [None, None]
