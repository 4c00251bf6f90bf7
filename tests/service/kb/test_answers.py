"""Core wants an answer: an article gives one where it is a frequent question, public, and stands out."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from services.core.contract import TicketText
from services.kb.search import aim
from tests.service.kb.bench import Bench
from tests.service.kb.test_fit import SHELF


@pytest.fixture(autouse=True)
def few_are_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """A handful of articles serves here for the thirty from which a likeness means something by itself."""
    monkeypatch.setattr(aim, "FEWEST", 4)


async def shelf(kb: Bench, **options: Any) -> UUID:
    """A desk's articles; `options` are those of the one about refunds."""
    for number in range(6):
        await kb.article(
            f"Matter {number} of topic{number}", f"Say word{number} and thing{number}.", index=False
        )
    made = {
        title: await kb.article(title, body, index=False, **(options if title == "Refund" else {}))
        for title, body in SHELF.items()
    }
    await kb.work()
    return made["Refund"].id


async def wanted(kb: Bench, subject: str, lang: str = "en") -> UUID:
    """Core wants an answer for a request that says this."""
    ticket = uuid4()
    kb.core.texts[ticket] = TicketText(
        id=ticket, number=1001, version=1, subject=subject, body="", thread=[], language=lang, channel="email",
        tier="", contact_ref="r", status="open", status_category="open", created_at=kb.clock.now(), set_by={},
        category="refunds", priority="normal", tags=[], team=None, assignee=None,
    )  # fmt: skip
    await kb.event("core.answer.wanted.v1", ticket=str(ticket), number=1001, category="refunds")
    return ticket


ASKED = "how long does a refund take to arrive"


@pytest.mark.req(61)
async def test_a_frequent_question_that_stands_out_is_offered_word_for_word(kb: Bench) -> None:
    article = await shelf(kb, faq=True)
    ticket = await wanted(kb, ASKED)
    offered = [given for of, given in kb.core.answers if of == ticket]
    assert {given.article for given in offered} == {article}
    assert offered[0].quote in SHELF["Refund"]
    kb.core.answers.clear()
    await wanted(kb, "recipes for pancakes with syrup")
    assert kb.core.answers == []


@pytest.mark.req(61)
@pytest.mark.hard("S-22")
@pytest.mark.parametrize(
    "options",
    [{"faq": False}, {"faq": True, "visibility": "customers"}, {"faq": True, "visibility": "staff"}],
    ids=["no frequent question", "for customers", "for staff"],
)
async def test_other_articles_answer_nobody_by_themselves(kb: Bench, options: dict[str, Any]) -> None:
    await shelf(kb, **options)
    await wanted(kb, ASKED)
    assert kb.core.answers == []


async def test_an_answer_in_a_language_that_the_customer_did_not_write_is_none(kb: Bench) -> None:
    await shelf(kb, faq=True)
    await wanted(kb, "reembolso refund", lang="es")
    assert kb.core.answers == []
