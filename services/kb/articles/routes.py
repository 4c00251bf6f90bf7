"""Articles over HTTP: authoring for staff, reading for everyone."""

from typing import Annotated, Any
from uuid import UUID

import msgspec
import sqlalchemy as sa
from litestar import Request, delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from services.common.errors import BadRequest, NotFound
from services.common.http import Actor, Page, clamp_limit, idempotent
from services.common.http.tokens import keyed_hash
from services.common.ids import parse_uuid
from services.kb.articles import drafts, feedback, pages, repository, service, stale
from services.kb.articles.policy import must_write
from services.kb.contract import (
    Address,
    Article,
    ArticleInput,
    ArticlePage,
    ArticlePatch,
    ArticleRow,
    ArticleVersion,
    FeedbackInput,
    StaleArticle,
)
from services.kb.desk import Desk
from services.kb.limits import caller_of
from services.kb.models.articles import STATES, VISIBILITIES

BASE = "/api/v1/kb/articles"
MOST_ADDRESSES = 10_000  # a site map holds 50,000 addresses, an article has a few languages
DEFAULT_LANGUAGES = ("en", "es")


class RestoreInput(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """The article version that the author read, beside the saved state in the path."""

    version: int


@get(BASE)
async def articles(
    actor: NamedDependency[Actor],
    desk: NamedDependency[Desk],
    wanted_state: Annotated[str | None, QueryParameter(name="state")] = None,
    lang: FromQuery[str | None] = None,
    section: FromQuery[str | None] = None,
    tag: FromQuery[str | None] = None,
    faq: FromQuery[bool | None] = None,
    visibility: FromQuery[str | None] = None,
    q: FromQuery[str | None] = None,
    reviewer: FromQuery[str | None] = None,
    sort: FromQuery[str] = "updated",
    limit: FromQuery[int | None] = None,
    cursor: FromQuery[str | None] = None,
) -> Page[ArticleRow]:
    """A page of articles that the asker may read."""
    _one_of("state", wanted_state, STATES)
    _one_of("visibility", visibility, VISIBILITIES)
    filters = repository.Filters(
        state=wanted_state,
        lang=lang,
        section=_id(section),
        tag=tag,
        faq=faq,
        visibility=visibility,
        q=q,
        reviewer=actor.id if reviewer == "me" else reviewer,
        sort=sort,
    )
    wanted = tuple(dict.fromkeys(filter(None, (lang, actor.locale, *DEFAULT_LANGUAGES))))
    size = clamp_limit(limit)
    return await desk.db.read(
        lambda conn: repository.list_articles(conn, actor, filters, limit=size, cursor=cursor, langs=wanted)
    )


@post(BASE)
async def create(
    request: Request[Any, Any, Any],
    data: JSONBody[ArticleInput],
    actor: NamedDependency[Actor],
    desk: NamedDependency[Desk],
) -> Article:
    """A new article."""
    must_write(actor)
    key = request.headers.get("idempotency-key")
    now = desk.clock.now()
    body = await request.body()

    def unit(conn: sa.Connection) -> Article:
        drafts.drop(conn, actor, "new")
        return service.create(conn, actor, data, now)

    return await idempotent(desk.db, actor, key, body, Article, unit)


@get(BASE + "/{article_id:uuid}")
async def article(
    article_id: FromPath[UUID], actor: NamedDependency[Actor], desk: NamedDependency[Desk]
) -> Article:
    """The whole article in all its languages."""
    return await desk.db.read(lambda conn: repository.get_article(conn, actor, article_id))


@patch(BASE + "/{article_id:uuid}")
async def change(
    article_id: FromPath[UUID],
    data: JSONBody[ArticlePatch],
    actor: NamedDependency[Actor],
    desk: NamedDependency[Desk],
) -> Article:
    """Change an article against the version that was read; a stale one gets 409 with the current state."""
    must_write(actor)
    now = desk.clock.now()

    def unit(conn: sa.Connection) -> Article:
        if data.translations is not msgspec.UNSET:  # what the author was typing is saved now
            drafts.drop(conn, actor, str(article_id))
        return service.update(conn, actor, article_id, data, now)

    return await desk.db.write(unit)


@delete(BASE + "/{article_id:uuid}", status_code=204)
async def remove(
    article_id: FromPath[UUID], actor: NamedDependency[Actor], desk: NamedDependency[Desk]
) -> None:
    """Delete an article for good; archiving it (`state`) keeps it."""
    must_write(actor)
    await desk.db.write(lambda conn: service.delete(conn, article_id))


@get(BASE + "/{article_id:uuid}/versions/{lang:str}")
async def versions(
    article_id: FromPath[UUID],
    lang: FromPath[str],
    actor: NamedDependency[Actor],
    desk: NamedDependency[Desk],
) -> list[ArticleVersion]:
    """The saved states of one language, newest first; for those who write."""
    must_write(actor)
    return await desk.db.read(lambda conn: repository.versions(conn, article_id, lang))


@post(BASE + "/{article_id:uuid}/versions/{lang:str}/{number:int}/restore", status_code=200)
async def restore(
    article_id: FromPath[UUID],
    lang: FromPath[str],
    number: FromPath[int],
    data: JSONBody[RestoreInput],
    actor: NamedDependency[Actor],
    desk: NamedDependency[Desk],
) -> Article:
    """Make a saved state the newest one."""
    must_write(actor)
    now = desk.clock.now()
    return await desk.db.write(
        lambda conn: service.restore(conn, actor, article_id, lang, number, data.version, now)
    )


@get("/api/v1/kb/pages/{lang:str}/{slug:str}")
async def page(
    lang: FromPath[str], slug: FromPath[str], actor: NamedDependency[Actor], desk: NamedDependency[Desk]
) -> ArticlePage:
    """A published article by its address."""
    found = await desk.db.read(lambda conn: pages.page(conn, actor, lang, slug))
    if not actor.is_staff or actor.is_service:
        now = desk.clock.now()
        await desk.db.write(lambda conn: pages.viewed(conn, found.id, now))
    return found


@get("/api/v1/kb/reports/stale")
async def stale_articles(actor: NamedDependency[Actor], desk: NamedDependency[Desk]) -> list[StaleArticle]:
    """Published articles that somebody should look at, and why."""
    must_write(actor)
    now = desk.clock.now()
    return await desk.db.read(lambda conn: stale.report(conn, now, actor.locale))


@get("/api/v1/kb/addresses")
async def addresses(
    desk: NamedDependency[Desk], lang: FromQuery[str | None] = None, limit: FromQuery[int] = MOST_ADDRESSES
) -> list[Address]:
    """Public articles for site maps and feeds, newest change first; the same for whoever asks."""
    most = max(1, min(limit, MOST_ADDRESSES))
    return await desk.db.read(lambda conn: pages.addresses(conn, lang=lang, limit=most))


@post(BASE + "/{article_id:uuid}/feedback", status_code=204)
async def give_feedback(
    request: Request[Any, Any, Any],
    article_id: FromPath[UUID],
    data: JSONBody[FeedbackInput],
    actor: NamedDependency[Actor],
    desk: NamedDependency[Desk],
    visitor: FromQuery[str | None] = None,
) -> None:
    """A reader's "this helped" or "this did not"."""
    caller = caller_of(actor, visitor, request.client.host if request.client else "")
    await desk.limits.take("feedback", caller, 20)
    voice = keyed_hash(desk.settings.secret, "kb.visitor", visitor or caller)
    now = desk.clock.now()
    await desk.db.write(lambda conn: feedback.give(conn, actor, article_id, voice, data, now))


def _one_of(name: str, value: str | None, allowed: tuple[str, ...]) -> None:
    if value is not None and value not in allowed:
        raise BadRequest(f"`{name}` is one of {', '.join(allowed)}.")


def _id(text: str | None) -> UUID | None:
    if text is None:
        return None
    found = parse_uuid(text)
    if found is None:
        raise NotFound("There is no such section.")
    return found


handlers = [
    articles,
    create,
    article,
    change,
    remove,
    versions,
    restore,
    page,
    addresses,
    stale_articles,
    give_feedback,
]
