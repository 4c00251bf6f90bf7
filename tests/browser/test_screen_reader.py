"""What a screen reader finds and is told, from the question to the request that was sent, in both languages."""

import re
from dataclasses import dataclass

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visitor
from tests.browser.test_main_job import ENGLISH, SPANISH, Words, writing


@dataclass(frozen=True)
class Heard:
    """What is read out in one language; `told` is what the page says by itself once answers are there."""

    words: Words
    title: str
    subject: str
    body: str
    side: str
    heading: str
    solved: str
    whole: str
    told: str


EN = Heard(
    ENGLISH, "What happened?", "Subject", "Message", "Possible answers", "Perhaps this solves it", "That solved it",
    "Read it all", r"\d+ possible answers?, after the form",
)  # fmt: skip
ES = Heard(
    SPANISH, "¿Qué ha pasado?", "Asunto", "Mensaje", "Posibles respuestas", "Quizá esto lo resuelva",
    "Esto lo resuelve", "Leer entero", r"\d+ posibles? respuestas?, después del formulario",
)  # fmt: skip


@pytest.mark.req(9, 93)
@pytest.mark.parametrize("heard", [EN, ES], ids=["english", "spanish"])
def test_a_screen_reader_hears_the_question_the_answers_and_the_way_to_a_person(
    visit: Visitor, heard: Heard
) -> None:
    words = heard.words
    _, page = writing(visit, words)
    # Headings in order, every field by its name with what was typed, the way to a person before the answers.
    expect(page.locator("main")).to_match_aria_snapshot(f"""
        - main:
          - heading "{heard.title}" [level=1]
          - paragraph
          - textbox "{heard.subject}": {words.subject}
          - textbox "{heard.body}": {words.body}
          - button "{words.send}"
          - complementary "{heard.side}":
            - status: /{heard.told}/
            - heading "{heard.heading}" [level=2]
            - group:
              - paragraph
              - button "{heard.solved}"
              - link "{heard.whole}"
    """)
    # The status alone speaks by itself, politely; the answers wait until somebody goes to them.
    assert page.locator("main [aria-live], main [role=alert]").count() == 0
    answers = page.locator("#answers .answer")
    first = answers.first
    assert page.locator("#answers-told").inner_text().startswith(f"{answers.count()} ")
    assert first.locator(".answer-title").get_attribute("lang") == first.locator(
        ".answer-passage"
    ).get_attribute("lang")

    # An answer unfolds where it stands, and whoever reads keeps their place and what they wrote.
    whole = first.get_by_role("link", name=heard.whole)
    whole.focus()
    whole.press("Enter")
    expect(first.locator(".answer-full .prose")).to_be_visible()
    expect(whole).to_be_focused()
    expect(page.get_by_role("textbox", name=heard.body)).to_have_value(words.body)

    send = page.get_by_role("button", name=words.send)
    send.focus()
    send.press("Enter")
    page.wait_for_url(re.compile(r"/requests/\d+$"))
    expect(page.locator("main")).to_match_aria_snapshot(f"""
        - main:
          - heading "{words.subject}" [level=1]
    """)
    assert page.locator("html").get_attribute("lang") == words.locale[:2]
