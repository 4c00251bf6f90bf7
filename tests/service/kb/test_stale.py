"""Which articles somebody should look at."""

from datetime import timedelta

import pytest

from services.common.errors import Forbidden
from services.kb.contract import ArticlePatch, FeedbackInput, SuggestionInput, TranslationInput
from tests.service.kb.bench import Bench


async def reasons(kb: Bench) -> dict[str, list[str]]:
    return {one.title: list(one.reasons) for one in await kb.client.stale(token=kb.agent)}


@pytest.mark.req(101)
async def test_old_behind_and_broken_articles_are_reported_with_their_reasons(kb: Bench) -> None:
    fees = await kb.article(
        "Fees", "See [limits](/help/en/limits) and [this](/help/en/gone#x).", also={"es": ("Tasas", "x")}
    )
    await kb.article("Limits", "None. Look at [the web](https://elsewhere.example/help/en/me).")
    await kb.article("Draft", "[gone](/help/en/gone)", state="draft")
    found = await kb.client.stale(token=kb.agent)
    assert [(one.title, one.reasons, one.broken) for one in found] == [
        ("Fees", ["broken_link"], ["/help/en/gone"])
    ]
    kb.clock.advance(timedelta(days=400))
    change = {"es": TranslationInput(title="Tasas", body_markdown="nuevo")}
    await kb.client.update(fees.id, ArticlePatch(version=1, translations=dict(change)), token=kb.agent)
    assert await reasons(kb) == {"Fees": ["outdated", "broken_link"], "Limits": ["old"]}
    with pytest.raises(Forbidden):
        await kb.client.stale(token=kb.customer)


@pytest.mark.req(99, 101)
async def test_what_readers_and_tickets_contradict_is_reported(kb: Bench) -> None:
    card = await kb.article("Lost card", "Freeze the card.")
    for number in range(5):
        reader = kb.token("customer", person=f"c{number}")
        await kb.client.feedback(card.id, FeedbackInput(helpful=number == 0), token=reader)
        given = await kb.client.suggest(SuggestionInput(subject="lost card", visitor=f"v{number}"))
        await kb.client.session_event(given.session, "opened", article=card.id)
        await kb.event(
            "core.ticket.created.v1", ticket=f"t{number}", number=number, contact_ref=f"r{number}",
            suggestion_session=str(given.session),
        )  # fmt: skip
    assert await reasons(kb) == {"Lost card": ["unhelpful", "contradicted"]}
