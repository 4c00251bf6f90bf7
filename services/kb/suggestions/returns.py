"""Re-contact: the same person with a ticket within a week of a session that ended without one, on any channel.

Known are pseudonyms only: core's for a contact, ours for a browser. A ticket that came of a session ties the two.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa

from services.kb.models import contact_ticket, suggestion_session

WINDOW: Final = timedelta(days=7)
KEPT: Final = timedelta(days=60)

_session = suggestion_session.c


def ticket_came(
    conn: sa.Connection, ticket: str, contact_ref: str, at: datetime, session_id: UUID | None = None
) -> bool:
    """Note a contact's ticket and who returned with it; False for one that is known already."""
    known = sa.select(contact_ticket.c.ticket).where(contact_ticket.c.ticket == ticket[:64])
    if not ticket or conn.execute(known).first() is not None:
        return False
    conn.execute(
        contact_ticket.insert().values(
            ticket=ticket[:64], contact_ref=contact_ref, session_id=session_id, at=at
        )
    )
    mark = None
    if session_id is not None:
        mark = conn.execute(sa.select(_session.visitor).where(_session.id == session_id)).scalar()
    if mark is not None:
        _tie(conn, mark, contact_ref, at)
    _count(conn, _recent(contact_ref, mark, at), at, except_for=session_id)
    return True


def ticket_reopened(conn: sa.Connection, ticket: str, at: datetime) -> None:
    """A reopened ticket is a return too: what was solved was not."""
    query = sa.select(contact_ticket.c.contact_ref, contact_ticket.c.session_id)
    row = conn.execute(query.where(contact_ticket.c.ticket == ticket[:64])).first()
    if row is not None:
        _count(conn, _recent(row.contact_ref, None, at), at, except_for=row.session_id)


def forget(conn: sa.Connection, before: datetime) -> int:
    """Drop tickets that no window reaches any more."""
    return conn.execute(contact_ticket.delete().where(contact_ticket.c.at < before)).rowcount


def _tie(conn: sa.Connection, mark: str, contact_ref: str, at: datetime) -> None:
    """The browser's recent sessions are this contact's, and its earlier tickets on other channels count for them."""
    here = sa.and_(_session.visitor == mark, _session.contact_ref.is_(None), _session.seen_at >= at - KEPT)
    rows = conn.execute(sa.select(suggestion_session).where(here)).all()
    conn.execute(suggestion_session.update().where(here).values(contact_ref=contact_ref))
    query = sa.select(contact_ticket.c.at, contact_ticket.c.session_id)
    tickets = conn.execute(query.where(contact_ticket.c.contact_ref == contact_ref)).all()
    for row in rows:
        inside = [
            t.at for t in tickets if row.seen_at < t.at <= row.seen_at + WINDOW and t.session_id != row.id
        ]
        if inside and row.ticket_at is None and row.returned_at is None:
            _mark(conn, [row.id], min(inside))


def _recent(contact_ref: str, mark: str | None, at: datetime) -> sa.Select[Any]:
    person = _session.contact_ref == contact_ref
    if mark is not None:
        person = sa.or_(person, _session.visitor == mark)
    return sa.select(_session.id).where(
        person, _session.seen_at >= at - WINDOW, _session.seen_at <= at, _session.ticket_at.is_(None),
        _session.returned_at.is_(None),
    )  # fmt: skip


def _count(conn: sa.Connection, sessions: sa.Select[Any], at: datetime, *, except_for: UUID | None) -> None:
    _mark(conn, [key for key in conn.execute(sessions).scalars() if key != except_for], at)


def _mark(conn: sa.Connection, sessions: Iterable[UUID], at: datetime) -> None:
    found = list(sessions)
    if found:
        conn.execute(suggestion_session.update().where(_session.id.in_(found)).values(returned_at=at))
