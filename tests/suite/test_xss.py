"""What customers and colleagues write comes out of the portal as words, whatever it is. See also tests/browser."""

from email.message import EmailMessage
from typing import Any

import pytest

from tests.suite.conftest import Start
from tests.suite.rig import ADMIN, AGENT, CUSTOMER, Suite
from tests.suite.xss import CANARY, CORPUS, Finder


def html_mail(number: int, words: str) -> bytes:
    """A mail with ``words`` in its subject, its text and its HTML."""
    mail = EmailMessage()
    mail["From"], mail["To"] = "Eve <x@evil.example>", "desk@desk.test"
    mail["Subject"] = " ".join(f"{CANARY} {number} {words}".split())[:900]
    mail["Message-ID"] = f"<xss{number}@evil.example>"
    mail.set_content(f"{CANARY} {words}")
    mail.add_alternative(f"<html><body><p>{CANARY} {number}</p>{words}</body></html>", subtype="html")
    return mail.as_bytes()


async def plant(suite: Suite) -> list[int]:
    """Every line of the corpus in subject, body, name, mail, note, article, macro and category."""
    numbers = []
    for number, words in enumerate(CORPUS):
        who = await suite.customer(f"x{number}@example.test", name=words[:180])
        made = await suite.ticket(who, subject=f"{CANARY} {number} {words}"[:290], body=f"{CANARY} {words}")
        note = {"kind": "note", "body": f"{CANARY} {words}"}
        await suite.ok("POST", f"/api/v1/tickets/{made['number']}/messages", AGENT, json=note)
        numbers.append(made["number"])
    everything = "\n\n".join(CORPUS)
    for number, words in enumerate([everything, *CORPUS]):
        raw = html_mail(number, words)
        heads = {"Content-Type": "message/rfc822"}
        numbers.append(
            (await suite.ok("POST", "/api/v1/inbound/email", AGENT, content=raw, headers=heads))["number"]
        )
    text = {
        "title": f"{CANARY} {CORPUS[3]}",
        "body_markdown": f"{CANARY}\n\n{everything}",
        "summary": CORPUS[0],
        "slug": "hostile",
    }
    article = {"translations": {"en": text}, "state": "published", "visibility": "public"}
    await suite.ok("POST", "/api/v1/kb/articles", AGENT, json=article)
    macro = {"title": {"en": CORPUS[3]}, "body": {"en": everything}}
    await suite.ok("POST", "/api/v1/macros", ADMIN, json=macro)
    return numbers


@pytest.mark.hard("S-09", "S-11")
async def test_hostile_words_are_words_on_every_page(start: Start) -> None:
    async with start() as suite:
        numbers = await plant(suite)
        await suite.quiet(120)
        wrong: list[str] = []

        async def look(browser: Any, path: str, *, shows: bool = True) -> None:
            answer = await browser.open(path)
            assert answer.status_code == 200, f"{path}: {answer.status_code}"
            assert "alert(&#39;xss" in answer.text or CANARY in answer.text or not shows, (
                f"{path} shows nothing of it"
            )
            wrong.extend(f"{path}: {found}" for found in Finder(answer.text).wrong)

        async with suite.browser() as staff:
            await staff.sign_in(ADMIN)
            await look(staff, "/agent?view=all")
            for number in numbers:
                await look(staff, f"/agent/tickets/{number}")
            await look(staff, f"/agent/tickets/{numbers[0]}/help", shows=False)
            for path in (
                "/admin/articles",
                "/admin/people",
                "/admin/categories",
                "/admin/models",
                "/admin/dead-letters",
            ):
                await look(staff, path, shows=False)
        async with suite.browser() as customer:
            customer.http.cookies.update(await suite.core_session("x3@example.test"))
            await look(customer, "/requests")
            await look(customer, f"/requests/{numbers[3]}")
        async with suite.browser() as visitor:
            for path in ("/help/en/hostile", f"/help/search?q={CANARY}"):
                await look(visitor, path)
            for words in CORPUS:
                for path, name in (("/help/search", "q"), ("/", "q"), ("/requests/new", "subject"), ("/sign-in", "next"),  # noqa: E501
                                   ("/sign-in/link", "token")):  # fmt: skip
                    answer = await visitor.open(path, params={name: words})
                    assert answer.status_code < 500, (path, words)
                    wrong.extend(f"{path} {words[:40]}: {found}" for found in Finder(answer.text).wrong)
        assert not wrong, "\n".join(wrong[:40])


@pytest.mark.hard("S-11")
async def test_a_macro_is_filled_and_not_run(suite: Suite) -> None:
    body = {
        "title": {"en": "Template"},
        "body": {"en": "{{7*7}} {{ config }} ${7*7} {{customer.name}} {% for x in y %}"},
    }
    made = await suite.ok("POST", "/api/v1/macros", ADMIN, json=body)
    ticket = await suite.ticket(CUSTOMER)
    filled = await suite.ok(
        "GET", f"/api/v1/macros/{made['key']}/rendering", AGENT, params={"ticket": ticket["number"]}
    )
    assert "49" not in filled["text"]
    assert "{{" not in filled["text"]
