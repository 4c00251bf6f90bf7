"""What somebody with the link may do: read the one conversation, answer in it, and make the link worthless."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.common.http import Actor
from services.common.http.actor import ROLE_SCOPES
from services.core.actors import author_of
from services.core.audit import note
from services.core.contract import Author, MessagePosted, NewMessage, RequestStatus
from services.core.desk import Core
from services.core.messages import service as messages
from services.core.messages.timeline import timeline
from services.core.models import status_link
from services.core.people.merging import merged_with
from services.core.relations.family import root
from services.core.status_links.token import Claim, LinkUnknown
from services.core.tickets import repository
from services.core.tickets.anatomy import Row
from services.core.tickets.errors import TicketNotFound
from services.core.tickets.status import DONE

SHOWN = 200
"""Entries of the conversation that the page shows."""


def generation(conn: sa.Connection, ticket_id: UUID) -> int:
    """How often the links of a ticket were revoked."""
    query = sa.select(status_link.c.generation).where(status_link.c.ticket_id == ticket_id)
    return int(conn.execute(query).scalar() or 0)


def link_of(conn: sa.Connection, core: Core, row: Any, at: datetime) -> str:
    """The whole address of a new link to the ticket of ``row``, which has id, number and requester."""
    part = core.status_links.make(row["number"], row["requester_id"], generation(conn, row["id"]), at)
    return f"{core.site(conn)}/status/{part}"


def holder(conn: sa.Connection, core: Core, given: str) -> tuple[Row, Actor, Claim]:
    """The ticket of a link and its requester, as whom the holder acts; raises :class:`LinkUnknown`."""
    claim = core.status_links.read(given, core.now())
    try:
        row = repository.by_number(conn, claim.number, core.actor)
    except TicketNotFound:
        raise LinkUnknown from None
    if core.status_links.who(row["requester_id"]) != claim.who:
        # A link that was mailed before two contacts turned out to be one person is still theirs.
        before = merged_with(conn, row["requester_id"])
        if claim.who not in map(core.status_links.who, before):
            raise LinkUnknown
    if generation(conn, row["id"]) != claim.generation:
        raise LinkUnknown
    actor = Actor(
        id=str(row["requester_id"]),
        kind="contact",
        roles=("customer",),
        scopes=ROLE_SCOPES["customer"],
        name=row["requester_name"],
        email=row["requester_email"] or "",
    )
    return row, actor, claim


def show(conn: sa.Connection, core: Core, given: str) -> RequestStatus:
    """The conversation as its requester sees it."""
    row, actor, claim = holder(conn, core, given)
    if row["merged_into"] is not None:
        try:
            row = repository.by_id(conn, root(conn, row["id"]), actor)
        except TicketNotFound:
            pass  # it went on under another person's name: what was said here is still theirs
    page = timeline(conn, row, actor, SHOWN, newest=True)
    return RequestStatus(
        number=row["number"],
        subject=row["subject"],
        status=row["status"],
        over=row["status_category"] in DONE,
        created_at=row["created_at"],
        expires_at=claim.expires_at,
        items=page.items,
    )


def reply(conn: sa.Connection, core: Core, given: str, data: NewMessage) -> MessagePosted:
    """Write on the ticket as its requester. Files come with a mail or after signing in."""
    row, actor, _ = holder(conn, core, given)
    plain = NewMessage(kind="reply", body=data.body)
    return messages.post(conn, core, row["number"], plain, actor, core.now())


def revoke(conn: sa.Connection, row: Row, author: Author, at: datetime) -> None:
    """Make every link to the ticket worthless that was given out so far; later mail carries a new one."""
    values = {"revoked_at": at, "author_id": author.id}
    changed = conn.execute(
        status_link.update()
        .where(status_link.c.ticket_id == row["id"])
        .values(generation=status_link.c.generation + 1, **values)
    )
    if changed.rowcount == 0:
        conn.execute(status_link.insert(), {"ticket_id": row["id"], "generation": 1, **values})
    note(
        conn, at=at, subject="ticket", subject_id=row["id"], action="links_revoked", author=author,
        ticket_id=row["id"], number=row["number"],
    )  # fmt: skip


def give_up(conn: sa.Connection, core: Core, given: str) -> None:
    """The holder makes the link worthless, with all the others of this ticket."""
    row, actor, _ = holder(conn, core, given)
    revoke(conn, row, author_of(actor), core.now())
