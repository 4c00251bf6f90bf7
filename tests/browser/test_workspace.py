"""The agent's keyboard, drafts that survive, conflicts that lose nothing."""

import re

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Visitor


def opened(page: Page, view: str = "open") -> str:
    """Open the first ticket of a view with the keyboard; returns its number."""
    page.goto(f"/agent?view={view}")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/agent/tickets/\d+"))
    expect(page.locator("#pick-category")).to_be_attached()
    return re.search(r"/tickets/(\d+)", page.url)[1]  # type: ignore[index]


@pytest.mark.req(47, 49, 80)
def test_a_ticket_is_triaged_without_the_mouse(visit: Visitor) -> None:
    page = visit().signed_in("agent")
    number = opened(page, "triage")
    page.keyboard.press("c")
    expect(page.locator("#pick-category .picker-input")).to_be_focused()
    page.keyboard.type("lost")
    expect(page.locator("#pick-category .option:visible").first).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.locator("#case-head")).to_contain_text(re.compile("lost", re.IGNORECASE))
    page.keyboard.press("p")
    page.keyboard.type("crit")
    page.keyboard.press("Enter")
    expect(page.locator("#case-head")).to_contain_text("Critical")
    page.keyboard.press("a")
    page.keyboard.type("nora")
    page.keyboard.press("Enter")
    expect(page.locator("#case-head")).to_contain_text("Nora Castell")
    assert page.locator("[data-ticket]").get_attribute("data-ticket") == number


@pytest.mark.req(80)
def test_keys_that_are_quicker_than_the_page_reach_the_list_that_was_asked_for(visit: Visitor) -> None:
    page = visit().signed_in("agent")
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/pickers*", hold)
    page.goto("/agent?view=open")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/agent/tickets/\d+"))
    before = page.locator("#case-head").inner_text()
    page.keyboard.press("p")
    page.keyboard.type("critxx")
    page.keyboard.press("Backspace")
    page.keyboard.press("Backspace")
    page.keyboard.press("Enter")
    assert page.locator("#case-head").inner_text() == before  # none of them was taken for a command
    expect(page.locator("dialog[open]")).to_have_count(0)
    while held:
        held.pop().continue_()
    page.unroute("**/pickers*")
    expect(page.locator("#case-head")).to_contain_text("Critical")
    # Another change at once: it is made on what the head shows, and not on the list of a moment before.
    page.keyboard.press("p")
    page.keyboard.type("low")
    page.keyboard.press("Enter")
    expect(page.locator("#case-head")).to_contain_text("Low")


@pytest.mark.req(47)
def test_one_key_takes_a_label_and_the_next_ticket_follows(visit: Visitor) -> None:
    page = visit().signed_in("agent")
    number = opened(page, "triage")
    expect(page.locator(".unsure")).to_be_visible()
    page.keyboard.press("1")
    expect(page.locator("[data-ticket]")).not_to_have_attribute("data-ticket", number)
    page.wait_for_url(lambda address: f"/tickets/{number}" not in address)
    expect(page.locator(f'[data-number="{number}"]')).to_have_count(0)


def test_text_survives_a_reload_until_it_is_sent(visit: Visitor) -> None:
    page = visit().signed_in("agent")
    number = opened(page)
    page.keyboard.press("n")
    page.keyboard.type("Half a thought about this customer")
    page.reload()
    expect(page.locator("#composer-body")).to_have_value("Half a thought about this customer")
    expect(page.locator("input[name=kind][value=note]")).to_be_checked()
    page.locator("#composer-body").press("Control+Enter")
    expect(page.locator(".note", has_text="Half a thought about this customer")).to_have_count(1)
    page.goto(f"/agent/tickets/{number}")
    expect(page.locator("#composer-body")).to_have_value("")


@pytest.mark.req(38, 39)
def test_two_agents_on_one_ticket_lose_nothing(visit: Visitor) -> None:
    first, second = visit().signed_in("agent"), visit().signed_in("lead")
    number = opened(first)
    second.route("**/live*", lambda route: route.abort())  # the second page does not hear of changes
    second.goto(f"/agent/tickets/{number}")
    second.locator("#composer-body").fill("Answer of the second")
    first.locator("#composer-body").fill("Answer of the first")
    first.locator("#composer-body").press("Control+Enter")
    expect(first.locator("#case-talk")).to_contain_text("Answer of the first")
    second.locator("#composer-body").press("Control+Enter")
    expect(second.locator(".case-conflict")).to_be_visible()
    expect(second.locator("#case-talk")).to_contain_text("Answer of the first")
    expect(second.locator("#composer-body")).to_have_value("Answer of the second")
    second.locator("#composer-body").press("Control+Enter")
    expect(second.locator("#case-talk")).to_contain_text("Answer of the second")


