"""Solved tickets by meaning: for a search in one's own words, in whatever language they were solved."""

import asyncio
from typing import Any

from litestar import Request, get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery, JSONBody

from services.common.errors import FieldError, Invalid
from services.common.http import Actor, require
from services.triage.contract import Likeness, LikenessRequest, SolvedTickets
from services.triage.desk import Desk
from services.triage.examples.convert import from_bytes
from services.triage.examples.repository import by_tickets, vectors_of_decisions
from services.triage.recommend.retrieve import may_read, similar

MOST = 20
LONGEST = 2_000  # characters; the embedder reads no more of a query than that


@get("/api/v1/triage/solved")
async def solved(
    request: Request[Any, Any, Any],
    desk: NamedDependency[Desk],
    actor: NamedDependency[Actor],
    q: FromQuery[str] = "",
    limit: FromQuery[int] = 5,
) -> SolvedTickets:
    """Solved tickets that are near `q` in meaning, with what solved them."""
    require(actor, "triage:read")
    if not 1 <= limit <= MOST:
        raise Invalid(errors=[FieldError("limit", f"Between 1 and {MOST}.", "out_of_range")])
    if not q.strip():
        return SolvedTickets([])
    near = await desk.solved.search(await desk.reader.read(q.strip()[:LONGEST]), limit)
    if not actor.is_service:
        token = request.headers.get("authorization", "").partition(" ")[2].strip()
        allowed = await asyncio.gather(*(may_read(desk, n.number, token) for n in near))
        near = [n for n, ok in zip(near, allowed, strict=True) if ok]
    rows = await desk.db.read(lambda conn: by_tickets(conn, [n.ticket for n in near]))
    mask = await desk.privacy.masker()
    return SolvedTickets([similar(rows[n.ticket], n, mask) for n in near if n.ticket in rows])


@post("/internal/likeness", status_code=200)
async def likeness(
    desk: NamedDependency[Desk], actor: NamedDependency[Actor], data: JSONBody[LikenessRequest]
) -> Likeness:
    """How near in meaning tickets are to one, by what was embedded when they were decided on."""
    require(actor, "internal")
    ids, fingerprint = [data.ticket, *data.others[:MOST]], desk.reader.fingerprint
    found = await desk.db.read(lambda conn: vectors_of_decisions(conn, ids, fingerprint))
    vectors = {one: desk.reader.meaning(from_bytes(raw)) for one, raw in found.items()}
    mine = vectors.pop(data.ticket, None)
    if mine is None:
        return Likeness({})
    return Likeness({one: round(float(mine @ vector), 4) for one, vector in vectors.items()})


handlers = [solved, likeness]
