"""Beside a ticket: articles by its tags, and its solution as a draft."""

import pytest

from services.common.errors import Forbidden, Invalid
from services.kb.contract import ResolutionInput
from tests.service.kb.bench import Bench


@pytest.mark.req(94)
async def test_articles_with_a_tickets_tags_are_offered_where_its_customer_may_open_them(kb: Bench) -> None:
    one = await kb.article("Lost cards", "x", tags=["card", "lost"], visibility="customers", index=False)
    two = await kb.article("Cards", "x", tags=["card"], also={"es": ("Tarjetas", "x")}, index=False)
    await kb.article("For us", "x", tags=["card", "lost"], visibility="staff", index=False)
    await kb.article("Not yet", "x", tags=["card", "lost"], state="draft", index=False)
    await kb.article("Other", "x", tags=["fees"], index=False)
    found = await kb.client.tagged(["card", "lost"], lang="es", token=kb.agent)
    assert [(row.id, row.title) for row in found] == [(one.id, "Lost cards"), (two.id, "Tarjetas")]
    assert await kb.client.tagged([], lang="en", token=kb.agent) == []
    with pytest.raises(Forbidden):
        await kb.client.tagged(["card"], lang="en", token=kb.customer)


@pytest.mark.req(98)
async def test_a_solution_becomes_a_draft_without_what_names_its_customer(kb: Bench) -> None:
    given = ResolutionInput(
        number=1042, title="Card of ana@example.org lost", question="I am +34 600 111 222, <b>help</b>", lang="es-MX",
        reply="Block it in the *app*, Ana (4000 1234 5678 9010).", tags=["card"],
    )  # fmt: skip
    made = await kb.client.from_ticket(given, token=kb.agent)
    assert (made.state, made.visibility, made.tags, list(made.translations)) == (
        "draft",
        "staff",
        ["card"],
        ["es"],
    )
    text = made.translations["es"]
    assert text.title == "Card of … lost"
    assert "Block it in the *app*, Ana (…)." in text.body_markdown
    assert "1042" in text.body_markdown
    for private in ("600 111", "4000 1234", "<b>"):
        assert private not in text.body_html
    with pytest.raises(Invalid):
        await kb.client.from_ticket(
            ResolutionInput(number=1, title="a", question="b", reply=" "), token=kb.agent
        )
    with pytest.raises(Forbidden):
        await kb.client.from_ticket(given, token=kb.customer)
