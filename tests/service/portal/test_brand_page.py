"""How the desk looks: chosen on one page, seen before it is kept, and on every page and in the widget right after."""

import re

import pytest

from tests.service.core.test_brand import png
from tests.service.portal.rig import BASE, Rig

GOOD = {"name": "Caja Norte", "accent": "#0b5c55", "accent_dark": "", "url": "https://ayuda.norte.example"}


@pytest.mark.req(89)
async def test_name_logo_colours_and_address_show_at_once_on_pages_and_in_the_widget(admin: Rig) -> None:
    saved = await admin.post("/admin/brand", GOOD, files={"logo": ("logo.png", png(), "image/png")})
    assert saved.status_code == 303, saved.text
    visitor = admin.another_browser()
    home = (await visitor.get("/")).text
    assert "<b>Caja Norte</b>" in home
    assert '<img class="top-logo" src="/brand/logo/abc" alt="" height="28" width="84">' in home
    theme = re.search(r'href="(/brand/theme/[^"]+)"', home)
    assert theme
    sheet = await visitor.get(theme[1])
    assert "--accent:light-dark(#0b5c55,#" in sheet.text
    assert sheet.headers["content-type"].startswith("text/css")
    assert "immutable" in sheet.headers["cache-control"]
    logo = await visitor.get("/brand/logo/abc")
    assert (logo.content, logo.headers["content-type"]) == (png(), "image/png")
    assert (await visitor.get("/brand/logo/other")).status_code == 404
    assert (await visitor.get("/brand/theme/other.css")).status_code == 404
    assert "<loc>https://ayuda.norte.example/</loc>" in (await visitor.get("/sitemap.xml")).text
    widget = (await visitor.get("/widget/api/desk", headers={"origin": BASE})).json()
    assert (widget["name"], widget["palette"]["accent"]) == ("Caja Norte", "#0b5c55")
    await visitor.aclose()


@pytest.mark.req(89)
async def test_a_faint_colour_is_refused_beside_its_field_and_the_nearest_is_a_button_away(
    admin: Rig,
) -> None:
    refused = await admin.post("/admin/brand", GOOD | {"accent": "#ffd200", "name": "Long typed name"})
    assert refused.status_code == 422
    assert re.search(r"The contrast is 1\.\d\d : 1, and text needs 4\.5 : 1\.", refused.text)
    assert "Long typed name" in refused.text
    nearest = re.search(r'name="take_light" value="(#[0-9a-f]{6})"', refused.text)
    assert nearest
    taken = await admin.post(
        "/admin/brand", GOOD | {"accent": "#ffd200", "name": "Long typed name", "take_light": nearest[1]}
    )
    assert taken.status_code == 200
    assert f'value="{nearest[1]}"' in taken.text
    assert "Long typed name" in taken.text
    assert admin.core.look.version == 0, "taken into the form, not yet kept"
    assert (await admin.post("/admin/brand", GOOD | {"accent": nearest[1]})).status_code == 303


@pytest.mark.req(89)
async def test_the_preview_shows_both_schemes_and_colours_its_own_box_alone(admin: Rig) -> None:
    shown = (await admin.http.get("/admin/brand/preview?accent=%230b5c55&name=Caja%20Norte")).text
    assert shown.count('class="brand-sample"') == 2
    assert "style=" not in shown, "pages have no inline styles"
    sheet = (await admin.http.get("/admin/brand/preview.css?accent=%230b5c55")).text
    assert sheet.startswith(".brand-sample{--accent:light-dark(#0b5c55,#")
    assert (await admin.http.get("/admin/brand/preview.css?accent=}body{x")).text == ""


@pytest.mark.hard("S-01")
async def test_a_logo_that_could_run_is_refused_and_the_rest_is_not_lost(admin: Rig) -> None:
    svg = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
    answer = await admin.post("/admin/brand", GOOD, files={"logo": ("logo.png", svg, "image/png")})
    assert answer.status_code == 422
    assert "SVG files may carry scripts" in answer.text
    assert "Caja Norte" in answer.text
    again = re.search(r'name="version" value="(\d+)"', answer.text)
    assert again
    assert int(again[1]) == admin.core.look.version


async def test_only_admins_choose_and_a_desk_goes_on_looking_as_it_did_while_core_is_away(agent: Rig) -> None:
    for path in ("/admin/brand", "/admin/brand/preview", "/admin/brand/preview.css?accent=%230b5c55"):
        assert (await agent.http.get(path)).status_code == 403
    assert (await agent.post("/admin/brand", GOOD)).status_code == 403
    agent.core.away = True
    visitor = agent.another_browser()
    assert "Banco Faro" in (await visitor.get("/sign-in")).text
    await visitor.aclose()
