"""One key does a whole thing: a macro of one's own, the person whom Triaje advises; and the worker of a browser."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visitor

# The push service of the browser's maker is out of reach of tests: what it would give stands here, an address and keys.
# All that is ours runs: the worker, its registration, the form, and the desk, which says that nobody has this address.
SERVICE = """
const at = "https://push.invalid/one";
const keys = {
  p256dh: "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
  auth: "BTBZMqHH6r4Tts7J_aSIgg",
};
PushManager.prototype.subscribe = async function (wanted) {
  window.name = String(wanted.applicationServerKey.length);
  return { endpoint: at, toJSON: () => ({ endpoint: at, keys }) };
};
Notification.requestPermission = async () => "granted";
"""


def opened(page: object, view: str) -> None:
    page.goto(f"/agent?view={view}")  # type: ignore[attr-defined]
    page.keyboard.press("j")  # type: ignore[attr-defined]
    page.keyboard.press("Enter")  # type: ignore[attr-defined]
    page.wait_for_url(re.compile(r"/agent/tickets/\d+"))  # type: ignore[attr-defined]
    expect(page.locator("#pick-category")).to_be_attached()  # type: ignore[attr-defined]


@pytest.mark.req(46)
def test_a_key_of_ones_own_puts_a_macro_into_the_reply(visit: Visitor) -> None:
    page = visit().signed_in("agent")
    page.goto("/agent/macros")
    with page.expect_navigation():  # choosing is saving
        page.locator("form[action$='/key'] [name=key]").first.select_option("1")
    opened(page, "new")
    page.keyboard.press("Alt+1")
    expect(page.locator("#composer-body")).not_to_have_value("")


@pytest.mark.req(52)
def test_one_key_gives_a_ticket_to_whom_triaje_advises(visit: Visitor) -> None:
    page = visit().signed_in("lead")
    page.goto("/agent?view=unassigned")
    numbers = page.locator("[data-number]").evaluate_all("rows => rows.map((one) => one.dataset.number)")
    for number in numbers[:12]:
        page.goto(f"/agent/tickets/{number}?view=unassigned")
        expect(page.locator("#pick-category")).to_be_attached()
        if page.locator("[data-take-advice]").count():
            break
    advised = page.locator("[data-take-advice] b").inner_text()
    page.keyboard.press("Shift+A")
    expect(page.locator("[data-take-advice]")).to_have_count(0)
    page.reload()
    shown = page.locator("#case-head").inner_text()
    assert advised in shown or advised == "me", (advised, shown)


@pytest.mark.req(81)
def test_a_browser_that_wants_to_be_told_gets_its_worker_and_asks_the_desk(visit: Visitor) -> None:
    visiting = visit()
    visiting.context.add_init_script(SERVICE)
    visiting.context.grant_permissions(["notifications"])
    page = visiting.signed_in("agent")
    page.goto("/agent/notifications")
    page.locator("[data-action~='push#enable']").click()
    expect(page.get_by_text("The desk cannot reach the push service of this browser.")).to_be_visible()
    state = page.evaluate("navigator.serviceWorker.ready.then((one) => [one.scope, one.active.scriptURL])")
    assert state == [f"{visiting.url}/", f"{visiting.url}/sw.js"]
    assert page.evaluate("window.name") == "65"  # an uncompressed point of the desk's own key
