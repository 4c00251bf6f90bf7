"""What fits is suggested, what does not is not; a passage that answers is quoted; shared tags raise an article."""

from typing import Any

import msgspec
import pytest

from services.kb.contract import PassageQuery, SuggestionInput
from services.kb.search import aim
from tests.service.kb.bench import Bench


@pytest.fixture(autouse=True)
def few_are_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """A handful of articles serves here for the thirty from which a likeness means something by itself."""
    monkeypatch.setattr(aim, "FEWEST", 4)


SHELF = {
    "Lost card": "Freeze the lost card in the app at once.",
    "Refund": "A refund takes three days to arrive.",
    "Printer": "Turn the printer off and on again.",
    "Invoice": "Every invoice is sent on the first of the month.",
}


async def shelf(kb: Bench) -> dict[str, Any]:
    for number in range(6):  # enough to tell what any text gets
        await kb.article(
            f"Matter {number} of topic{number}", f"Say word{number} and thing{number}.", index=False
        )
    made = {title: (await kb.article(title, body, index=False)).id for title, body in SHELF.items()}
    await kb.work()
    return made


@pytest.mark.req(93)
async def test_nothing_is_suggested_where_nothing_fits(kb: Bench) -> None:
    ids = await shelf(kb)
    kb.desk.options = msgspec.structs.replace(kb.desk.options, suggest_at_least=0.45)
    given = await kb.client.suggest(SuggestionInput(subject="I lost my card", visitor="v"))
    assert [item.article for item in given.items] == [ids["Lost card"]]
    given = await kb.client.suggest(SuggestionInput(subject="recipes for pancakes with syrup", visitor="v"))
    assert given.shown
    assert given.items == []


async def test_the_very_code_is_suggested_however_strange_it_looks(kb: Bench) -> None:
    await shelf(kb)
    coded = await kb.article("Machine messages", "ERR-4021 means that the paper is out.")
    kb.desk.options = msgspec.structs.replace(kb.desk.options, suggest_at_least=0.9)
    given = await kb.client.suggest(SuggestionInput(subject="ERR-4021", visitor="v"))
    assert [item.article for item in given.items] == [coded.id]


@pytest.mark.req(95)
async def test_a_passage_that_answers_is_quoted_word_for_word_with_its_source(kb: Bench) -> None:
    ids = await shelf(kb)
    page = await kb.client.search("how long does a refund take to arrive")
    assert page.answer is not None
    assert page.answer.article == ids["Refund"]
    assert page.answer.quote in SHELF["Refund"]
    assert "".join(part.text for part in page.answer.highlight) == page.answer.quote
    assert (await kb.client.search("recipes for pancakes with syrup")).answer is None
    assert (await kb.client.search("refund ERR-4021")).answer is None


async def test_what_two_articles_answer_alike_is_not_answered_by_one(kb: Bench) -> None:
    await shelf(kb)
    await kb.article("Refund", "A refund takes three days to arrive.")
    assert (await kb.client.search("how long does a refund take to arrive")).answer is None


async def test_a_desk_with_a_handful_of_articles_suggests_all_the_same(kb: Bench) -> None:
    kb.desk.options = msgspec.structs.replace(kb.desk.options, suggest_at_least=0.99)
    only = await kb.article("Lost card", "Freeze it.")
    given = await kb.client.suggest(SuggestionInput(subject="my lost card", visitor="v"))
    assert [item.article for item in given.items] == [only.id]


@pytest.mark.req(94)
async def test_tags_that_are_asked_for_raise_the_articles_that_carry_them(kb: Bench) -> None:
    first = await kb.article("Refund for a card", "Ask for a refund of the card fee.", tags=["fees"])
    second = await kb.article("Card refund", "Ask for a refund of the card fee.", tags=["travel"])
    for tag, wanted in (("fees", first), ("travel", second)):
        plain = await kb.client.passages(PassageQuery(text="refund of the card fee"))
        found = await kb.client.passages(PassageQuery(text="refund of the card fee", tags=[tag]))
        before, after = ({hit.article: hit.score for hit in hits}[wanted.id] for hits in (plain, found))
        assert after > before
        assert len(found) == 2