WRITE_NOTES = """async ([number, count]) => {
  for (let place = 0; place < count; place++) {
    const body = new URLSearchParams({
      _csrf: document.querySelector("[name=_csrf]").value, kind: "note", body: `Part ${place} of a long story.`,
      once: crypto.randomUUID(),
    });
    const answer = await fetch(`/agent/tickets/${number}/messages`, { method: "POST", body });
    if (!answer.ok) return answer.status;
  }
  return 200;
}"""


@pytest.mark.req(30, 38)
def test_a_long_conversation_opens_at_its_newest_message_and_unrolls_backwards(visit: Visitor) -> None:
    customer = visit().signed_in(
        "customer"
    )  # a ticket of its own: what follows fills it for whoever opens it next
    customer.goto("/requests/new")
    customer.locator("[name=subject]").fill("The accordion hums")
    customer.locator("[name=body]").fill(
        "Whenever the moon is full, the accordion in our attic hums in D minor."
    )
    customer.evaluate("document.querySelector('main form').requestSubmit()")
    customer.wait_for_url(re.compile(r"/requests/\d+"))
    number = re.search(r"/requests/(\d+)", customer.url)[1]  # type: ignore[index]
    page = visit().signed_in("agent")
    page.goto(f"/agent/tickets/{number}")
    expect(
        page.locator(".unsure")
    ).to_be_in_viewport()  # what Triaje asks comes first until a colleague has spoken
    assert page.evaluate(WRITE_NOTES, [number, 105]) == 200
    page.goto(f"/agent/tickets/{number}")
    expect(page.locator(".help-draft, .draft, #help .side-part").first).to_be_attached()
    last = page.get_by_text("Part 104 of a long story.")
    expect(last).to_be_in_viewport()
    expect(page.get_by_text("Part 0 of a long story.")).to_have_count(0)
    earlier = page.get_by_role("link", name="Earlier messages")
    earlier.scroll_into_view_if_needed()
    oldest = page.locator("#case-talk .talk:not(.talk--earlier) .note").first
    place = oldest.bounding_box()
    assert place is not None
    earlier.click()
    expect(page.get_by_text("Part 0 of a long story.")).to_be_attached()
    expect(page.locator("#case-talk")).to_be_focused()
    after = oldest.bounding_box()
    assert after is not None
    assert abs(after["y"] - place["y"]) < 60  # what was being read stays; the link's own line is gone
    page.locator("#case-talk").evaluate("pane => { pane.scrollTop = pane.scrollHeight; }")
    assert page.evaluate(WRITE_NOTES, [number, 1]) == 200
    expect(page.locator("#case-talk .note")).to_have_count(106)  # a live update leaves the earlier part there
    expect(page.locator("#case-talk .note").last).to_be_in_viewport()


@pytest.mark.req(72)
def test_a_macro_is_found_by_typing_and_goes_into_the_reply(visit: Visitor) -> None:
    page = visit().signed_in("agent")
    opened(page)
    page.keyboard.press("m")
    expect(page.locator("#pick-macro .option").first).to_be_attached()
    page.keyboard.press("Enter")
    expect(page.locator("#composer-body")).not_to_have_value("")
    assert "{" not in page.locator("#composer-body").input_value()


def test_a_number_in_the_draft_opens_its_source(visit: Visitor) -> None:
    page = visit().signed_in("agent")
    opened(page)
    cite = page.locator(".draft .cite").first
    cite.click()
    expect(page.locator(f"#source-{cite.inner_text()}")).to_have_attribute("open", "")


def test_the_palette_goes_anywhere(visit: Visitor) -> None:
    page = visit().signed_in("agent")
    page.goto("/agent")
    page.keyboard.press("Control+k")
    page.keyboard.type("unassigned")
    page.keyboard.press("Enter")
    page.wait_for_url("**/agent?view=unassigned")


def test_a_retraining_is_watched_compared_promoted_and_rolled_back(visit: Visitor) -> None:
    page = visit().signed_in("admin")
    page.goto("/admin/models")
    page.get_by_role("button", name="Retrain").click()
    expect(page.locator("progress")).to_be_visible()
    serve = page.get_by_role("button", name=re.compile(r"Let version .* serve"))
    expect(serve).to_be_visible(timeout=240_000)
    serve.click()
    back = page.get_by_role("button", name=re.compile("Roll back"))
    expect(back).to_be_visible()
    back.click()
    expect(page.get_by_text(re.compile("serves again"))).to_be_visible()
