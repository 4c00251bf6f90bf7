"""Suggestions over HTTP."""

import hmac
from datetime import timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from litestar import Request, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody

from services.common.http import Actor, require
from services.common.http.tokens import keyed_hash
from services.kb.articles.policy import audience, must_write
from services.kb.contract import (
    VOUCHER,
    DeflectionReport,
    SearchHit,
    SessionEventInput,
    SessionView,
    Suggestion,
    SuggestionInput,
    Suggestions,
)
from services.kb.desk import Desk
from services.kb.errors import SessionNotFound
from services.kb.limits import allowance, caller_of
from services.kb.models import session_event, suggestion_session
from services.kb.search.analysis import fold
from services.kb.search.engine import Answer
from services.kb.search.readable import Ask
from services.kb.search.routes import _language, _later
from services.kb.suggestions import report, service

LONGEST = 2000  # characters of what was written that are looked at
MOST = 10
BASE = "/api/v1/kb/suggestions"
CONTACT = "contact"  # the purpose under which core makes the pseudonym of a contact


@post(BASE, status_code=200)
async def suggest(
    request: Request[Any, Any, Any],
    data: JSONBody[SuggestionInput],
    actor: NamedDependency[Actor],
    desk: NamedDependency[Desk],
) -> Suggestions:
    """Articles that may answer what a customer is writing; nothing in the control share."""
    address = request.client.host if request.client else ""
    caller = caller_of(actor, data.visitor, address)
    await desk.limits.take("suggest", caller, allowance(actor, desk.options.suggestions_a_minute))
    visitor = visitor_of(data, actor, desk.settings.secret)
    reader = _language(data.lang) or (actor.locale.split("-")[0] or None)
    now = desk.clock.now()
    session = await desk.db.write(lambda conn: service.take_part(
        conn, data.session, visitor, reader or "", now, share=desk.options.control_share, secret=desk.settings.secret,
        again_within=timedelta(minutes=desk.options.left_after_minutes),
    ))  # fmt: skip
    text = f"{data.subject.strip()}\n{data.body.strip()}".replace("\x00", " ").strip()[:LONGEST]
    given = Suggestions(session=session.id, shown=session.arm == "shown", items=[])
    if not text:
        return given
    sees = audience(actor)
    answer = await desk.engine.search(Ask(text, sees, reader, max(1, min(data.limit, MOST))))
    items = [_item(hit) for hit in worthwhile(answer.hits, answer, desk.options.suggest_at_least)]
    if items:
        shown = [item.article for item in items]
        _later(desk.db.write(lambda conn: service.note_shown(conn, session.id, shown, now)))
    if session.arm == "control":  # it searched all the same: what it withheld is compared article by article
        return given
    return Suggestions(session=session.id, shown=True, items=items, degraded=answer.degraded)


def visitor_of(data: SuggestionInput, actor: Actor, secret: str) -> service.Visitor:
    """Who writes. A signed-in customer needs nobody to vouch for them; staff who try it out are not counted."""
    person = actor.id if actor.kind in ("contact", "staff") else None
    mark = data.visitor or person
    ours = hmac.compare_digest(
        (data.voucher or "").encode(), keyed_hash(secret, VOUCHER, data.visitor or "").encode()
    )
    customer = person if actor.kind == "contact" else None
    return service.Visitor(
        mark=keyed_hash(secret, "kb.visitor", mark[:200]) if mark else None,
        contact_ref=keyed_hash(secret, CONTACT, customer) if customer else None,
        vouched=actor.kind != "staff" and (customer is not None or actor.kind == "token" or ours),
    )


def worthwhile(found: list[SearchHit], answer: Answer, at_least: float) -> list[SearchHit]:
    """Suggestions good enough to interrupt a person: near enough to what is asked, or with the very code in them.

    What the index does not have yet has no `fit` and is given the benefit of the doubt.
    """
    codes = answer.query.codes
    return [
        hit
        for hit in found
        if hit.fit is None
        or hit.fit >= at_least
        or any(code in fold(f"{hit.title} {hit.passage}") for code in codes)
    ]


def _item(hit: SearchHit) -> Suggestion:
    return Suggestion(
        article=hit.article, title=hit.title, passage=hit.passage, score=hit.score, lang=hit.lang, slug=hit.slug,
        highlight=hit.highlight,
    )  # fmt: skip


@post(BASE + "/{session:uuid}/events", status_code=204)
async def event(
    request: Request[Any, Any, Any],
    session: FromPath[UUID],
    data: JSONBody[SessionEventInput],
    actor: NamedDependency[Actor],
    desk: NamedDependency[Desk],
) -> None:
    """What a customer did with a suggestion. Sending the same twice changes nothing."""
    address = request.client.host if request.client else ""
    caller = f"session:{session}" if actor.is_service else caller_of(actor, None, address)
    await desk.limits.take("events", caller, allowance(actor, desk.options.suggestions_a_minute))
    sees, now = audience(actor), desk.clock.now()
    await desk.db.write(lambda conn: service.handle(conn, session, data, sees, now))


@get("/api/v1/kb/reports/deflection")
async def deflection(
    actor: NamedDependency[Actor], desk: NamedDependency[Desk], days: FromQuery[int] = 90
) -> DeflectionReport:
    """What suggestions saved, by experiment; for staff."""
    must_write(actor)
    now, share = desk.clock.now(), desk.options.control_share
    days = max(1, min(days, 366))
    return await desk.db.read(lambda conn: report.deflection(conn, now, days, share, actor.locale))


@get(BASE + "/{session:uuid}")
async def view(
    session: FromPath[UUID], actor: NamedDependency[Actor], desk: NamedDependency[Desk]
) -> SessionView:
    """A session as reports see it; for staff."""
    require(actor, "kb:write")

    def read(conn: sa.Connection) -> SessionView:
        row = conn.execute(sa.select(suggestion_session).where(suggestion_session.c.id == session)).first()
        if row is None:
            raise SessionNotFound
        query = sa.select(session_event.c.article_id).where(
            session_event.c.session_id == session, session_event.c.article_id.is_not(None)
        )
        seen = list(dict.fromkeys(conn.execute(query.order_by(session_event.c.number)).scalars()))
        return SessionView(id=row.id, arm=row.arm, outcome=row.outcome, started_at=row.started_at,
                           ended_at=row.ended_at, articles=seen, ticket=row.ticket)  # fmt: skip

    return await desk.db.read(read)


handlers = [suggest, event, view, deflection]
