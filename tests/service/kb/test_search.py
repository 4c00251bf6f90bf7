"""Searching what is published: found, marked truly, and shown to nobody who may not read it."""

import asyncio

import pytest
import sqlalchemy as sa

from services.kb.contract import ArticlePatch, PassageQuery, SectionInput
from services.kb.models import passage
from services.kb.search import routes
from tests.service.kb.bench import Bench

RESET = "Open **Settings** and choose *Security*. Press `Reset password` and follow the link in the mail."
RESTABLECER = (
    "Abra **Ajustes** y elija *Seguridad*. Pulse `Restablecer contraseña` y siga el enlace del correo."
)


@pytest.mark.req(91)
async def test_an_article_is_found_by_the_words_of_its_text(kb: Bench) -> None:
    reset = await kb.article("How do I reset my password?", RESET)
    await kb.article("Order a new card", "Cards arrive within five days.")
    page = await kb.client.search("reset my password")
    assert page.items[0].article == reset.id
    assert not page.degraded
    assert page.items[0].slug == "how-do-i-reset-my-password"
    assert 0 < page.items[0].score <= 1


@pytest.mark.req(130)
async def test_a_question_in_one_language_finds_an_article_in_another(kb: Bench) -> None:
    reset = await kb.article("How do I reset my password?", RESET)
    for number in range(5):
        await kb.article(f"Opening hours {number}", "We are open from nine to five.")
    assert (await kb.found("restablecer la contraseña", lang="es"))[0] == reset.id


async def test_a_reader_gets_the_translation_in_their_language(kb: Bench) -> None:
    made = await kb.article(
        "Reset your password", RESET, also={"es": ("Restablecer la contraseña", RESTABLECER)}
    )
    for lang, title in (("es", "Restablecer la contraseña"), ("en", "Reset your password")):
        page = await kb.client.search("reset password", lang=lang)
        assert [(hit.article, hit.lang, hit.title) for hit in page.items] == [(made.id, lang, title)]


@pytest.mark.parametrize(
    "typed", ["restablecer contrasena", "RESTABLECER CONTRASEÑA", "restabelcer la contraseña"]
)
async def test_accents_case_and_slips_do_not_hide_an_article(kb: Bench, typed: str) -> None:
    made = await kb.article("Restablecer la contraseña", RESTABLECER, lang="es")
    await kb.article("Horario de oficina", "Abrimos de nueve a cinco.", lang="es")
    assert (await kb.found(typed, lang="es"))[0] == made.id


async def test_a_mended_slip_is_told_with_its_accents(kb: Bench) -> None:
    await kb.article("Restablecer la contraseña", RESTABLECER, lang="es")
    assert (await kb.client.search("mi contrseña", lang="es")).corrected == "mi contraseña"


@pytest.mark.parametrize("code", ["ERR-4021", "err4021", "0x80070005"])
async def test_an_exact_code_is_found_among_near_ones(kb: Bench, code: str) -> None:
    wanted = await kb.article(
        "When the transfer stops", "The app shows ERR-4021 or 0x80070005. Wait a minute."
    )
    for number in range(4022, 4030):
        await kb.article(
            f"Transfer trouble {number}", f"The app shows ERR-{number}. Call us about the transfer."
        )
    assert (await kb.found(code))[0] == wanted.id


async def test_marks_are_true_and_make_up_the_passage(kb: Bench) -> None:
    await kb.article("Restablecer la contraseña", RESTABLECER, lang="es")
    hit = (await kb.client.search("contrasena correos", lang="es")).items[0]
    assert "".join(segment.text for segment in hit.highlight) == hit.passage
    assert {segment.text for segment in hit.highlight if segment.marked} == {"contraseña", "correo"}
    assert {segment.text for segment in hit.title_highlight if segment.marked} == {"contraseña"}


async def test_a_hit_points_at_the_heading_above_its_passage(kb: Bench) -> None:
    body = "Intro.\n\n## Lost card\n\nFreeze the card in the app.\n\n## Opening hours\n\nFrom nine to five."
    await kb.article("Help", body)
    hit = (await kb.client.search("freeze lost card")).items[0]
    assert (hit.heading, hit.anchor) == ("Lost card", "s-lost-card")
    page = await kb.client.page("en", hit.slug)
    assert f'id="{hit.anchor}"' in page.html


async def test_an_empty_question_finds_nothing_and_breaks_nothing(kb: Bench) -> None:
    await kb.article("Help", "Something")
    for q in ("", "   ", "\x00", "¿?", "''; DROP TABLE passage; --", '"NEAR(', "*" * 500, "𓀀" * 50):
        page = await kb.client.search(q)
        assert page.items is not None


