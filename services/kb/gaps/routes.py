"""Gaps over HTTP; for those who write."""

from typing import Annotated
from uuid import UUID

from litestar import delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from services.common.errors import BadRequest
from services.common.http import Actor
from services.kb.articles.policy import must_write
from services.kb.contract import Article, Gap, TopicTrends
from services.kb.desk import Desk
from services.kb.gaps import draft, trends
from services.kb.gaps.jobs import FIND
from services.kb.models.gaps import GAP_STATES

BASE = "/api/v1/kb/gaps"
MOST = 50


@get(BASE)
async def gaps(
    actor: NamedDependency[Actor],
    desk: NamedDependency[Desk],
    wanted: Annotated[str, QueryParameter(name="state")] = "open",
) -> list[Gap]:
    """What is asked and not answered, the costliest first."""
    must_write(actor)
    if wanted not in GAP_STATES:
        raise BadRequest(f"A gap is {', '.join(GAP_STATES)}.")
    return await desk.db.read(lambda conn: draft.listing(conn, wanted, MOST))


@get("/api/v1/kb/reports/topics")
async def topics(actor: NamedDependency[Actor], desk: NamedDependency[Desk]) -> TopicTrends:
    """What closed tickets are about, and which topics grow or shrink."""
    must_write(actor)
    return await desk.db.read(trends.load)


@post(BASE, status_code=202)
async def look(actor: NamedDependency[Actor], desk: NamedDependency[Desk]) -> None:
    """Look for gaps now; it takes minutes, behind the answer."""
    must_write(actor)
    await desk.db.write(lambda conn: desk.jobs.enqueue(conn, FIND, {}))


@post(BASE + "/{gap_id:uuid}/article")
async def article(
    gap_id: FromPath[UUID], actor: NamedDependency[Actor], desk: NamedDependency[Desk]
) -> Article:
    """A draft from the replies that solved it, with its sources."""
    must_write(actor)
    now = desk.clock.now()
    return await desk.db.write(lambda conn: draft.draft(conn, actor, gap_id, now))


@delete(BASE + "/{gap_id:uuid}", status_code=204)
async def dismiss(gap_id: FromPath[UUID], actor: NamedDependency[Actor], desk: NamedDependency[Desk]) -> None:
    """It needs no article."""
    must_write(actor)
    await desk.db.write(lambda conn: draft.dismiss(conn, gap_id))


handlers = [gaps, topics, look, article, dismiss]
