"""Drafts over HTTP, and what became of them."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from litestar import Request, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from rapidfuzz.distance import Levenshtein

from services.common.errors import FieldError, Invalid, NotFound
from services.common.http import Actor, require
from services.triage.contract import (
    Recommendation,
    RecommendationOutcomeRequest,
    RecommendationRequest,
    Recommendations,
)
from services.triage.desk import Desk
from services.triage.recommend import repository as repo
from services.triage.recommend.retrieve import gather
from services.triage.recommend.service import Written

MOST = 5
COMPARED = 20_000  # characters of a sent reply that are compared with its draft


@post("/api/v1/triage/recommendations", status_code=200)
async def recommend(
    request: Request[Any, Any, Any],
    desk: NamedDependency[Desk],
    actor: NamedDependency[Actor],
    data: JSONBody[RecommendationRequest],
) -> Recommendations:
    """Drafts, articles and similar tickets for one ticket, as far as the caller may read."""
    require(actor, "triage:read")
    if not 1 <= data.limit <= MOST:
        raise Invalid(errors=[FieldError("limit", f"Between 1 and {MOST}.", "out_of_range")])
    token = None if actor.is_service else _bearer(request)
    gathered = await gather(desk, data.ticket, data.limit, token)
    written = await desk.recommender.drafts(gathered.found)
    now = desk.clock.now()

    def unit(conn: sa.Connection) -> list[UUID]:
        return [repo.store(conn, data.ticket, one, now) for one in written]

    ids = await desk.db.write(unit) if written else []
    replies = [_reply(key, one) for key, one in zip(ids, written, strict=True)]
    return Recommendations(replies, gathered.articles, gathered.similar, sorted(gathered.missing))


@post("/api/v1/recommendations/{recommendation:uuid}/outcome", status_code=200)
async def recommendation_outcome(
    desk: NamedDependency[Desk],
    actor: NamedDependency[Actor],
    recommendation: FromPath[UUID],
    data: JSONBody[RecommendationOutcomeRequest],
) -> dict[str, str]:
    """Record that a draft was accepted, edited or refused."""
    require(actor, "triage:read")
    require(actor, "tickets:write")
    draft = await desk.db.read(lambda conn: repo.get(conn, recommendation))
    if draft is None:
        raise NotFound("There is no such recommendation.")
    changed = 0.0 if data.outcome == "accepted" else None
    if data.text is not None and data.outcome != "refused":
        changed = round(Levenshtein.normalized_distance(draft.text, data.text[:COMPARED]), 4)
    now = desk.clock.now()
    await desk.db.write(
        lambda conn: repo.set_outcome(conn, recommendation, data.outcome, changed, actor.id, now)
    )
    return {"id": str(recommendation), "outcome": data.outcome}


def _bearer(request: Request[Any, Any, Any]) -> str:
    return request.headers.get("authorization", "").partition(" ")[2].strip()


def _reply(key: UUID, written: Written) -> Recommendation:
    draft = written.draft
    return Recommendation(
        key, draft.text, list(draft.sources), list(draft.spans), draft.score, draft.language, written.composer
    )


handlers = [recommend, recommendation_outcome]