@pytest.mark.req(92)
@pytest.mark.hard("S-22")
async def test_a_visitor_finds_no_staff_customer_or_unpublished_article_by_any_way(kb: Bench) -> None:
    secret = "zanzibar procedure"
    hidden = [
        await kb.article(f"Staff {secret}", secret, visibility="staff", tags=["t"]),
        await kb.article(f"Customers {secret}", secret, visibility="customers", tags=["t"]),
        await kb.article(f"Draft {secret}", secret, state="draft", tags=["t"]),
        await kb.article(f"Old {secret}", secret, state="archived", tags=["t"]),
    ]
    shown = await kb.article("Opening hours", "From nine to five.", tags=["t"])
    agent, customer = kb.agent, kb.customer
    assert set(await kb.found(secret, token=agent)) >= {hidden[0].id, hidden[1].id}
    assert hidden[1].id in await kb.found(secret, token=customer)
    assert hidden[0].id not in await kb.found(secret, token=customer)
    for token in (None, customer):
        allowed = {shown.id} if token is None else {shown.id, hidden[1].id}
        assert set(await kb.found(secret, token=token, limit=50)) <= allowed
        assert set(await kb.found(secret, token=token, limit=50, tag="t")) <= allowed
        listed = await kb.client.articles(token=token)
        assert {row.id for row in listed.items} == allowed
        page = await kb.client.page("en", "opening-hours", token=token)
        assert {row.id for row in page.related} <= allowed
        for article in hidden:
            if article.id not in allowed:
                for call in (
                    kb.client.article(article.id, token=token),
                    kb.client.page("en", article.translations["en"].slug, token=token),
                ):
                    with pytest.raises(Exception, match="no such article"):
                        await call
    # Neither may the spelling tell a word that only staff can read.
    assert (await kb.client.search("zanzibra")).corrected is None
    assert (await kb.client.search("zanzibra", token=agent)).corrected == "zanzibar"


@pytest.mark.req(92)
async def test_taking_an_article_back_hides_it_before_the_index_follows(kb: Bench) -> None:
    made = await kb.article("Freeze a lost card", "Freeze the card in the app.")
    assert made.id in await kb.found("freeze card")
    await kb.client.update(made.id, ArticlePatch(version=made.version, visibility="staff"), token=kb.agent)
    assert made.id not in await kb.found("freeze card")
    assert made.id in await kb.found("freeze card", token=kb.agent)


async def test_however_many_better_ones_were_taken_back_the_readable_article_is_found(kb: Bench) -> None:
    better = [await kb.article(f"Freeze a lost card {n}", "Freeze the lost card.") for n in range(7)]
    left = await kb.article("Fees", "A card that you freeze costs nothing.")
    for made in better:
        await kb.client.update(
            made.id, ArticlePatch(version=made.version, visibility="staff"), token=kb.agent
        )
    assert await kb.found("freeze lost card", limit=1) == [left.id]


async def test_a_passage_that_is_gone_since_it_was_indexed_gives_way_to_the_next(kb: Bench) -> None:
    parts = [f"## Part {n}\n\n" + f"Freeze the card {'in the app ' * 30}" for n in range(3)]
    made = await kb.article("Cards", "\n\n".join(parts))
    (first,) = (await kb.client.search("freeze card")).items
    rows = await kb.rows(sa.select(passage.c.id).where(passage.c.article_id == made.id))
    assert len(rows) > 1
    await kb.service.db.write(
        lambda conn: conn.execute(passage.delete().where(passage.c.id == first.passage_id))
    )
    (second,) = (await kb.client.search("freeze card")).items
    assert second.article == made.id
    assert second.passage_id != first.passage_id
    assert "Freeze" in [part.text for part in second.highlight if part.marked]


async def test_passages_for_services_keep_to_the_visibilities_asked_for(kb: Bench) -> None:
    public = await kb.article("Refund for a card", "Ask for a refund in the app.")
    staff = await kb.article("Refund rules", "A refund above 500 needs a lead.", visibility="staff")
    found = await kb.client.passages(PassageQuery(text="refund for my card"))
    assert [hit.article for hit in found] == [public.id]
    found = await kb.client.passages(PassageQuery(text="refund", visibility=("public", "customers", "staff")))
    assert {hit.article for hit in found} == {public.id, staff.id}


async def test_search_can_be_kept_to_a_section_and_all_below_it(kb: Bench) -> None:
    cards = await kb.client.create_section(SectionInput(key="cards", name={"en": "Cards"}), token=kb.agent)
    lost = await kb.client.create_section(
        SectionInput(key="lost", name={"en": "Lost"}, parent=cards.id), token=kb.agent
    )
    inside = await kb.article("Lost card", "Freeze it.", section=lost.id)
    await kb.article("Card fees", "A lost card costs a fee.")
    assert await kb.found("lost card", section=cards.id) == [inside.id]


@pytest.mark.req(99)
async def test_searches_without_result_are_reported_without_what_is_private(kb: Bench) -> None:
    await kb.article("Lost card", "Freeze it.")
    await kb.client.search("4539 1488 0343 6467 ana@example.org")
    await kb.client.search("lost card")
    await kb.client.search("Lost card")
    await asyncio.gather(*routes._pending)  # the log is written behind the answers
    report = await kb.client.search_report(token=kb.agent)
    assert report.searches == 3
    assert report.top[0].query == "lost card"
    assert report.top[0].count == 2
    assert "4539" not in str(report)
    assert "ana@" not in str(report)
