"""Chromium on a demo desk: the suite as a person runs it, on a copy of a prepared data folder."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.support.desk import Desk, copied

AXE = Path(__file__).resolve().parents[2] / "services/portal/frontend/node_modules/axe-core/axe.min.js"
PATIENCE = 30_000  # milliseconds; a busy machine is slow and not wrong
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/browser" in str(item.path):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def desk(demo_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A running demo desk of this test process's own."""
    folder = tmp_path_factory.mktemp("browser")
    running = Desk(copied(demo_data, folder / "data"), folder / "desk.log", ("run", "--demo"))
    running.start(ready=True)
    yield running
    running.stop()


expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="module")
def chromium(chromium_path: str) -> Iterator[Browser]:
    """A browser a file: its driver keeps an event loop running, in which no other file's tests could run theirs."""
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium_path, args=ARGUMENTS)
        yield browser
        browser.close()


@dataclass
class Visit:
    """A browser context that notes whatever goes wrong in it."""

    context: BrowserContext
    url: str
    complaints: list[str] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)

    def page(self) -> Page:
        page = self.context.new_page()
        page.on("console", lambda m: self.complaints.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", self._note)
        page.on("dialog", lambda d: (self.dialogs.append(d.message), d.dismiss()))
        page.set_default_timeout(PATIENCE)
        return page

    def _note(self, request: object) -> None:
        address = str(request.url)  # type: ignore[attr-defined]
        if urlsplit(address).netloc not in {urlsplit(self.url).netloc, ""} and not address.startswith(
            "data:"
        ):
            self.strangers.append(address)

    def signed_in(self, who: str) -> Page:
        """A page of one of the demo people."""
        page = self.page()
        page.goto("/sign-in")
        page.fill("#email", f"{who}@demo.test")
        page.fill("#password", "demo")
        page.press("#password", "Enter")
        page.wait_for_url(lambda address: "/sign-in" not in address)
        return page


Visitor = Callable[..., Visit]


@pytest.fixture
def visit(chromium: Browser, desk: Desk) -> Iterator[Visitor]:
    """Opens browsers; each may speak another language, be dark, narrow or without script."""
    made: list[Visit] = []

    def make(locale: str = "en-GB", **options: object) -> Visit:
        wanted = {"viewport": {"width": 1440, "height": 900}, "reduced_motion": "reduce", **options}
        context = chromium.new_context(base_url=desk.url, locale=locale, **wanted)  # type: ignore[arg-type]
        made.append(Visit(context, desk.url))
        return made[-1]

    yield make
    for one in made:
        one.context.close()
    for one in made:
        assert one.strangers == [], "a page asked another host"
        assert one.dialogs == [], "a page opened a dialog of the browser"
