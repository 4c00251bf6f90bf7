"""The help widget: which sites may ask, what they get, and that it is asked as nobody."""

from typing import Any

import httpx
import pytest

from services.portal.requests import caps
from services.portal.settings import Options
from services.portal.widget import routes
from tests.service.portal.rig import BASE, Rig

SHOP = "https://shop.example"
TYPED = {"subject": "Charged twice", "body": "I see two charges"}
WISH = {**TYPED, "email": "joe@shop.example", "name": "Joe", "once": "1" * 20}


@pytest.fixture
def shop(rig: Rig) -> Rig:
    rig.service.extra.options = Options(widget_origins=(SHOP,))
    return rig


async def ask(rig: Rig, path: str, body: dict[str, Any] | None = None, origin: str = SHOP) -> httpx.Response:
    headers = {"Origin": origin, "Sec-Fetch-Site": "cross-site"}
    if body is None:
        return await rig.http.get(f"/widget/api/{path}", headers=headers)
    return await rig.http.post(f"/widget/api/{path}", json=body, headers=headers)


@pytest.mark.req(10)
async def test_one_script_is_served_to_any_site_within_its_budget(shop: Rig) -> None:
    answer = await shop.http.get("/widget.js")
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    assert len(answer.content) < 100_000
    assert "set-cookie" not in answer.headers


@pytest.mark.req(10, 93)
async def test_a_listed_site_gets_suggestions_and_a_visitor_that_survives(shop: Rig) -> None:
    answer = await ask(shop, "suggestions", TYPED)
    assert answer.headers["access-control-allow-origin"] == SHOP
    assert "access-control-allow-credentials" not in answer.headers
    found = answer.json()
    assert found["items"][0]["href"] == "/help/en/charged-twice"
    again = await ask(shop, "suggestions", {**TYPED, "visitor": found["visitor"]})
    assert again.json()["visitor"] == found["visitor"]
    made_up = await ask(shop, "suggestions", {**TYPED, "visitor": "me.forged"})
    assert made_up.json()["visitor"] != "me.forged"
    marks = [body.visitor for body in shop.kb.asked]
    assert marks[0] == marks[1] != marks[2]
    assert all(body.voucher for body in shop.kb.asked)


@pytest.mark.hard("S-32")
@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "", SHOP + ".evil.example", "http://shop.example"]
)
async def test_a_site_that_is_not_listed_gets_and_does_nothing(shop: Rig, origin: str) -> None:
    for path, body in (("suggestions", TYPED), ("requests", WISH), ("articles/en/charged-twice", None)):
        answer = await ask(shop, path, body, origin)
        assert answer.status_code == 403
        assert "access-control-allow-origin" not in answer.headers
    flight = await shop.http.options("/widget/api/requests", headers={"Origin": origin})
    assert flight.status_code == 403
    assert shop.core.created == []


async def test_the_preflight_of_a_listed_site_is_answered(shop: Rig) -> None:
    flight = await shop.http.options(
        "/widget/api/requests", headers={"Origin": SHOP, "Access-Control-Request-Method": "POST"}
    )
    assert flight.status_code == 204
    assert flight.headers["access-control-allow-headers"] == "content-type"


@pytest.mark.req(6, 10)
async def test_what_is_left_becomes_a_request(shop: Rig) -> None:
    answer = await ask(shop, "requests", WISH)
    assert (answer.status_code, answer.json()) == (201, {"number": 2001})
    body, token, key = shop.core.created[0]
    assert (body.channel, body.requester.email, token) == ("form", "joe@shop.example", None)
    assert key.endswith("1" * 20)


@pytest.mark.hard("S-22")
async def test_it_asks_as_nobody_even_in_a_browser_of_staff(shop: Rig) -> None:
    await shop.sign_in("luis@example.org")
    shop.kb.tokens.clear()
    await ask(shop, "suggestions", TYPED, BASE)
    await ask(shop, "articles/en/charged-twice", None, BASE)
    await ask(shop, "requests", WISH, BASE)
    assert shop.kb.tokens == [None, None]
    assert shop.core.created[0][1] is None


@pytest.mark.hard("S-10")
async def test_an_article_comes_without_scripts_and_foreign_pictures(shop: Rig) -> None:
    html = (await ask(shop, "articles/en/charged-twice")).json()["html"]
    assert "<script" not in html
    assert "http://" not in html.replace('href="http://', "")


@pytest.mark.hard("S-16")
async def test_a_form_that_anybody_may_send_is_no_relay(shop: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(caps, "BY_EMAIL", "2/hour")
    for number in range(3):
        answer = await ask(shop, "requests", {**WISH, "once": str(number) * 20})
    assert answer.status_code == 429
    assert answer.headers["access-control-allow-origin"] == SHOP, "the widget may say what is wrong"
    assert len(shop.core.created) == 2
    form = {"subject": "Help", "body": "Please", "email": "JOE@shop.example"}
    page = await shop.post("/requests/new", form)
    assert page.status_code == 422
    assert "Too many requests" in page.text
    assert "Please" in page.text
    monkeypatch.setattr(caps, "BY_ADDRESS", "3/hour")
    for number in range(4):
        answer = await ask(
            shop, "requests", {**WISH, "email": f"a{number}@b.example", "once": f"x{number}" * 9}
        )
    assert answer.status_code == 429


async def test_one_address_cannot_keep_the_widget_busy(shop: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routes, "ASKING", "2/minute")
    assert [(await ask(shop, "suggestions", TYPED)).status_code for _ in range(3)] == [200, 200, 429]


@pytest.mark.parametrize("text", ["*", "shop.example", "https://shop.example/path", "ftp://shop.example"])
def test_an_origin_that_is_none_stops_the_start(text: str) -> None:
    with pytest.raises(ValueError, match="no origin"):
        Options.load({"TRIAJE_PORTAL_WIDGET_ORIGINS": text})
    found = Options.load({"TRIAJE_PORTAL_WIDGET_ORIGINS": " https://A.example/, http://b.example:8080"})
    assert found.widget_origins == ("https://a.example", "http://b.example:8080")
