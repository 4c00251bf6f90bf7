"""The author's table: kept drafts, reviews, the calendar, images."""

from datetime import timedelta

import httpx
import pytest
from httpx import ASGITransport, AsyncClient

from services.common.errors import DeskError, Forbidden, NotFound, Unauthorized
from services.kb.articles import schedule
from services.kb.contract import ArticlePatch, DraftInput, ReviewInput
from services.kb.errors import (
    InReview,
    InvalidArticle,
    MediaNotFound,
    MediaRefused,
    NotInReview,
    StaleArticle,
)
from tests.service.kb.bench import Bench
from tests.unit.kb.test_media import png

# drafts


async def test_what_an_author_types_is_kept_for_them_alone_until_it_is_saved(kb: Bench) -> None:
    made = await kb.article("Fees", "Old", state="draft", index=False)
    of, other = str(made.id), kb.token("agent", person="p2")
    assert await kb.client.draft(of, token=kb.agent) is None
    for body in ("Ne", "New"):
        await kb.client.keep_draft(of, DraftInput(base_version=1, fields={"body_en": body}), token=kb.agent)
    kept = await kb.client.draft(of, token=kb.agent)
    assert kept is not None
    assert (kept.fields, kept.base_version, kept.at) == ({"body_en": "New"}, 1, kb.clock.now())
    assert await kb.client.draft(of, token=other) is None
    await kb.client.update(made.id, ArticlePatch(version=1, translations=_en("Fees", "New")), token=kb.agent)
    assert await kb.client.draft(of, token=kb.agent) is None


async def test_a_save_that_is_refused_leaves_the_draft(kb: Bench) -> None:
    made = await kb.article("Fees", "Old", index=False)
    await kb.client.update(made.id, ArticlePatch(version=1, faq=True), token=kb.token("agent", person="p2"))
    await kb.client.keep_draft(
        str(made.id), DraftInput(base_version=1, fields={"body_en": "Mine"}), token=kb.agent
    )
    with pytest.raises(StaleArticle):
        await kb.client.update(
            made.id, ArticlePatch(version=1, translations=_en("Fees", "Mine")), token=kb.agent
        )
    assert await kb.client.draft(str(made.id), token=kb.agent) is not None


async def test_drafts_are_for_authors_have_an_end_and_go_after_a_season(kb: Bench) -> None:
    with pytest.raises(Forbidden):
        await kb.client.draft("new", token=kb.customer)
    with pytest.raises(DeskError):
        await kb.client.keep_draft("new", DraftInput(fields={"body_en": "x" * 1_000_001}), token=kb.agent)
    await kb.client.keep_draft("new", DraftInput(fields={"title_en": "A"}), token=kb.agent)
    kb.clock.advance(timedelta(days=91))
    await kb.run("every.forget_drafts")
    assert await kb.client.draft("new", token=kb.agent) is None


# reviews


@pytest.mark.req(97)
async def test_a_draft_waits_for_its_reviewer_and_nobody_else_publishes_it(kb: Bench) -> None:
    made = await kb.article("Fees", state="draft", index=False)
    rita, other = kb.token("agent", person="rita"), kb.token("agent", person="other")
    asked = await kb.client.review(made.id, _ask(made.version), token=kb.agent)
    assert (asked.reviewer, asked.reviewer_name, asked.state) == ("rita", "Rita", "draft")
    waiting = await kb.client.articles(reviewer="me", token=rita)
    assert [(row.id, row.reviewer_name) for row in waiting.items] == [(made.id, "Rita")]
    with pytest.raises(InReview):
        await kb.client.update(made.id, ArticlePatch(version=asked.version, state="published"), token=other)
    approve = ReviewInput(version=asked.version, kind="approved")
    with pytest.raises(InReview):
        await kb.client.review(made.id, approve, token=other)
    sent_back = ReviewInput(version=asked.version, kind="returned", note="Which card?")
    back = await kb.client.review(made.id, sent_back, token=rita)
    assert (back.reviewer, back.state) == (None, "draft")
    notes = await kb.client.reviews(made.id, token=kb.agent)
    assert [(note.kind, note.note) for note in notes] == [
        ("returned", "Which card?"),
        ("asked", "Please look"),
    ]


