"""A session at the keyboard: triage ten, reply to five with drafts and macros, merge two, close one. No mouse."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import AXE, Visitor

TRIAGED, REPLIED = 10, 5


def on_screen(page: Page) -> str:
    return page.locator("#stage [data-ticket]").get_attribute("data-ticket") or ""


def first_of(page: Page, view: str) -> str:
    """Open the first ticket of a view; returns its number once its lists are there."""
    page.goto(f"/agent?{view}" if "=" in view else f"/agent?view={view}")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/agent/tickets/\d+"))
    expect(page.locator("#pick-category")).to_be_attached()
    return on_screen(page)


def press_until_open(page: Page, key: str, dialog: str) -> None:
    page.keyboard.press(key)
    expect(page.locator(f"#{dialog}")).to_have_attribute("open", "")


def triage_one(page: Page, place: int) -> None:
    """By a label that Triaje offers where it does, else by choosing a category."""
    number = first_of(page, "triage" if place < 4 else "open")
    if page.locator(".unsure").count():
        page.keyboard.press("1")
        expect(page.locator("#stage [data-ticket]")).not_to_have_attribute("data-ticket", number)
        return
    press_until_open(page, "p", "pick-priority")
    page.keyboard.type("low" if place % 2 else "high")
    page.keyboard.press("Enter")
    expect(page.locator("#case-head")).to_contain_text("Low" if place % 2 else "High")
    press_until_open(page, "c", "pick-category")
    page.keyboard.type("card")
    page.keyboard.press("Enter")
    expect(page.locator("#pick-category")).not_to_have_attribute("open", "")


def reply_to_one(page: Page, place: int) -> None:
    number = first_of(page, "q=label:new OR label:awaiting_reply")
    if place % 2 == 0 and page.locator(".draft").count():
        page.keyboard.press("d")
    else:
        page.keyboard.press("r")
        expect(page.locator("#composer-body")).to_be_focused()
        page.keyboard.type("/")
        expect(page.locator("#pick-macro")).to_have_attribute("open", "")
        expect(page.locator("#composer-body")).to_have_value("")
        page.keyboard.press("Enter")
    expect(page.locator("#composer-body")).not_to_have_value("")
    expect(page.locator("#composer-body")).to_be_focused()
    sign = f"Kind regards {number}"
    page.keyboard.press("Control+End")
    page.keyboard.type(f"\n{sign}")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".composer-hold")).to_be_visible()
    expect(page.locator("#case-talk .msg--mine").last).to_contain_text(sign)
    assert on_screen(page) == number


def merge_two(page: Page) -> None:
    """Two requests of one customer, found by their address, selected and merged; then taken apart and merged."""
    page.goto("/agent?view=all&q=requester:customer@demo.test%20is:open")
    rows = page.locator("#rows .qrow")
    expect(rows.nth(1)).to_be_visible()
    for _ in range(2):
        page.keyboard.press("j")
        page.keyboard.press("x")
    expect(page.locator(".qrow-pick:checked")).to_have_count(2)
    page.keyboard.press("b")
    expect(page.locator("#bulk-act")).to_be_focused()
    page.keyboard.type("Merge")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#bulk-result")).to_contain_text("1 ticket merged")
    page.keyboard.press("Escape")
    page.keyboard.press("z")
    expect(page.locator("#bulk-result")).to_contain_text("Taken apart again")


def close_one(page: Page) -> None:
    first_of(page, "open")
    press_until_open(page, "s", "pick-status")
    page.keyboard.type("closed")
    page.keyboard.press("Enter")
    expect(page.locator("#case-head")).to_contain_text("Closed")


@pytest.mark.req(37, 47, 72, 73, 76, 80)
def test_an_agents_morning_needs_no_mouse(visit: Visitor) -> None:
    customer = visit().signed_in("customer")
    for subject in ("Where is my refund", "My refund has not arrived"):
        customer.goto("/requests/new")
        customer.locator("[name=subject]").fill(subject)
        customer.locator("[name=body]").fill(f"{subject}? I sent the shoes back two weeks ago.")
        customer.locator("[name=body]").press("Tab")
        customer.evaluate("document.querySelector('main form').requestSubmit()")
        customer.wait_for_url(lambda address: not address.endswith("/requests/new"))
    page = visit().signed_in("agent")
    page.mouse.move = page.mouse.click = page.mouse.down = None  # type: ignore[method-assign, assignment]
    for place in range(TRIAGED):
        triage_one(page, place)
    for place in range(REPLIED):
        reply_to_one(page, place)
    merge_two(page)
    close_one(page)


@pytest.mark.req(42)
def test_what_was_private_becomes_public_by_a_second_key_only(visit: Visitor) -> None:
    page = visit().signed_in("agent")
    first_of(page, "open")
    page.keyboard.press("n")
    page.keyboard.type("Between us: this customer shouts")
    page.keyboard.press("Escape")
    expect(page.locator("#composer-body")).not_to_be_focused()
    page.keyboard.press("r")
    expect(page.locator(".composer-guard")).to_be_visible()
    expect(page.locator("input[name=kind][value=note]")).to_be_checked()
    page.keyboard.press("r")
    expect(page.locator("input[name=kind][value=reply]")).to_be_checked()
    expect(page.locator(".composer-guard")).to_be_hidden()
    page.keyboard.press("Control+Enter")
    expect(page.locator(".composer-hold")).to_be_visible()
    page.keyboard.press("z")
    expect(page.locator(".composer-hold")).to_be_hidden()
    expect(page.locator("#composer-body")).to_have_value("Between us: this customer shouts")
    expect(page.locator("#case-talk")).not_to_contain_text("this customer shouts")


@pytest.mark.req(38)
def test_two_agents_see_each_other_look_and_write(visit: Visitor) -> None:
    first, second = visit().signed_in("agent"), visit().signed_in("lead")
    number = first_of(first, "open")
    second.goto(f"/agent/tickets/{number}")
    expect(first.locator("#who-else")).to_contain_text("is looking too")
    second.locator("#composer-body").press_sequentially("Hello")
    expect(first.locator("#who-else")).to_contain_text("is writing")
    second.goto("/agent?view=mine")
    expect(first.locator("#who-else")).to_be_empty()


SERIOUS = """async () => {
  const found = await axe.run(document, { resultTypes: ["violations"] });
  return found.violations.filter((v) => ["serious", "critical"].includes(v.impact))
    .map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(" ")).slice(0, 4).join(" | ")}`);
}"""


@pytest.mark.req(80)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_in_the_workspace(visit: Visitor, scheme: str) -> None:
    page = visit(color_scheme=scheme, bypass_csp=True).signed_in("agent")
    number = first_of(page, "open")
    places = [
        "/agent?view=all",
        "/agent?view=triage",
        "/agent?q=card%20(",
        "/agent?q=card",
        f"/agent/tickets/{number}",
    ]
    for path in places:
        page.goto(path)
        if "tickets" in path:
            expect(page.locator("#pick-category")).to_be_attached()
            page.locator("#search-more summary").press("Enter")
            page.locator("#rows .qrow").first.focus()
            page.keyboard.press("x")
        page.add_script_tag(path=str(AXE))
        assert page.evaluate(SERIOUS) == [], (path, scheme)
