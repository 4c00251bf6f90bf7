"""Suggestion sessions: a customer's stretch of writing, and how it ended."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
import sqlalchemy as sa

from services.common.events import record
from services.common.ids import uuid7
from services.kb.articles.policy import published_for
from services.kb.contract import SESSION_ENDED, SessionEnded, SessionEventInput, SessionOutcome, Visibility
from services.kb.errors import ArticleNotFound, SessionNotFound
from services.kb.models import article, session_event, suggestion_session
from services.kb.suggestions.arm import arm_of

OPEN_FOR = timedelta(hours=12)  # a session that was silent for so long is another stretch of writing
MOST_EVENTS = 200  # of one session: more is a script, and would only distort the report


class Visitor(NamedTuple):
    """Who writes, as far as it is known: `mark` is a keyed hash, `contact_ref` core's pseudonym of a signed-in person.

    `vouched` says that one of our own pages vouches for the mark.
    """

    mark: str | None = None
    contact_ref: str | None = None
    vouched: bool = False


def take_part(
    conn: sa.Connection,
    session_id: UUID | None,
    visitor: Visitor,
    lang: str,
    now: datetime,
    *,
    share: float,
    secret: str,
    again_within: timedelta = timedelta(minutes=60),
) -> Any:
    """The session that goes on, or a new one; its row.

    A session belongs to the visitor that began it: another one's id starts a new session. A visitor who loads the page
    again, or has it open twice, goes on with the session that is open: one stretch of writing counts once.
    """
    row = _going_on(conn, session_id, visitor, now, again_within)
    if row is not None:
        here = suggestion_session.c.id == row.id
        seen = {"seen_at": now, "requests": suggestion_session.c.requests + 1}
        conn.execute(suggestion_session.update().where(here).values(**seen))
        return row
    new_id = uuid7()
    arm = arm_of(visitor.mark or str(new_id), share, secret)
    conn.execute(suggestion_session.insert().values(
        id=new_id, arm=arm, visitor=visitor.mark, contact_ref=visitor.contact_ref, vouched=visitor.vouched,
        known=visitor.contact_ref is not None, lang=lang[:12], requests=1, started_at=now, seen_at=now,
    ))  # fmt: skip
    return conn.execute(sa.select(suggestion_session).where(suggestion_session.c.id == new_id)).one()


def _going_on(
    conn: sa.Connection, session_id: UUID | None, visitor: Visitor, now: datetime, again_within: timedelta
) -> Any:
    if session_id is not None:
        row = conn.execute(sa.select(suggestion_session).where(suggestion_session.c.id == session_id)).first()
        if row is not None and _goes_on(row, visitor.mark, now):
            return row
    if visitor.mark is None:
        return None
    open_one = sa.select(suggestion_session).where(
        suggestion_session.c.visitor == visitor.mark, suggestion_session.c.outcome.is_(None),
        suggestion_session.c.seen_at > now - again_within,
    )  # fmt: skip
    return conn.execute(open_one.order_by(suggestion_session.c.started_at.desc()).limit(1)).first()


def _goes_on(row: Any, mark: str | None, now: datetime) -> bool:
    return row.outcome is None and row.visitor == mark and now - row.seen_at < OPEN_FOR


def note_shown(conn: sa.Connection, session_id: UUID, articles: Sequence[UUID], now: datetime) -> None:
    """Remember what the session was shown, each article once."""
    for article_id in articles:
        _note(conn, session_id, "shown", article_id, now)


def handle(
    conn: sa.Connection,
    session_id: UUID,
    given: SessionEventInput,
    visibilities: tuple[Visibility, ...],
    now: datetime,
) -> None:
    """Note what a customer did. Repeats change nothing, and a session ends once.

    Raises :class:`SessionNotFound`, and :class:`ArticleNotFound` for an article that the asker may not read.
    """
    row = _locked(conn, session_id)
    if given.article is not None:
        known = sa.select(article.c.id).where(article.c.id == given.article, published_for(visibilities))
        if conn.execute(known).first() is None:
            raise ArticleNotFound
    if _note(conn, session_id, given.kind, given.article, now) and given.kind == "solved":
        end(conn, row, "solved", now)
    if given.kind == "ticket":
        end(conn, row, _ticket_outcome(conn, row), now, ticket=(given.ticket or "")[:64] or None)


def ticket_opened(
    conn: sa.Connection, session_id: UUID, ticket: str, contact_ref: str | None, now: datetime
) -> bool:
    """A ticket came of the session, as core says; False where there is no such session, or it has its ticket."""
    row = conn.execute(sa.select(suggestion_session).where(suggestion_session.c.id == session_id)).first()
    if row is None or row.ticket_at is not None:
        return False
    _note(conn, session_id, "ticket", None, now)
    here = suggestion_session.c.id == session_id
    conn.execute(
        suggestion_session.update()
        .where(here)
        .values(ticket=ticket[:64], contact_ref=contact_ref or row.contact_ref, ticket_at=now)
    )
    end(conn, row, _ticket_outcome(conn, row), now, ticket=ticket)
    return True


def end(
    conn: sa.Connection, row: Any, outcome: SessionOutcome, now: datetime, *, ticket: str | None = None
) -> None:
    """Close a session. A ticket after "solved" overrules it: the customer was not helped after all."""
    overruled = row.outcome in ("solved", "left") and outcome in ("ticket", "ticket_anyway")
    if row.outcome is not None and not overruled:
        return
    values: dict[str, Any] = {"outcome": outcome, "ended_at": now}
    if ticket:
        values["ticket"] = ticket
    conn.execute(suggestion_session.update().where(suggestion_session.c.id == row.id).values(**values))
    ended = SessionEnded(session=row.id, outcome=outcome, ticket=ticket)
    record(conn, SESSION_ENDED, msgspec.to_builtins(ended))


def close_silent(conn: sa.Connection, before: datetime, now: datetime, most: int = 500) -> int:
    """End sessions that have been silent since a time as `left`. Returns how many."""
    silent = sa.and_(suggestion_session.c.outcome.is_(None), suggestion_session.c.seen_at < before)
    rows = conn.execute(sa.select(suggestion_session).where(silent).limit(most)).all()
    for row in rows:
        end(conn, row, "left", now)
    return len(rows)


def _locked(conn: sa.Connection, session_id: UUID) -> Any:
    query = sa.select(suggestion_session).where(suggestion_session.c.id == session_id).with_for_update()
    row = conn.execute(query).first()
    if row is None:
        raise SessionNotFound
    return row


def _ticket_outcome(conn: sa.Connection, session: Any) -> SessionOutcome:
    """`ticket_anyway` where suggestions were on screen when the ticket was opened."""
    shown = sa.select(session_event.c.number).where(
        session_event.c.session_id == session.id, session_event.c.kind == "shown"
    )
    seen = session.arm == "shown" and conn.execute(shown.limit(1)).first() is not None
    return "ticket_anyway" if seen else "ticket"


def _note(conn: sa.Connection, session_id: UUID, kind: str, article_id: UUID | None, now: datetime) -> bool:
    """Store an event unless the session has it; False for a repeat, or where a session has enough of them."""
    mine = session_event.c.session_id == session_id
    same_article = (
        session_event.c.article_id.is_(None)
        if article_id is None
        else session_event.c.article_id == article_id
    )
    same = sa.select(session_event.c.number).where(mine, session_event.c.kind == kind, same_article)
    if conn.execute(same.limit(1)).first() is not None:
        return False
    if conn.execute(sa.select(sa.func.count()).where(mine)).scalar_one() >= MOST_EVENTS and kind not in (
        "solved",
        "ticket",
    ):
        return False
    conn.execute(
        session_event.insert().values(session_id=session_id, kind=kind, article_id=article_id, at=now)
    )
    return True
