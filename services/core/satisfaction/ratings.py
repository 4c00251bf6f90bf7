"""One rating a ticket: when it may be given, what it holds, and whether the customer was asked for it."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from services.common.db.compiled import CompiledSelect
from services.core.contract import Rating
from services.core.lifecycle import links
from services.core.models import rating
from services.core.tickets.anatomy import Row

if TYPE_CHECKING:
    from services.core.desk import Core

GOOD = 4
"""From this score on a customer counts as satisfied."""
CHANGES = timedelta(days=7)
"""How long a word that was given can be changed."""
RATED = frozenset({"solved", "closed"})


def link(conn: sa.Connection, core: "Core", number: int, now: datetime) -> str:
    """Where the customer rates a request."""
    return f"{core.site(conn)}/rating/{links.token(core.rt.settings.secret, links.RATING, number, now)}"


_of_ticket = CompiledSelect(
    sa.select(rating.c.score, rating.c.comment, rating.c.rated_at.label("at")).where(
        rating.c.ticket_id == sa.bindparam("ticket"), rating.c.score.is_not(None)
    )
)


def of_ticket(conn: sa.Connection, ticket_id: UUID) -> Rating | None:
    """The customer's word, if there is one."""
    row = _of_ticket(conn, ticket=ticket_id)
    return None if row is None else Rating(**row)


def may_rate(row: Row, given: Rating | None, now: datetime) -> bool:
    """Whether the ticket is solved and the word not too old; a new solution may be judged anew."""
    closed = row["closed_at"]
    if row["status_category"] not in RATED or closed is None or row["merged_into"] is not None:
        return False
    if given is None:
        return bool(now <= closed + links.LIFE)
    return bool(now <= max(closed, given.at) + CHANGES)


def keep(conn: sa.Connection, ticket_id: UUID, score: int, comment: str, first: datetime) -> None:
    """Write the word. ``first`` is when the first one was given: a change does not start its days anew."""
    _put(conn, {"ticket_id": ticket_id, "score": score, "comment": comment, "rated_at": first})


def was_asked(conn: sa.Connection, row: Row) -> bool:
    """Whether the customer has been asked about this solution, or has said it unasked."""
    found = conn.execute(sa.select(rating).where(rating.c.ticket_id == row["id"])).first()
    times = (found.asked_at, found.rated_at) if found is not None else ()
    return any(at is not None and at >= row["closed_at"] for at in times)


def mark_asked(conn: sa.Connection, row: Row, at: datetime) -> None:
    """Remember that the customer was asked."""
    _put(conn, {"ticket_id": row["id"], "asked_at": at})


def _put(conn: sa.Connection, values: dict[str, Any]) -> None:
    dialect: Any = sqlite if conn.dialect.name == "sqlite" else postgresql
    insert = dialect.insert(rating).values(**({"comment": ""} | values))
    rest = {name: insert.excluded[name] for name in values if name != "ticket_id"}
    conn.execute(insert.on_conflict_do_update(index_elements=["ticket_id"], set_=rest))
