"""Writing and reading articles: versions, conflicts, addresses, sections, rights."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from services.common.errors import DeskError, Forbidden, Invalid, NotFound, Unauthorized
from services.common.http.paging import BadCursor
from services.kb.contract import (
    ArticleInput,
    ArticlePatch,
    FeedbackInput,
    SectionInput,
    SectionPatch,
    TranslationInput,
)
from services.kb.errors import (
    ArticleNotFound,
    InvalidArticle,
    InvalidSection,
    SectionNotEmpty,
    SlugTaken,
    StaleArticle,
)
from tests.service.kb.bench import Bench


def text(title: str, body: str = "Body", **options: Any) -> TranslationInput:
    return TranslationInput(title=title, body_markdown=body, **options)


@pytest.mark.req(91)
async def test_an_article_is_read_by_its_address_in_each_of_its_languages(kb: Bench) -> None:
    made = await kb.article("¿Cómo bloqueo la tarjeta?", "## Pasos\n\nPulse *Bloquear*.", lang="es",
                            also={"en": ("How do I freeze my card?", "Press *Freeze*.")})  # fmt: skip
    page = await kb.client.page("es", "como-bloqueo-la-tarjeta")
    assert (page.id, page.title) == (made.id, "¿Cómo bloqueo la tarjeta?")
    assert page.languages == {"es": "como-bloqueo-la-tarjeta", "en": "how-do-i-freeze-my-card"}
    assert [(h.text, h.anchor) for h in page.headings] == [("Pasos", "s-pasos")]
    assert "<em>Bloquear</em>" in page.html
    assert (await kb.client.page("en", "how-do-i-freeze-my-card")).title == "How do I freeze my card?"


@pytest.mark.req(90)
async def test_the_faq_lists_flagged_articles_only(kb: Bench) -> None:
    flagged = await kb.article("Fees", faq=True)
    await kb.article("Terms")
    assert [row.id for row in (await kb.client.articles(faq=True)).items] == [flagged.id]


@pytest.mark.req(39)
async def test_a_stale_version_is_refused_with_the_current_state(kb: Bench) -> None:
    made = await kb.article("Fees", "Old", index=False)
    first = ArticlePatch(version=made.version, translations={"en": text("Fees", "Mine")})
    await kb.client.update(made.id, first, token=kb.agent)
    with pytest.raises(StaleArticle) as caught:
        await kb.client.update(made.id, ArticlePatch(version=made.version, faq=True), token=kb.agent)
    current = caught.value.extra["current"]
    assert current["version"] == made.version + 1
    assert current["translations"]["en"]["body_markdown"] == "Mine"


async def test_every_saved_state_of_a_language_can_be_brought_back(kb: Bench) -> None:
    made = await kb.article("Fees", "One", index=False, also={"es": ("Comisiones", "Uno")})
    kb.clock.advance(timedelta(seconds=30))
    changed = await kb.client.update(
        made.id, ArticlePatch(version=1, translations={"en": text("Fees", "Two")}), token=kb.agent
    )
    assert changed.translations["es"].outdated
    assert not changed.translations["en"].outdated
    states = await kb.client.versions(made.id, "en", token=kb.agent)
    assert [(state.number, state.body_markdown, state.author) for state in states] == [
        (2, "Two", "Pat"),
        (1, "One", "Pat"),
    ]
    path = f"/api/v1/kb/articles/{made.id}/versions/en/1/restore"
    await kb.peer.post(path, {"version": changed.version}, token=kb.agent)
    states = await kb.client.versions(made.id, "en", token=kb.agent)
    assert [state.body_markdown for state in states] == ["One", "Two", "One"]


async def test_saving_what_is_there_already_makes_no_version(kb: Bench) -> None:
    made = await kb.article("Fees", "One", index=False)
    await kb.client.update(
        made.id, ArticlePatch(version=1, translations={"en": text("Fees", "One")}), token=kb.agent
    )
    assert len(await kb.client.versions(made.id, "en", token=kb.agent)) == 1


async def test_a_link_goes_on_working_when_the_address_changes(kb: Bench) -> None:
    made = await kb.article("Fees", index=False)
    patch = ArticlePatch(version=1, translations={"en": text("Our fees", slug="our-fees")})
    await kb.client.update(made.id, patch, token=kb.agent)
    assert (await kb.client.page("en", "fees")).slug == "our-fees"
    other = await kb.article("Fees", index=False)
    assert (await kb.client.page("en", "fees")).id == other.id, (
        "a new article may take an address that is free"
    )


async def test_two_articles_of_one_title_get_addresses_of_their_own(kb: Bench) -> None:
    first, second = await kb.article("Fees", index=False), await kb.article("Fees", index=False)
    assert first.translations["en"].slug == "fees"
    assert second.translations["en"].slug == "fees-2"
    with pytest.raises(SlugTaken):
        await kb.client.create(ArticleInput(translations={"en": text("Else", slug="fees")}), token=kb.agent)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"translations": {}}, "translations"),
        ({"translations": {"en": {"title": "  "}}}, "translations.en.title"),
        ({"translations": {"english!": {"title": "A"}}}, "translations.english!"),
        ({"translations": {"en": {"title": "A", "slug": "A b"}}}, "translations.en.slug"),
        (
            {"translations": {"en": {"title": "A", "body_markdown": "x" * 400_001}}},
            "translations.en.body_markdown",
        ),
        ({"translations": {"en": {"title": "A"}}, "tags": [f"t{n}" for n in range(31)]}, "tags"),
    ],
)
async def test_an_article_that_is_not_complete_is_refused_by_field(
    kb: Bench, body: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidArticle) as caught:
        await kb.peer.post("/api/v1/kb/articles", body, token=kb.agent)
    assert [error.field for error in caught.value.errors] == [field]


@pytest.mark.hard("S-23")
@pytest.mark.parametrize("extra", ["views", "created_by", "version", "published_at", "id", "helpful"])
async def test_fields_that_are_not_an_author_s_are_refused(kb: Bench, extra: str) -> None:
    body = {"translations": {"en": {"title": "A"}}, extra: 1}
    with pytest.raises(DeskError) as caught:
        await kb.peer.post("/api/v1/kb/articles", body, token=kb.agent)
    assert caught.value.status in (400, 422)


@pytest.mark.req(125)
async def test_only_those_who_write_may_write(kb: Bench) -> None:
    made = await kb.article("Fees", index=False)
    calls = [
        lambda token: kb.client.create(ArticleInput(translations={"en": text("A")}), token=token),
        lambda token: kb.client.update(made.id, ArticlePatch(version=1, faq=True), token=token),
        lambda token: kb.client.delete(made.id, token=token),
        lambda token: kb.client.versions(made.id, "en", token=token),
        lambda token: kb.client.create_section(SectionInput(key="a", name={"en": "A"}), token=token),
        lambda token: kb.client.search_report(token=token),
        lambda token: kb.client.rebuild_index(token=token),
    ]
    for call in calls:
        for token in (kb.customer, kb.token("light")):
            with pytest.raises((Forbidden, Unauthorized)):
                await call(token)


@pytest.mark.req(92)
async def test_a_light_agent_reads_what_is_for_staff_but_no_drafts(kb: Bench) -> None:
    staff = await kb.article("Refund rules", visibility="staff", index=False)
    await kb.article("Draft", state="draft", index=False)
    light = kb.token("light")
    assert [row.id for row in (await kb.client.articles(token=light)).items] == [staff.id]


async def test_deleting_leaves_nothing_to_find(kb: Bench) -> None:
    made = await kb.article("Fees", "Comisiones y cargos", tags=["fees"])
    await kb.client.delete(made.id, token=kb.agent)
    await kb.work()
    with pytest.raises(ArticleNotFound):
        await kb.client.article(made.id, token=kb.agent)
    assert await kb.found("fees") == []
    active = await kb.desk.index.active()
    assert active is not None
    assert await kb.vectors.count(active.name) == 0


async def test_publishing_and_archiving_are_told_to_other_services(kb: Bench) -> None:
    made = await kb.article("Fees", state="draft", index=False)
    assert await kb.events("kb.article.published.v1") == []
    shown = await kb.client.update(made.id, ArticlePatch(version=1, state="published"), token=kb.agent)
    await kb.client.update(made.id, ArticlePatch(version=shown.version, state="archived"), token=kb.agent)
    assert await kb.events("kb.article.published.v1") == [
        {"article": str(made.id), "version": 2, "languages": ["en"], "visibility": "public"}
    ]
    assert len(await kb.events("kb.article.archived.v1")) == 1


async def test_a_repeated_request_makes_one_article(kb: Bench) -> None:
    body = ArticleInput(translations={"en": text("Fees")})
    one = await kb.client.create(body, token=kb.agent, key="k-1")
    two = await kb.client.create(body, token=kb.agent, key="k-1")
    assert one.id == two.id


async def test_lists_are_paged_without_gaps_or_repeats(kb: Bench) -> None:
    made = {(await kb.article(f"Fees {n}", index=False)).id for n in range(7)}
    for sort in ("updated", "popular"):
        seen: list[Any] = []
        cursor = None
        while True:
            page = await kb.client.articles(limit=3, cursor=cursor, sort=sort)
            seen += [row.id for row in page.items]
            cursor = page.next_cursor
            if cursor is None:
                break
        assert len(seen) == 7
        assert set(seen) == made
    with pytest.raises(BadCursor):
        await kb.client.articles(cursor="bm90IG91cnM")


@pytest.mark.hard("S-24")
@pytest.mark.parametrize("sort", ["created_by", "id; drop table article", "article.version"])
async def test_a_list_is_sorted_by_what_is_offered_only(kb: Bench, sort: str) -> None:
    with pytest.raises(DeskError, match="sorted by"):
        await kb.client.articles(sort=sort)


async def test_wildcards_in_a_filter_are_letters(kb: Bench) -> None:
    await kb.article("Fees", index=False)
    percent = await kb.article("5 % fee", index=False)
    assert [row.id for row in (await kb.client.articles(q="%")).items] == [percent.id]


@pytest.mark.req(91)
async def test_sections_count_what_the_reader_may_read(kb: Bench) -> None:
    cards = await kb.client.create_section(SectionInput(key="cards", name={"en": "Cards"}), token=kb.agent)
    lost = await kb.client.create_section(
        SectionInput(key="lost", name={"en": "Lost"}, parent=cards.id), token=kb.agent
    )
    secret = await kb.client.create_section(SectionInput(key="inside", name={"en": "Inside"}), token=kb.agent)
    await kb.article("Lost card", section=lost.id, index=False)
    await kb.article("Rules", section=secret.id, visibility="staff", index=False)
    for_all = await kb.client.sections()
    assert [(node.key, node.articles, [child.key for child in node.children]) for node in for_all] == [
        ("cards", 1, ["lost"])
    ]
    assert {node.key: node.articles for node in await kb.client.sections(token=kb.agent)} == {
        "cards": 1,
        "inside": 1,
    }


async def test_a_section_cannot_lie_inside_itself_nor_go_while_it_is_used(kb: Bench) -> None:
    cards = await kb.client.create_section(SectionInput(key="cards", name={"en": "Cards"}), token=kb.agent)
    lost = await kb.client.create_section(
        SectionInput(key="lost", name={"en": "Lost"}, parent=cards.id), token=kb.agent
    )
    with pytest.raises(InvalidSection):
        await kb.client.update_section(cards.id, SectionPatch(parent=lost.id), token=kb.agent)
    with pytest.raises(SectionNotEmpty):
        await kb.client.delete_section(cards.id, token=kb.agent)
    await kb.client.delete_section(lost.id, token=kb.agent)
    await kb.client.delete_section(cards.id, token=kb.agent)
    assert await kb.client.sections(token=kb.agent) == []


@pytest.mark.req(99)
async def test_votes_and_readings_are_counted_once_a_reader(kb: Bench) -> None:
    made = await kb.article("Fees", index=False)
    for visitor, helpful in (("a", True), ("a", False), ("b", True)):
        await kb.peer.post(
            f"/api/v1/kb/articles/{made.id}/feedback",
            FeedbackInput(helpful=helpful, lang="en"),
            params={"visitor": visitor},
        )
    await kb.client.page("en", "fees")
    await kb.client.page("en", "fees", token=kb.customer)
    await kb.client.page("en", "fees", token=kb.agent)
    now = await kb.client.article(made.id, token=kb.agent)
    assert (now.helpful, now.unhelpful) == (1, 1)
    assert (await kb.client.articles(sort="popular")).items[0].views == 2


async def test_related_articles_share_tags_before_they_share_a_section(kb: Bench) -> None:
    cards = await kb.client.create_section(SectionInput(key="cards", name={"en": "Cards"}), token=kb.agent)
    await kb.article("Lost card", tags=["lost", "card"], section=cards.id, index=False)
    near = await kb.article("Stolen card", tags=["lost", "card"], index=False)
    same = await kb.article("New card", section=cards.id, index=False)
    await kb.article("Opening hours", index=False)
    page = await kb.client.page("en", "lost-card")
    assert [row.id for row in page.related] == [near.id, same.id]


async def test_what_is_not_there_is_not_found(kb: Bench) -> None:
    with pytest.raises(ArticleNotFound):
        await kb.client.article(uuid4())
    with pytest.raises(ArticleNotFound):
        await kb.client.page("en", "../../etc/passwd".replace("/", "%2f"))
    with pytest.raises((NotFound, Invalid)):
        await kb.client.articles(section=str(uuid4()) + "x")
