"""Makes the pictures of docs/screenshots: starts a fresh demo desk and walks through it with Chromium.

``make screenshots`` takes all; ``ARGS=--only agent`` takes those whose name begins so.
"""

import argparse
import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.support.desk import Desk, wait_for_model  # noqa: E402

TARGET = ROOT / "docs" / "screenshots"
WIDE = (1440, 900)
PHONE = (390, 844)


def as_it_is(page: Page) -> None:
    """The page without doing anything on it."""


def search(page: Page) -> None:
    page.locator("input[name=q]").first.press_sequentially("my card has not arrived", delay=15)
    page.locator("#results a").first.wait_for()


def ask(page: Page) -> None:
    page.locator("[name=subject]").press_sequentially("Payment declined in a shop", delay=10)
    page.locator("[name=body]").press_sequentially(
        "I tried to pay with my card this morning and it was refused twice. There is enough money.", delay=5
    )
    page.locator("#answers a, #answers button").first.wait_for()


def first_ticket(page: Page) -> None:
    page.locator("#queue a[href*='/agent/tickets/']").first.click()
    page.wait_for_url("**/agent/tickets/*")
    page.locator("#draft > *").first.wait_for(timeout=60_000)  # it arrives behind the conversation


@dataclass(frozen=True)
class Shot:
    """One picture: who looks at which page, and what is done on it first."""

    name: str
    path: str
    person: str = ""
    size: tuple[int, int] = WIDE
    schemes: tuple[str, ...] = ("light", "dark")
    locale: str = "en"
    prepare: Callable[[Page], None] = as_it_is


SHOTS = (
    Shot("help", "/", prepare=search),
    Shot("help-phone", "/", size=PHONE, schemes=("light",), locale="es"),
    Shot("request", "/requests/new", "customer", prepare=ask),
    Shot("request-phone", "/requests/new", "customer", size=PHONE, schemes=("light",), prepare=ask),
    Shot("requests", "/requests", "customer", schemes=("light",)),
    Shot("agent", "/agent?view=unassigned", "agent", prepare=first_ticket),
    Shot(
        "agent-es", "/agent?view=unassigned", "agent", schemes=("light",), locale="es", prepare=first_ticket
    ),
    Shot("agent-phone", "/agent?view=unassigned", "agent", size=PHONE, schemes=("light",)),
    Shot("models", "/admin/models", "admin"),
    Shot("styleguide", "/styleguide", "admin", schemes=("light",)),
)


def take(browser: Browser, url: str, shot: Shot, scheme: str) -> Path:
    context = browser.new_context(
        base_url=url,
        viewport={"width": shot.size[0], "height": shot.size[1]},
        color_scheme="dark" if scheme == "dark" else "light",
        locale={"en": "en-GB", "es": "es-ES"}[shot.locale],
        timezone_id="Europe/Madrid",
        reduced_motion="reduce",
        device_scale_factor=1.5,
    )
    page = context.new_page()
    try:
        if shot.person:
            sign_in(page, shot.person)
            speak(page, shot.locale)
        page.goto(shot.path)
        shot.prepare(page)
        page.wait_for_timeout(600)  # fonts, and what is fetched behind the first render
        target = TARGET / f"{shot.name}-{scheme}.png"
        page.screenshot(path=target)
        return target
    finally:
        context.close()


def sign_in(page: Page, person: str) -> None:
    page.goto("/sign-in")
    page.locator("[name=email]").fill(f"{person}@demo.test")
    page.locator("[name=password]").fill("demo")
    page.locator("form.form--big button[type=submit]").first.click()
    page.wait_for_url(lambda address: "/sign-in" not in address)


def speak(page: Page, locale: str) -> None:
    """Choose the language as a person does: their own setting counts more than the browser's."""
    answer = page.evaluate(
        """locale => {
            const form = [...document.forms].find(form => form.action.endsWith("/preferences"));
            const body = new URLSearchParams(new FormData(form));
            body.set("locale", locale);
            return fetch("/preferences", {method: "POST", body}).then(answer => answer.status);
        }""",
        locale,
    )
    if answer >= 400:
        raise SystemExit(f"The language could not be chosen: {answer}.")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="take the pictures whose name begins so")
    parser.add_argument("--url", default="", help="a demo desk that runs already")
    asked = parser.parse_args()
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if chromium is None:
        print("Chromium is not installed (Debian: apt-get install chromium).", file=sys.stderr)
        return 1
    TARGET.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="triaje-screenshots-") as folder:
        desk = Desk(Path(folder) / "data", Path(folder) / "desk.log", ("run", "--demo"))
        try:
            if not asked.url:
                print("· a fresh demo desk …", flush=True)
                desk.start(300)
                wait_for_model(desk, 300)
            with sync_playwright() as driver:
                browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
                for shot in SHOTS:
                    for scheme in shot.schemes if shot.name.startswith(asked.only) else ():
                        print(
                            f"  {take(browser, asked.url or desk.url, shot, scheme).relative_to(ROOT)}",
                            flush=True,
                        )
                browser.close()
        finally:
            desk.stop()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
