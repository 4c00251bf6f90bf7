"""Hostile words in Chromium: no dialog opens, nothing runs, and nobody elsewhere hears of it."""

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Visitor
from tests.suite.test_xss import html_mail
from tests.suite.xss import CANARY, CORPUS
from tests.support.desk import Desk, api

TOGETHER = 4


@pytest.mark.hard("S-09")
def test_hostile_words_open_no_dialog_and_call_nobody(desk: Desk, visit: Visitor) -> None:
    numbers = planted(desk)
    staff = visit()
    page = staff.signed_in("agent")
    look(page, [f"/agent/tickets/{number}" for number in numbers])
    look(page, ["/agent?view=all", f"/help/en/hostile-{CANARY}"])
    guest = visit()
    look(guest.page(), [f"/help/en/hostile-{CANARY}", f"/help/search?q={CANARY}", f"/?q={CANARY}"])
    for seen in (staff, guest):
        assert seen.dialogs == []
        assert seen.strangers == []


def planted(desk: Desk) -> list[int]:
    """Tickets by API and mail with all of the corpus, and an article."""
    numbers = []
    everything = "\n\n".join(CORPUS)
    with api(desk.url, desk.token("tickets:read", "tickets:write", "kb:read", "kb:write")) as client:
        for number in range(0, len(CORPUS), TOGETHER):  # a page takes its time
            words = " ".join(CORPUS[number : number + TOGETHER])
            body = {"subject": f"{CANARY} {words}"[:290], "body": f"{CANARY} {words}",
                    "requester": {"email": f"xss{number}@example.test", "name": words[:180]}}  # fmt: skip
            answer = client.post("/api/v1/tickets", json=body)
            assert answer.status_code == 201, answer.text
            numbers.append(answer.json()["number"])
            raw = html_mail(number, words)
            answer = client.post(
                "/api/v1/inbound/email", content=raw, headers={"Content-Type": "message/rfc822"}
            )
            assert answer.status_code == 201, answer.text
            numbers.append(answer.json()["number"])
        text = {
            "title": f"{CANARY} {CORPUS[3]}",
            "body_markdown": f"{CANARY}\n\n{everything}",
            "slug": f"hostile-{CANARY}",
        }
        article = {"translations": {"en": text}, "state": "published", "visibility": "public"}
        answer = client.post("/api/v1/kb/articles", json=article)
        assert answer.status_code == 201, answer.text
    return numbers


def look(page: Page, paths: list[str]) -> None:
    """Open each page and let whatever wants to load or run do so."""
    for path in paths:
        page.goto(path)
        page.wait_for_load_state("load")
        for handle in page.locator("details:not([open]) > summary").all()[:3]:
            if handle.is_visible():
                handle.click()
    page.wait_for_timeout(500)
