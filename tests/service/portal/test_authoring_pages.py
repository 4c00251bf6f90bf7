"""The author's pages: nothing typed is lost, reviews, previews by reader, images, sections."""

from uuid import UUID

import pytest

from services.kb import contract as k
from services.portal.web.prose import article_html, player_of
from tests.service.portal.rig import Rig

ARTICLE = str(UUID(int=11))
FORM = {
    "id": ARTICLE,
    "version": "3",
    "title_en": "T",
    "body_en": "Typed",
    "state": "draft",
    "visibility": "public",
}


async def test_what_is_typed_is_kept_shown_again_and_dropped_by_a_button(agent: Rig) -> None:
    kept = await agent.post("/admin/articles/keep", FORM)
    assert "Kept unsaved" in kept.text
    assert agent.kb.drafts[ARTICLE].fields["body_en"] == "Typed"
    page = (await agent.http.get(f"/admin/articles/{ARTICLE}")).text
    assert "You see what you typed and did not save" in page
    assert ">Typed</textarea>" in page
    await agent.post("/admin/articles/discard", {"id": ARTICLE})
    assert ">Typed</textarea>" not in (await agent.http.get(f"/admin/articles/{ARTICLE}")).text


async def test_a_draft_of_an_older_state_says_so(agent: Rig) -> None:
    agent.kb.drafts[ARTICLE] = k.ArticleDraft(base_version=2, fields=FORM, at=agent.clock.now())
    page = (await agent.http.get(f"/admin/articles/{ARTICLE}")).text
    assert "somebody saved this article since" in page
    assert ">Typed</textarea>" in page


async def test_moments_are_read_in_the_authors_zone_and_a_wrong_one_loses_nothing(agent: Rig) -> None:
    agent.http.cookies.set("tz", "Europe%2FMadrid")
    await agent.post("/admin/articles/save", {**FORM, "publish_at": "2026-12-24T08:00"})
    patch = agent.kb.saved[-1]
    assert patch.publish_at.isoformat() == "2026-12-24T08:00:00+01:00"
    assert patch.archive_at is None
    wrong = await agent.post("/admin/articles/save", {**FORM, "publish_at": "soon"})
    assert wrong.status_code == 422
    assert "is not a date and time" in wrong.text
    assert ">Typed</textarea>" in wrong.text


async def test_a_colleague_is_asked_to_review_and_their_word_is_shown(agent: Rig) -> None:
    colleague = (await agent.core.staff())[-1]
    form = {"id": ARTICLE, "version": "3", "act": "asked", "reviewer": str(colleague.id), "note": "Please"}
    answer = await agent.post("/admin/articles/review", form)
    assert answer.status_code == 303
    sent = agent.kb.saved[-1]
    assert (sent.kind, sent.reviewer_name, sent.note) == ("asked", colleague.name, "Please")
    await agent.post("/admin/articles/review", {**form, "version": "2"})
    assert agent.kb.saved[-1] is sent
    assert (await agent.post("/admin/articles/review", {**form, "act": "eaten"})).status_code == 404
    assert "Which &lt;card&gt;?" in (await agent.http.get(f"/admin/articles/{ARTICLE}")).text


@pytest.mark.parametrize("reader", ["visitor", "customer", "staff"])
async def test_a_preview_shows_what_each_reader_would_see(agent: Rig, reader: str) -> None:
    agent.kb.drafts[ARTICLE] = k.ArticleDraft(
        base_version=3, fields={**FORM, "visibility": "customers"}, at=agent.clock.now()
    )
    page = await agent.http.get(f"/admin/articles/{ARTICLE}/look/en?reader={reader}")
    assert page.status_code == 200
    assert ("there is no such page" in page.text) == (reader == "visitor")
    assert ("<p>Typed</p>" in page.text) == (reader != "visitor")
    assert "alert(1)" not in page.text


@pytest.mark.req(88)
async def test_an_image_is_sent_with_words_and_shown_by_its_address(agent: Rig) -> None:
    files = {"file": ("a.png", b"\x89PNG", "image/png")}
    json = {"Accept": "application/json"}
    sent = await agent.post("/admin/articles/media", {"alt": "The [x]"}, files=files, headers=json)
    assert sent.json() == {"markdown": f"![The \\[x\\]](/media/{UUID(int=41)}.png)"}
    silent = await agent.post("/admin/articles/media", {"alt": " "}, files=files, headers=json)
    assert (silent.status_code, "error" in silent.json()) == (422, True)
    bad = await agent.post(
        "/admin/articles/media", {"alt": "A"}, files={"file": ("a.svg", b"<svg/>", "image/png")}
    )
    assert bad.status_code == 422
    assert "Articles show PNG" in bad.text
    assert (await agent.post("/admin/articles/media", {"alt": "A"}, files=files)).status_code == 303
    page = (await agent.http.get("/admin/articles/media")).text
    assert "The &lt;settings&gt;" in page


