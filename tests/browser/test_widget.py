"""The widget on somebody else's page: another origin, a strict policy, a small screen."""

import http.server
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import AXE
from tests.support.desk import Desk, copied
from tests.support.servers import free_port

PAGE = """<!doctype html><html lang="{lang}"><head><meta charset="utf-8"><title>Shop</title>
<style>* {{ color: red !important; font-size: 40px }} button {{ display: none }}</style></head>
<body><main><h1>Shop</h1><p>Things for sale.</p></main><script src="{desk}/widget.js" defer></script></body></html>"""


class Shop(http.server.BaseHTTPRequestHandler):
    """A site with a policy that allows the desk's script and calls, and nothing inline."""

    desk = ""

    def do_GET(self) -> None:
        body = PAGE.format(desk=self.desk, lang=self.path.strip("/") or "en").encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        policy = (
            f"default-src 'none'; script-src {self.desk}; connect-src {self.desk}; style-src 'unsafe-inline'"
        )
        self.send_header("Content-Security-Policy", policy)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        return


@pytest.fixture(scope="module")
def shop(demo_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Desk]]:
    """A desk that lists the shop's origin, and the shop."""
    folder, port = tmp_path_factory.mktemp("widget"), free_port()
    desk = Desk(
        copied(demo_data, folder / "data"), folder / "desk.log", ("run", "--demo"),
        settings={"TRIAJE_PORTAL_WIDGET_ORIGINS": f"http://127.0.0.1:{port}"},
    )  # fmt: skip
    desk.start(ready=True)
    handler = type("Handler", (Shop,), {"desk": desk.url})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", port), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{port}", desk
    server.shutdown()
    server.server_close()
    desk.stop()


@pytest.fixture
def visitor(chromium: Browser) -> Iterator[Any]:
    contexts = []

    def make(**options: Any) -> Page:
        contexts.append(chromium.new_context(**{"viewport": {"width": 1280, "height": 900}, **options}))
        page = contexts[-1].new_page()
        page.set_default_timeout(30_000)
        return page

    yield make
    for context in contexts:
        context.close()


@pytest.mark.req(10, 93)
def test_a_shop_offers_help_and_an_answer_solves_it(shop: tuple[str, Desk], visitor: Any) -> None:
    page, complaints = visitor(), []
    page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(shop[0])
    page.get_by_role("button", name="Help").press("Enter")
    expect(page.get_by_label("Subject")).to_be_focused()
    page.keyboard.type("My card has not arrived")
    page.keyboard.press("Tab")
    page.keyboard.type("I ordered it two weeks ago and it is not here.")
    first = page.locator("details").first
    expect(first).to_be_visible()
    expect(page.locator("[aria-live=polite]")).to_have_text(re.compile(r"^[1-9] possible answers?$"))
    first.locator("summary").press("Enter")
    expect(first.locator(".full")).not_to_be_empty()
    page.reload()
    page.get_by_role("button", name="Help").click()
    expect(page.get_by_label("Subject")).to_have_value("My card has not arrived")
    page.keyboard.type(".")
    page.locator("details summary").first.click()
    page.get_by_role("button", name="That solved it").first.click()
    expect(page.get_by_text("Good to know").first).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Help")).to_be_focused()
    assert complaints == []


@pytest.mark.req(6, 10, 80, 132)
def test_on_a_phone_in_spanish_a_request_reaches_a_person(shop: tuple[str, Desk], visitor: Any) -> None:
    page = visitor(viewport={"width": 360, "height": 740}, color_scheme="dark", bypass_csp=True)
    page.goto(f"{shop[0]}/es")
    page.get_by_role("button", name="Ayuda").click()
    page.get_by_role("button", name="Enviar a una persona").click()
    expect(page.get_by_role("alert")).to_have_text("Rellene el asunto, el mensaje y su correo electrónico.")
    page.get_by_label("Asunto").fill("No ha llegado mi pedido")
    page.get_by_label("¿Qué ha pasado?").fill("Compré una cafetera azul y no llega.")
    page.get_by_label("Su correo electrónico").fill("ana@shop.example")
    over = page.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert over <= 0
    page.evaluate(AXE.read_text())
    found = page.evaluate(
        "() => axe.run(document.querySelector('[data-triaje-widget]'), {runOnly: ['wcag2a', 'wcag2aa']})"
    )
    assert [v["id"] for v in found["violations"]] == []
    page.get_by_role("button", name="Enviar a una persona").click()
    expect(
        page.locator("section p").filter(has_text="Enviado. Su solicitud tiene el número").first
    ).to_be_visible()


def test_a_site_that_is_not_listed_gets_no_answers_and_keeps_what_was_typed(
    shop: tuple[str, Desk], visitor: Any
) -> None:
    page = visitor()
    handler = type("Handler", (Shop,), {"desk": shop[1].url})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    page.goto(f"http://127.0.0.1:{server.server_port}")
    page.get_by_role("button", name="Help").click()
    page.get_by_label("Subject").fill("My card has not arrived")
    page.get_by_label("What happened?").fill("Where is it?")
    page.get_by_label("Your e-mail address").fill("joe@shop.example")
    page.get_by_role("button", name="Send to a person").click()
    expect(page.get_by_role("alert")).to_contain_text("Your text is still here")
    expect(page.get_by_label("Subject")).to_have_value("My card has not arrived")
    server.shutdown()
    server.server_close()
