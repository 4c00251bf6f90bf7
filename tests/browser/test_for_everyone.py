"""Everyone can use it: axe finds nothing, nothing sticks out at 360 px, nothing that was written runs."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import AXE, Visitor

PAGES = {
    "": [
        "/",
        "/?q=card",
        "/requests/new",
        "/requests/new?form=lost_card",
        "/sign-in",
        "/nope",
        "/styleguide",
    ],
    "customer": ["/requests", "/requests/new"],
    "agent": [
        "/agent?view=open",
        "/agent?view=triage",
        "/agent/tickets/new",
        "/agent/macros",
        "/agent/macros/new",
        "/agent/me",
        "/agent/notifications",
    ],
    "admin": [
        "/admin",
        "/admin/models",
        "/admin/people",
        "/admin/categories",
        "/admin/articles",
        "/admin/articles/new",
        "/admin/articles/media",
        "/admin/articles/numbers",
        "/admin/sections",
        "/admin/statuses?status=solved",
        "/admin/products",
        "/agent/contacts",
        "/admin/satisfaction",
        "/admin/dead-letters",
        "/admin/forms",
        "/admin/forms/form?key=payment",
        "/admin/forms/field?key=loss_kind",
        "/admin/forms/template",
    ],
}
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def axe(page: Page) -> list[str]:
    """What axe has to say about a page, worth of mention or worse."""
    page.evaluate(AXE.read_text())
    found: dict[str, Any] = page.evaluate("rules => axe.run(document, {runOnly: rules})", RULES)
    return [f"{page.url}: {v['id']} ({v['impact']}) {v['nodes'][0]['target']}" for v in found["violations"]]


# What reaches beyond the right edge of a page that scrolls sideways; nothing where the page does not.
STICKS_OUT = """() => {
    const width = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= width) return [];
    return [...document.querySelectorAll("body *")]
        .filter((one) => one.getBoundingClientRect().right > width + 0.5)
        .map((one) => `${one.tagName}.${one.className} ${(one.textContent || "").trim().slice(0, 60)}`)
        .slice(0, 9).concat(`${document.documentElement.scrollWidth - width} px`);
}"""


# What moved by itself after it was painted, as the browser counts it.
JUMPED = """() => new Promise((done) => {
    const found = [];
    new PerformanceObserver((list) => {
        for (const one of list.getEntries()) {
            if (one.hadRecentInput || one.value < 0.005) continue;
            for (const source of one.sources) found.push(`${one.value} ${source.node && source.node.className}`);
        }
    }).observe({ type: "layout-shift", buffered: true });
    setTimeout(() => done(found), 300);
})"""


def everyone(visit: Visitor, **options: object) -> list[tuple[Page, str]]:
    """A page for each kind of person, with the paths to look at."""
    people = []
    for who, paths in PAGES.items():
        one = visit(**options)
        page = one.signed_in(who) if who else one.page()
        people += [(page, path) for path in paths]
        if who == "agent":
            page.goto("/agent?view=open")
            people.append((page, str(page.locator(".qrow").first.get_attribute("href"))))
            page.goto("/agent?view=triage")
            people.append((page, str(page.locator(".qrow").last.get_attribute("href"))))
        if who == "customer":
            page.goto("/requests")
            people.append((page, str(page.locator(".trow").first.get_attribute("href"))))
    return people


@pytest.mark.req(80)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_any_page(visit: Visitor, scheme: str) -> None:
    found = []
    for page, path in everyone(visit, color_scheme=scheme, bypass_csp=True):
        page.goto(path)
        page.wait_for_load_state("networkidle") if "/agent" not in path else page.wait_for_timeout(1200)
        found += axe(page)
    assert found == []


@pytest.mark.req(80, 132)
@pytest.mark.parametrize("width", [360, 820, 2560])
def test_nothing_sticks_out_at_any_width(visit: Visitor, width: int) -> None:
    wide = []
    for page, path in everyone(visit, viewport={"width": width, "height": 800}):
        page.goto(path)
        if sticking := page.evaluate(STICKS_OUT):
            wide.append((path, sticking))
    assert wide == []


@pytest.mark.req(80)
@pytest.mark.parametrize("width", [360, 820, 1440, 2560])
def test_a_subject_of_one_long_word_makes_no_page_wider(visit: Visitor, width: int) -> None:
    screen: dict[str, Any] = {"viewport": {"width": width, "height": 800}}
    customer = visit(**screen).signed_in("customer")
    customer.goto("/requests/new")
    customer.fill("#subject", "w" * 190)
    customer.fill("#body", "x" * 2000)
    customer.get_by_role("button", name="Send to a person").click()
    customer.wait_for_url(lambda address: "/new" not in address)
    number = customer.url.rsplit("/", 1)[1]
    wide = [("sent", customer.evaluate(STICKS_OUT))]
    agent = visit(**screen).signed_in("agent")
    for page, path in [
        (customer, "/requests"),
        (agent, f"/agent/tickets/{number}?stay=1"),
        (agent, f"/agent/tickets/{number}?view=open"),
        (agent, f"/agent?q={number}"),
    ]:
        page.goto(path)
        wide.append((path, page.evaluate(STICKS_OUT)))
    assert [one for one in wide if one[1]] == []


def test_the_pages_run_without_a_complaint_under_their_policy(visit: Visitor) -> None:
    one = visit()
    page = one.signed_in("admin")
    for path in [path for paths in PAGES.values() for path in paths if path != "/nope"]:
        page.goto(path)
        page.wait_for_timeout(300)
    assert one.complaints == []


@pytest.mark.hard("S-09")
def test_nothing_that_a_customer_wrote_runs_or_calls_home(visit: Visitor) -> None:
    attack = (
        "<img src=https://evil.example/x.png onerror=alert(1)><script>alert(2)</script><svg onload=alert(3)>"
    )
    writing = visit()
    page = writing.signed_in("customer")
    page.goto("/requests/new")
    page.fill("#subject", attack[:180])
    page.fill("#body", attack + "\n<style>@import 'https://evil.example/x.css'</style> javascript:alert(4)")
    page.get_by_role("button", name="Send to a person").click()
    page.wait_for_url(lambda address: "/new" not in address)
    number = page.url.rsplit("/", 1)[1]
    reading = visit()
    staff = reading.signed_in("agent")
    for path in [f"/agent/tickets/{number}", "/agent?view=all", f"/agent?q={number}"]:
        staff.goto(path)
        staff.wait_for_timeout(800)
    expect(staff.locator("img")).to_have_count(0)
    assert reading.complaints == []


@pytest.mark.req(80)
@pytest.mark.parametrize(
    ("who", "path"),
    [("agent", "/agent?view=open"), ("", "/"), ("", "/requests/new"), ("admin", "/admin/models")],
)
def test_scripts_and_styles_stay_within_their_budget_and_nothing_jumps(
    visit: Visitor, who: str, path: str
) -> None:
    one = visit()
    page = one.signed_in(who) if who else one.page()
    addresses: dict[str, str] = {}
    sizes: dict[str, int] = {}
    client = one.context.new_cdp_session(page)
    client.on("Network.requestWillBeSent", lambda e: addresses.update({e["requestId"]: e["request"]["url"]}))
    client.on(
        "Network.loadingFinished",
        lambda e: sizes.update({addresses.get(e["requestId"], ""): int(e["encodedDataLength"])}),
    )
    client.send("Network.enable")
    client.send("Network.setCacheDisabled", {"cacheDisabled": True})
    page.goto(path)
    page.wait_for_timeout(1000)
    scripts = {url: size for url, size in sizes.items() if url.endswith(".js")}
    styles = {url: size for url, size in sizes.items() if url.endswith(".css")}
    assert scripts
    assert styles
    assert sum(scripts.values()) < 60_000, scripts
    assert sum(scripts.values()) + sum(styles.values()) < 100_000, (scripts, styles)
    if who != "agent":  # a queue moves as its tickets do, and a desk that has just started has much to move
        assert page.evaluate(JUMPED) == []


def test_on_a_phone_the_menu_is_one_line_with_the_page_one_is_on(visit: Visitor) -> None:
    page = visit(viewport={"width": 390, "height": 800}).signed_in("admin")
    page.goto("/admin/gaps")  # short: the line must not take what the page leaves
    menu = page.locator(".side-nav").bounding_box()
    assert menu is not None
    assert menu["height"] < 80
    expect(page.locator(".side-nav [aria-current]")).to_be_in_viewport(ratio=1)
