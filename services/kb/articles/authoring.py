"""The author's table over HTTP: kept drafts, reviews, previews."""

from uuid import UUID

from litestar import delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody

from services.common.http import Actor
from services.kb.articles import drafts, review, tickets
from services.kb.articles.policy import must_write
from services.kb.articles.validate import BODY_LIMIT
from services.kb.contract import (
    Article,
    ArticleDraft,
    ArticleRow,
    DraftInput,
    Heading,
    Preview,
    PreviewInput,
    ResolutionInput,
    ReviewInput,
    ReviewNote,
)
from services.kb.desk import Desk
from services.kb.passages.markdown import headings, render

BASE = "/api/v1/kb"
DRAFT = BASE + "/drafts/{of:str}"  # an article's id, or `new`
REVIEWS = BASE + "/articles/{article_id:uuid}/reviews"


@get(DRAFT)
async def draft(
    of: FromPath[str], actor: NamedDependency[Actor], desk: NamedDependency[Desk]
) -> ArticleDraft | None:
    """What the asking author typed and has not saved; null where there is nothing."""
    must_write(actor)
    return await desk.db.read(lambda conn: drafts.find(conn, actor, of[:40]))


@put(DRAFT)
async def keep(
    of: FromPath[str],
    data: JSONBody[DraftInput],
    actor: NamedDependency[Actor],
    desk: NamedDependency[Desk],
) -> ArticleDraft:
    """Keep what is being typed; nobody else sees it."""
    must_write(actor)
    now = desk.clock.now()
    return await desk.db.write(lambda conn: drafts.keep(conn, actor, of[:40], data, now))


@delete(DRAFT, status_code=204)
async def drop(of: FromPath[str], actor: NamedDependency[Actor], desk: NamedDependency[Desk]) -> None:
    """Forget what was kept."""
    must_write(actor)
    await desk.db.write(lambda conn: drafts.drop(conn, actor, of[:40]))


@get(REVIEWS)
async def reviews(
    article_id: FromPath[UUID], actor: NamedDependency[Actor], desk: NamedDependency[Desk]
) -> list[ReviewNote]:
    """What was said of an article before it appeared, the newest first."""
    must_write(actor)
    return await desk.db.read(lambda conn: review.notes(conn, article_id))


@post(REVIEWS, status_code=200)
async def step(
    article_id: FromPath[UUID],
    data: JSONBody[ReviewInput],
    actor: NamedDependency[Actor],
    desk: NamedDependency[Desk],
) -> Article:
    """Ask for a review, return the draft with a word, or approve it."""
    must_write(actor)
    now = desk.clock.now()
    return await desk.db.write(lambda conn: review.step(conn, actor, article_id, data, now))


@post(BASE + "/previews", status_code=200, sync_to_thread=True)
def preview(data: JSONBody[PreviewInput], actor: NamedDependency[Actor]) -> Preview:
    """Markdown as a reader would see it."""
    must_write(actor)
    text = data.markdown[:BODY_LIMIT]
    found = [Heading(level=h.level, text=h.text, anchor=h.anchor) for h in headings(text)]
    return Preview(html=render(text), headings=found)


@get(BASE + "/tagged")
async def tagged(
    actor: NamedDependency[Actor],
    desk: NamedDependency[Desk],
    tags: FromQuery[str] = "",
    lang: FromQuery[str] = "en",
) -> list[ArticleRow]:
    """Published articles that carry any of the tags and that customers may open; for those who answer tickets."""
    must_write(actor)
    wanted = [tag.strip() for tag in tags.split(",") if tag.strip()]
    return await desk.db.read(lambda conn: tickets.tagged(conn, wanted, lang))


@post(BASE + "/resolutions")
async def resolution(
    data: JSONBody[ResolutionInput], actor: NamedDependency[Actor], desk: NamedDependency[Desk]
) -> Article:
    """A draft article out of a solved ticket."""
    must_write(actor)
    now = desk.clock.now()
    return await desk.db.write(lambda conn: tickets.draft(conn, actor, data, now))


handlers = [draft, keep, drop, reviews, step, preview, tagged, resolution]