async def test_the_reviewer_publishes_and_the_review_is_over(kb: Bench) -> None:
    made = await kb.article("Fees", state="draft", index=False)
    asked = await kb.client.review(made.id, _ask(made.version), token=kb.agent)
    rita = kb.token("agent", person="rita")
    done = await kb.client.update(made.id, ArticlePatch(version=asked.version, state="published"), token=rita)
    assert (done.state, done.reviewer) == ("published", None)
    with pytest.raises(NotInReview):
        await kb.client.review(made.id, ReviewInput(version=done.version, kind="approved"), token=rita)


async def test_a_review_is_of_the_version_that_was_read_and_says_why_it_returns(kb: Bench) -> None:
    made = await kb.article("Fees", state="draft", index=False)
    with pytest.raises(StaleArticle):
        await kb.client.review(made.id, _ask(made.version + 1), token=kb.agent)
    asked = await kb.client.review(made.id, _ask(made.version), token=kb.agent)
    empty = ReviewInput(version=asked.version, kind="returned", note=" ")
    with pytest.raises(InvalidArticle):
        await kb.client.review(made.id, empty, token=kb.token("lead", person="boss"))
    published = await kb.article("Terms", index=False)
    with pytest.raises(InvalidArticle):
        await kb.client.review(published.id, _ask(published.version), token=kb.agent)
    with pytest.raises((Forbidden, Unauthorized)):
        await kb.client.reviews(made.id, token=kb.customer)


# the calendar


async def test_an_article_appears_and_disappears_by_the_clock(kb: Bench) -> None:
    made = await kb.article("Christmas hours", state="draft", index=False)
    now = kb.clock.now()
    patch = ArticlePatch(version=1, publish_at=now + timedelta(hours=1), archive_at=now + timedelta(hours=3))
    planned = await kb.client.update(made.id, patch, token=kb.agent)
    assert planned.publish_at == now + timedelta(hours=1)
    assert await kb.run("every.keep_schedule") == {"changed": 0}
    with pytest.raises(NotFound):
        await kb.client.page("en", "christmas-hours")
    kb.clock.advance(timedelta(minutes=61))
    assert await kb.run("every.keep_schedule") == {"changed": 1}
    assert (await kb.client.page("en", "christmas-hours")).title == "Christmas hours"
    assert await kb.run("every.keep_schedule") == {"changed": 0}
    kb.clock.advance(timedelta(hours=2))
    assert await kb.run("every.keep_schedule") == {"changed": 1}
    with pytest.raises(NotFound):
        await kb.client.page("en", "christmas-hours")
    after = await kb.client.article(made.id, token=kb.agent)
    assert (after.state, after.publish_at, after.archive_at) == ("archived", None, None)


async def test_a_draft_in_review_does_not_appear_before_its_reviewer_says_so(kb: Bench) -> None:
    made = await kb.article("Fees", state="draft", index=False)
    patch = ArticlePatch(version=1, publish_at=kb.clock.now() + timedelta(hours=1))
    planned = await kb.client.update(made.id, patch, token=kb.agent)
    asked = await kb.client.review(made.id, _ask(planned.version), token=kb.agent)
    kb.clock.advance(timedelta(hours=2))
    assert await kb.run("every.keep_schedule") == {"changed": 0}
    approved = ReviewInput(version=asked.version, kind="approved")
    await kb.client.review(made.id, approved, token=kb.token("agent", person="rita"))
    assert await kb.run("every.keep_schedule") == {"changed": 1}


@pytest.mark.parametrize(
    ("begin", "end", "field"), [(-1, None, "publish_at"), (5, 4, "archive_at"), (None, -1, "archive_at")]
)
async def test_a_moment_that_has_passed_or_an_end_before_its_beginning_is_refused(
    kb: Bench, begin: int | None, end: int | None, field: str
) -> None:
    made = await kb.article("Fees", state="draft", index=False)
    begin_at, end_at = (None if h is None else kb.clock.now() + timedelta(hours=h) for h in (begin, end))
    patch = ArticlePatch(version=1, publish_at=begin_at, archive_at=end_at)
    with pytest.raises(InvalidArticle) as caught:
        await kb.client.update(made.id, patch, token=kb.agent)
    assert [error.field for error in caught.value.errors] == [field]


def test_the_clock_is_not_a_person() -> None:
    assert schedule.CLOCK.kind == "service"


# images


