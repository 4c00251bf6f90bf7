"""Remote sessions: a link under which an agent looks at the customer's screen, attached to the ticket."""

from urllib.parse import urlsplit
from uuid import UUID

import sqlalchemy as sa

from services.common.db.compiled import CompiledSelect
from services.common.errors import FieldError, Forbidden, Invalid, NotFound
from services.common.http import Actor, require
from services.common.ids import uuid7
from services.common.text import single_line
from services.core.contract import NewRemoteSession, RemoteSession
from services.core.desk import Core
from services.core.models import remote_session
from services.core.relations.family import refuse_merged
from services.core.tickets import repository
from services.core.tickets.anatomy import Row
from services.core.tickets.noted import noted

MOST = 2_000


_OF_TICKET = (
    sa.select(
        *(remote_session.c[name] for name in ("id", "url", "label", "at", "ended_at")),
        remote_session.c.author_name.label("by"),
    )
    .where(remote_session.c.ticket_id == sa.bindparam("ticket"))
    .order_by(remote_session.c.id.desc())
    .limit(20)
)
_every = CompiledSelect(_OF_TICKET)
_going_on = CompiledSelect(_OF_TICKET.where(remote_session.c.ended_at.is_(None)))


class SessionNotFound(NotFound):
    code, title = "core.remote_session_not_found", "There is no such remote session"


def of_ticket(conn: sa.Connection, ticket_id: UUID, *, inside: bool) -> list[RemoteSession]:
    """The sessions of a ticket, the newest first; its customer sees those that go on."""
    return [RemoteSession(**row) for row in (_every if inside else _going_on).all(conn, ticket=ticket_id)]


def attach(conn: sa.Connection, core: Core, number: int, data: NewRemoteSession, actor: Actor) -> None:
    """Attach the link of a session that somebody opened with their own tool."""
    row = _acted_on(conn, number, actor)
    url = checked_url(data.url)
    label = single_line(data.label, 200) or urlsplit(url).hostname or ""
    values = {
        "id": uuid7(),
        "ticket_id": row["id"],
        "url": url,
        "label": label,
        "author_name": actor.name[:200],
        "at": core.now(),
        "ended_at": None,
    }
    conn.execute(remote_session.insert(), values)
    noted(conn, row, actor, core.now(), field="remote_session", new=label, action="session_began")


def end(conn: sa.Connection, core: Core, number: int, session: UUID, actor: Actor) -> None:
    """The session is over: the customer is no longer shown its link. Raises :class:`SessionNotFound`."""
    row = _acted_on(conn, number, actor)
    mine = remote_session.c.id == session, remote_session.c.ticket_id == row["id"]
    found = conn.execute(sa.select(remote_session).where(*mine)).first()
    if found is None:
        raise SessionNotFound
    if found.ended_at is None:
        conn.execute(remote_session.update().where(*mine).values(ended_at=core.now()))
        noted(conn, row, actor, core.now(), field="remote_session", new=found.label, action="session_ended")


def checked_url(given: str) -> str:
    """A link that a browser may follow and nothing else; raises :class:`Invalid`."""
    url = given.strip()
    try:
        parts = urlsplit(url)
        sound = parts.scheme == "https" and bool(parts.hostname) and not (parts.username or parts.password)
    except ValueError:
        sound = False
    if not sound or len(url) > MOST or any(char.isspace() or ord(char) < 33 for char in url):
        raise Invalid(
            errors=[FieldError("url", "A link that begins with https://, without a password.", "invalid")]
        )
    return url


def _acted_on(conn: sa.Connection, number: int, actor: Actor) -> Row:
    require(actor, "tickets:write")
    row = repository.by_number(conn, number, actor, lock=True)
    if not actor.is_agent:
        raise Forbidden("Agents open remote sessions.")
    refuse_merged(conn, row)
    return row