async def test_a_visitor_asks_for_an_image_as_a_visitor(rig: Rig) -> None:
    path = f"/media/{UUID(int=41)}.png"
    found = await rig.http.get(path)
    assert (found.status_code, found.content, found.headers["etag"]) == (200, b"\x89PNG", '"x"')
    assert "set-cookie" not in found.headers or "a=b" not in found.headers["set-cookie"]
    assert rig.kb.tokens[-1] is None
    assert (await rig.http.get(path, headers={"Range": "bytes=0-3"})).status_code == 206
    for wrong in (f"/media/{UUID(int=42)}.png", "/media/nonsense", "/media/..%2fetc"):
        assert (await rig.http.get(wrong)).status_code == 404


async def test_sections_are_moved_by_buttons(agent: Rig) -> None:
    page = (await agent.http.get("/admin/sections")).text
    assert "Move Payments up" in page
    await agent.post(
        "/admin/sections/move", {"section": str(UUID(int=2)), "parent": str(UUID(int=1)), "place": "999"}
    )
    assert agent.kb.saved[-1] == (UUID(int=2), k.SectionMove(parent=UUID(int=1), place=999))
    await agent.post("/admin/sections", {"do": "add", "key": "loans", "name_en": "Loans"})
    assert agent.kb.saved[-1].name == {"en": "Loans"}


async def test_customers_have_none_of_it(customer: Rig) -> None:
    for path in ("/admin/articles/media", "/admin/sections", f"/admin/articles/{ARTICLE}/look/en"):
        assert (await customer.http.get(path)).status_code == 404
    for path in ("keep", "discard", "review", "media"):
        assert (await customer.post(f"/admin/articles/{path}", FORM)).status_code == 404
    assert customer.kb.saved == []


@pytest.mark.parametrize(
    ("url", "player"),
    [
        ("https://www.youtube.com/watch?v=dQw4w9WgXcQ&t=3", "https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ"),
        ("https://youtu.be/dQw4w9WgXcQ", "https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ"),
        ("https://vimeo.com/76979871", "https://player.vimeo.com/video/76979871?dnt=1"),
        ("http://youtu.be/dQw4w9WgXcQ", None), ("https://youtube.com.evil.example/watch?v=dQw4w9WgXcQ", None),
        ("https://vimeo.com/../x", None), ("https://youtube.com/watch?v=a%22onload", None),
        ("javascript:alert(1)", None),
    ],
)  # fmt: skip
@pytest.mark.req(88)
def test_films_of_listed_sites_have_a_player_and_others_none(url: str, player: str | None) -> None:
    assert player_of(url) == player


@pytest.mark.hard("S-10")
def test_a_film_from_elsewhere_is_a_link_until_it_is_clicked() -> None:
    html = article_html(
        '<h2 id="s-a">A</h2><h3 id="main">B</h3><p><a href="https://youtu.be/dQw4w9WgXcQ">How it works</a></p>'
        '<iframe src="https://evil.example"></iframe><img src="https://evil.example/p.gif"><p onclick="x()">c</p>'
    )
    assert 'data-film="https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ"' in html
    assert 'href="https://youtu.be/dQw4w9WgXcQ"' in html
    assert '<h2 id="s-a">' in html
    for gone in ("evil.example", "iframe", "onclick", 'id="main"'):
        assert gone not in html


@pytest.mark.req(95)
async def test_the_hit_rate_of_search_and_of_suggestions_is_shown(admin: Rig) -> None:
    page = (await admin.http.get("/admin/articles/numbers")).text
    rows = [("100", "96", "96.0"), ("80", "64", "80.0"), ("64", "16", "25.0"), ("64", "8", "12.5")]
    for total, hit, rate in rows:
        assert f'<td class="n">{total}</td><td class="n">{hit}</td><td class="n">{rate}\u202f%</td>' in page
    assert ">25\u202f%</a>" in (await admin.http.get("/admin")).text


@pytest.mark.req(99)
async def test_what_articles_are_worth_is_a_page_with_periods(agent: Rig) -> None:
    page = (await agent.http.get("/admin/articles/numbers?days=90")).text
    assert "Fees &lt;old&gt;" in page
    assert ">90<" in page
    assert "crypto wallet" in page
    agent.kb.away = True
    assert "away" in (await agent.http.get("/admin/articles/numbers")).text


async def test_links_are_checked_on_demand_and_other_sites_asked_where_an_admin_says_so(admin: Rig) -> None:
    assert "Ask other sites" in (await admin.http.get("/admin/articles/review")).text
    await admin.post("/admin/articles/links", {"act": "check"})
    await admin.post("/admin/articles/links", {"act": "switch", "external_links": "1"})
    assert admin.kb.saved == ["links", k.KbSettingsPatch(external_links=True)]
    archive = await admin.http.get("/admin/articles/archive")
    assert (archive.content, archive.headers["content-type"]) == (b"PK", "application/zip")


async def test_agents_neither_switch_nor_download_everything(agent: Rig) -> None:
    assert (await agent.post("/admin/articles/links", {"act": "switch"})).status_code == 403
    assert (await agent.http.get("/admin/articles/archive")).status_code == 403
    assert agent.kb.saved == []