@pytest.mark.req(88)
async def test_an_image_is_seen_by_whoever_may_read_an_article_with_it(kb: Bench) -> None:
    sent = await kb.client.upload(png(30, 20), name="../../step 1.png", alt="The settings", token=kb.agent)
    assert (sent.kind, sent.type, sent.name, sent.width, sent.height) == (
        "image",
        "image/png",
        "step 1.png",
        30,
        20,
    )
    body = f"Look:\n\n![{sent.alt}]({sent.path})"
    made = await kb.article("Steps", body, visibility="staff", index=False)
    assert f'<img src="{sent.path}" alt="The settings">' in made.translations["en"].body_html
    readers = {"visitor": "", "customer": kb.customer, "light": kb.token("light"), "agent": kb.agent}

    async def seen() -> set[str]:
        found = set()
        for name, token in readers.items():
            headers = {"Authorization": f"Bearer {token}" if token else ""}
            async with AsyncClient(transport=ASGITransport(app=kb.service.app), base_url="http://kb") as http:
                answer = await http.get(f"/api/v1/kb/media/{sent.id}", headers=headers)
            assert answer.status_code in (200, 404)
            found |= {name} if answer.status_code == 200 else set()
        return found

    assert await seen() == {"light", "agent"}
    version = made.version
    for visibility, expected in (("customers", {"customer"}), ("public", {"customer", "visitor"})):
        patch = ArticlePatch(version=version, visibility=visibility)  # type: ignore[arg-type]
        version = (await kb.client.update(made.id, patch, token=kb.agent)).version
        assert await seen() == {"light", "agent"} | expected
    await kb.client.update(made.id, ArticlePatch(version=version, state="archived"), token=kb.agent)
    assert await seen() == {"agent"}


async def test_an_image_needs_words_for_those_who_cannot_see_it(kb: Bench) -> None:
    with pytest.raises(MediaRefused) as caught:
        await kb.client.upload(png(3, 3), name="a.png", alt="  ", token=kb.agent)
    assert [error.field for error in caught.value.errors] == ["alt"]
    with pytest.raises(MediaRefused):
        await kb.client.upload(b"<svg onload=alert(1)>", name="a.svg", alt="A", token=kb.agent)
    with pytest.raises(Forbidden):
        await kb.client.upload(png(3, 3), name="a.png", alt="A", token=kb.customer)
    assert await kb.client.media(token=kb.agent) == []


async def test_the_same_bytes_are_stored_once_and_given_out_in_parts(kb: Bench) -> None:
    first = await kb.client.upload(png(3, 3), name="a.png", alt="A", token=kb.agent)
    second = await kb.client.upload(png(3, 3), name="b.png", alt="B", token=kb.agent)
    assert first.id != second.id
    folder = kb.desk.files.folder
    assert sum(path.is_file() for path in folder.rglob("*")) == 1
    whole = await kb.client.file(first.id, token=kb.agent)
    assert whole.content == png(3, 3)
    assert whole.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in whole.headers["content-security-policy"]
    part = await kb.client.file(first.id, headers={"Range": "bytes=0-3"}, token=kb.agent)
    assert (part.status_code, part.content) == (206, b"\x89PNG")
    tail = await kb.client.file(first.id, headers={"Range": "bytes=-4"}, token=kb.agent)
    assert tail.content == png(3, 3)[-4:]
    known: httpx.Response = await kb.client.file(
        first.id, headers={"If-None-Match": whole.headers["etag"]}, token=kb.agent
    )
    assert (known.status_code, known.content) == (304, b"")


async def test_an_image_that_does_not_exist_is_not_there(kb: Bench) -> None:
    made = await kb.article("A", "![a](/media/0197f000-0000-7000-8000-000000000001.png)", index=False)
    with pytest.raises(MediaNotFound):
        await kb.client.file(made.id, token=kb.agent)


async def test_a_preview_is_what_readers_will_see(kb: Bench) -> None:
    found = await kb.client.preview("## A\n\n~~b~~ <script>alert(1)</script>", token=kb.agent)
    assert found.html.startswith('<h2 id="s-a">A</h2>')
    assert "<s>b</s>" in found.html
    assert "script>" not in found.html


def _en(title: str, body: str):  # type: ignore[no-untyped-def]
    from services.kb.contract import TranslationInput

    return {"en": TranslationInput(title=title, body_markdown=body)}


def _ask(version: int) -> ReviewInput:
    return ReviewInput(
        version=version, kind="asked", reviewer="rita", reviewer_name="Rita", note="Please look"
    )
