"""Each use of a macro: written down when it happens, counted by period, and what became of those tickets."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from services.common.http import Actor
from services.common.ids import parse_uuid, uuid7
from services.core.contract import MacroEffect, MacroEffects
from services.core.macros.policy import visible
from services.core.measure.sql import medians, seconds_between
from services.core.models import macro, macro_use, rating, ticket
from services.core.satisfaction.ratings import GOOD
from services.core.tickets.status import DONE


def count(conn: sa.Connection, given: str, ticket_id: UUID, actor: Actor, at: datetime) -> None:
    """Several macros may make one message; each that the actor may use counts once."""
    names = {part.strip()[:80] for part in given.split(",")[:5]}
    ids = [found for one in names if (found := parse_uuid(one))]
    match = sa.or_(macro.c.id.in_(ids), macro.c.key.in_(names))
    used = list(conn.execute(sa.select(macro.c.id).where(match, visible(actor))).scalars())
    if not used:
        return
    conn.execute(macro.update().where(macro.c.id.in_(used)).values(used=macro.c.used + 1))
    rows = [
        {"id": uuid7(), "macro_id": one, "ticket_id": ticket_id, "by": actor.id[:64], "at": at}
        for one in used
    ]
    conn.execute(macro_use.insert(), rows)


def effects(conn: sa.Connection, actor: Actor, since: datetime) -> MacroEffects:
    """Uses since a moment with what became of the tickets, beside all tickets opened since then."""
    uses = (
        sa.select(macro_use.c.macro_id, sa.func.count().label("uses"))
        .join(macro, macro.c.id == macro_use.c.macro_id)
        .where(macro_use.c.at >= since, visible(actor))
        .group_by(macro_use.c.macro_id)
    )
    counted = {row.macro_id: row.uses for row in conn.execute(uses)}
    pairs = (
        sa.select(macro_use.c.macro_id.label("key"), macro_use.c.ticket_id)
        .where(macro_use.c.at >= since, macro_use.c.macro_id.in_(list(counted)))
        .distinct()
        .subquery()
    )
    of_macros = _outcomes(
        conn,
        sa.select(pairs.c.key, *_FACTS).select_from(_RATED.join(pairs, ticket.c.id == pairs.c.ticket_id)),
    )
    everything = _outcomes(
        conn,
        sa.select(sa.literal("all").label("key"), *_FACTS)
        .select_from(_RATED)
        .where(ticket.c.created_at >= since),
    )
    items = [_effect(key, counted[key], of_macros[key]) for key in sorted(counted, key=lambda k: -counted[k])]
    return MacroEffects(since=since, items=items, everything=_effect(None, 0, everything.get("all", NOTHING)))


_over = ticket.c.status_category.in_(DONE)
_FACTS = (
    sa.case((sa.or_(_over, ticket.c.reopens > 0), 1), else_=0).label("ended"),
    sa.case((ticket.c.reopens > 0, 1), else_=0).label("reopened"),
    sa.case((rating.c.score.is_not(None), 1), else_=0).label("rated"),
    sa.case((rating.c.score >= GOOD, 1), else_=0).label("satisfied"),
    sa.case((_over, seconds_between(ticket.c.created_at, ticket.c.closed_at))).label("value"),
)
_RATED = ticket.outerjoin(rating, rating.c.ticket_id == ticket.c.id)
Outcome = tuple[int, int, int, int, int, float | None]
NOTHING: Outcome = (0, 0, 0, 0, 0, None)


def _outcomes(conn: sa.Connection, facts: sa.Select[tuple[object, ...]]) -> dict[object, Outcome]:
    """Tickets, ended, reopened, rated, satisfied and median minutes by ``key``."""
    rows = facts.subquery()
    totals = [sa.func.sum(rows.c[name]) for name in ("ended", "reopened", "rated", "satisfied")]
    sums = sa.select(rows.c.key, sa.func.count(), *totals).group_by(rows.c.key)
    timed = sa.select(rows.c.key, rows.c.value).where(rows.c.value.is_not(None)).subquery()
    minutes = {row.key: row.median / 60 for row in conn.execute(medians(timed))}
    return {
        row[0]: (int(row[1]), int(row[2]), int(row[3]), int(row[4]), int(row[5]), minutes.get(row[0]))
        for row in conn.execute(sums)
    }


def _effect(key: UUID | None, uses: int, outcome: Outcome) -> MacroEffect:
    tickets, ended, reopened, rated, satisfied, minutes = outcome
    return MacroEffect(
        macro=key,
        uses=uses,
        tickets=tickets,
        ended=ended,
        reopened=reopened,
        minutes=minutes,
        rated=rated,
        satisfied=satisfied,
    )
