"""The main job, end to end, in both languages: ask, be helped, be answered, see it arrive."""

import re
from dataclasses import dataclass, replace

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit, Visitor


@dataclass(frozen=True)
class Words:
    """What the pages say in one language, and what the customer writes."""

    locale: str
    search: str
    subject: str
    body: str
    send: str
    solved: str
    reply: str
    not_solved: str
    draft: str


ENGLISH = Words(
    "en-GB", "my card has not arrived", "My card still is not here",
    "I ordered a new card two weeks ago and it has not come. When will it arrive?",
    "Send to a person", "It is solved: close it", "Send reply", "It is not solved: open it again", "Use this draft",
)  # fmt: skip
SPANISH = Words(
    "es-ES", "mi tarjeta no ha llegado", "Mi tarjeta sigue sin llegar",
    "Pedí una tarjeta nueva hace dos semanas y no ha llegado. ¿Cuándo la recibiré?",
    "Enviar a una persona", "Está resuelta: cerrarla", "Enviar respuesta", "No está resuelta: abrirla de nuevo",
    "Usar este borrador",
)  # fmt: skip


def speak(page: Page, locale: str) -> None:
    """Choose the language as a person does, by the page's own switch."""
    page.goto("/")
    button = page.locator(f".top-lang button[name=locale][value={locale[:2]}]")
    if button.count():
        button.click()
    expect(page.locator("html")).to_have_attribute("lang", locale[:2])


def writing(visit: Visitor, words: Words) -> tuple[Visit, Page]:
    """A customer who has searched and written, with answers beside the form.

    A small share of visitors sees no answers, so that their worth can be measured: then another one comes.
    """
    for _ in range(6):
        asking = visit(words.locale)
        customer = asking.signed_in("customer")
        speak(customer, words.locale)
        customer.fill("#q", words.search)
        expect(customer.locator("#results .hit").first).to_be_visible()
        customer.goto("/requests/new")
        customer.locator("#subject").fill(words.subject)
        customer.locator("#body").fill(words.body)
        expect(customer.locator("#session-request")).to_be_attached()
        if customer.locator("#answers .answer").count():
            return asking, customer
    raise AssertionError("six visitors in a row saw no answers")


@pytest.mark.req(9, 20, 30, 33, 47, 76, 87, 93, 144)
@pytest.mark.parametrize("words", [ENGLISH, SPANISH], ids=["english", "spanish"])
def test_a_customer_asks_and_an_agent_answers_with_a_draft(visit: Visitor, words: Words) -> None:
    answering = visit(words.locale)
    agent = answering.signed_in("agent")
    speak(agent, words.locale)
    agent.goto("/agent?view=open")
    expect(agent.locator("body")).to_have_attribute("data-live-state", "open")

    asking, customer = writing(visit, words)
    customer.get_by_role("button", name=words.send).click()
    customer.wait_for_url(re.compile(r"/requests/\d+$"))
    number = customer.url.rsplit("/", 1)[1]
    expect(customer.locator("h1")).to_have_text(words.subject)

    row = agent.locator(f'[data-number="{number}"]')
    expect(row).to_be_visible()  # it came by itself: the page was not loaded again
    row.click()
    agent.wait_for_url(f"**/agent/tickets/{number}*")
    expect(agent.locator("#triage .pred-row, .unsure .pred-row").first).to_be_visible()
    expect(agent.get_by_text(words.draft)).to_be_visible()
    agent.locator("#case-title").click()
    agent.keyboard.press("d")
    field = agent.locator("#composer-body")
    expect(field).not_to_have_value("")
    text = field.input_value()
    agent.get_by_role("button", name=words.reply).click()
    expect(agent.locator("#composer-body")).to_have_value("")
    expect(agent.locator(".msg--staff")).to_have_count(1)

    first_line = next(line for line in text.splitlines() if line.strip())
    expect(customer.locator(".msg--staff")).to_contain_text(first_line.strip())  # live, without a reload
    customer.get_by_role("button", name=words.solved).click()
    expect(customer.get_by_role("button", name=words.not_solved)).to_be_visible()
    assert asking.complaints == []
    assert answering.complaints == []


@pytest.mark.req(93)
def test_that_solved_it_ends_kindly_and_sends_nothing(visit: Visitor) -> None:
    words = replace(ENGLISH, subject="Nothing of this is sent")
    _, page = writing(visit, words)
    answer = page.locator(".answer[open]").first
    answer.get_by_role("link").click()
    expect(answer.locator(".answer-full .prose")).to_be_visible()
    expect(page.locator("#body")).to_have_value(ENGLISH.body)
    answer.get_by_role("button", name="That solved it").click()
    page.wait_for_url("**/requests/solved")
    page.goto("/requests")
    expect(page.locator(".trow").first).to_be_visible()
    assert page.locator(".trow-subject", has_text=words.subject).count() == 0


def looking(visit: Visitor) -> Page:
    """A customer without script who asked for answers before sending, and was shown some."""
    for _ in range(6):
        page = visit(java_script_enabled=False).signed_in("customer")
        page.goto("/requests/new")
        page.fill("#subject", "No script here")
        page.fill("#body", "My card was declined this morning.")
        page.get_by_role("button", name="Look for an answer first").click()
        expect(page.locator("#session-request")).to_be_attached()
        if page.locator(".answer").count():
            return page
    raise AssertionError("six visitors in a row saw no answers")


@pytest.mark.req(6, 9, 93)
def test_a_customer_needs_no_script(visit: Visitor) -> None:
    page = looking(visit)
    page.get_by_role("button", name="Send to a person").click()
    expect(page.locator("h1")).to_have_text("No script here")
    page.fill("#body", "One more thing.")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_text("One more thing.")).to_be_visible()
    page.goto("/")
    page.fill("#q", "card")
    page.press("#q", "Enter")
    expect(page.locator(".hit").first).to_be_visible()
    page.locator(".hit").first.click()
    expect(page.get_by_text("Did this help?")).to_be_visible()
    page.get_by_role("button", name="Yes").click()
    expect(page.get_by_text("That helps the next reader")).to_be_visible()
