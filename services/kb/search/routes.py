"""Search over HTTP: for readers, for services that ground replies in passages, and its report."""

import asyncio
from typing import Any
from uuid import UUID

from litestar import Request, get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery, JSONBody

from services.common.errors import BadRequest
from services.common.http import Actor, require
from services.common.ids import parse_uuid, uuid7
from services.kb.articles.policy import audience
from services.kb.contract import PassageQuery, SearchHit, SearchPage, SearchReport
from services.kb.desk import Desk
from services.kb.limits import allowance, caller_of
from services.kb.models import search_log
from services.kb.search import log
from services.kb.search.present import quoted
from services.kb.search.readable import Ask

LONGEST_QUERY = 2000  # characters; a customer may paste a whole complaint
MOST_HITS = 50
_pending: set[asyncio.Task[Any]] = set()


@get("/api/v1/kb/search")
async def search(
    request: Request[Any, Any, Any],
    actor: NamedDependency[Actor],
    desk: NamedDependency[Desk],
    q: FromQuery[str] = "",
    lang: FromQuery[str | None] = None,
    limit: FromQuery[int] = 10,
    section: FromQuery[str | None] = None,
    tag: FromQuery[str | None] = None,
    visitor: FromQuery[str | None] = None,
) -> SearchPage:
    """Articles that answer `q`, the best first, among those that the asker may read."""
    address = request.client.host if request.client else ""
    await desk.limits.take(
        "search", caller_of(actor, visitor, address), allowance(actor, desk.options.searches_a_minute)
    )
    reader = _language(lang) or (actor.locale.split("-")[0] or None)
    text = q.replace("\x00", " ").strip()[:LONGEST_QUERY]
    sees = audience(actor)
    ask = Ask(text, sees, reader, max(1, min(limit, MOST_HITS)), _section(section), tag)
    answer = await desk.engine.search(ask)
    items = answer.hits
    search_id = uuid7() if text else None
    if search_id is not None:
        row = log.entry(search_id, answer, len(items), reader or answer.query.lang, sees, desk.clock.now())
        _later(desk.db.write(lambda conn: conn.execute(search_log.insert().values(row))))
    return SearchPage(
        items=items, query=text, lang=answer.query.lang, degraded=answer.degraded, corrected=answer.query.corrected,
        search=search_id, answer=quoted(items, answer.query),
    )  # fmt: skip


@post("/internal/passages", status_code=200, include_in_schema=False)
async def passages(
    data: JSONBody[PassageQuery], actor: NamedDependency[Actor], desk: NamedDependency[Desk]
) -> list[SearchHit]:
    """Passages to ground a reply in, of the visibilities that the caller names."""
    require(actor, "internal")
    limit = max(1, min(data.limit, MOST_HITS))
    ask = Ask(
        data.text[:LONGEST_QUERY], data.visibility, _language(data.lang), limit, boost_tags=tuple(data.tags)
    )
    return (await desk.engine.search(ask)).hits


@get("/api/v1/kb/reports/searches")
async def searches(
    actor: NamedDependency[Actor], desk: NamedDependency[Desk], days: FromQuery[int] = 30
) -> SearchReport:
    """What readers looked for, and what they looked for in vain."""
    require(actor, "kb:write")
    start = log.since(desk.clock.now(), days)
    return await desk.db.read(lambda conn: log.report(conn, start))


def _language(lang: str | None) -> str | None:
    """A language code as a person may send it; what is none is ignored."""
    base = (lang or "").split(",")[0].strip().replace("_", "-").lower()[:8]
    return base if base and base.replace("-", "").isalpha() else None


def _section(text: str | None) -> UUID | None:
    if text is None:
        return None
    found = parse_uuid(text)
    if found is None:
        raise BadRequest("`section` is not an id.")
    return found


def _later(work: Any) -> None:
    """Write the log behind the answer; an entry may be lost, an answer may not wait."""
    task = asyncio.ensure_future(work)
    _pending.add(task)
    task.add_done_callback(_done)


def _done(task: asyncio.Task[Any]) -> None:
    _pending.discard(task)
    if not task.cancelled():
        task.exception()


handlers = [search, passages, searches]
