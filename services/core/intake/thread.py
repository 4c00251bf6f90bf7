"""Finding the conversation that a message belongs to. What it quotes is a hint; who sent it decides."""

from uuid import UUID

import sqlalchemy as sa

from services.core.intake.inbound import Inbound
from services.core.models import contact_identity, message, ticket
from services.core.tickets.anatomy import Row
from services.core.tickets.ids import MAX_NUMBER


def find_thread(conn: sa.Connection, inbound: Inbound, person: Row) -> UUID | None:
    """The ticket that ``inbound`` continues, or None for a new one.

    A quoted Message-ID or ticket number counts only when the sender takes part in that ticket: numbers are
    guessable and ids are in every forwarded mail, so a stranger who knows one gets a ticket of their own.
    A signed reply address is proof: who has it was written to. A forged or expired one threads to nothing,
    whatever else the mail quotes.
    """
    if inbound.reply_to in {"forged", "expired"}:
        return None
    if inbound.reply_to == "good":
        signed = conn.execute(sa.select(ticket.c.id).where(ticket.c.number == inbound.number)).scalar()
        if signed is not None:
            return signed
    if inbound.threads:
        found = conn.execute(
            sa.select(message.c.ticket_id)
            .where(message.c.mail_id.in_(inbound.threads))
            .order_by(message.c.id.desc())
        ).scalars()
        for candidate in dict.fromkeys(found):
            if takes_part(conn, candidate, person["requester_id"]):
                return candidate
    if inbound.number is not None and 0 < inbound.number < MAX_NUMBER:
        candidate = conn.execute(sa.select(ticket.c.id).where(ticket.c.number == inbound.number)).scalar()
        if candidate is not None and takes_part(conn, candidate, person["requester_id"]):
            return candidate
    return None


def takes_part(conn: sa.Connection, ticket_id: UUID, contact_id: UUID) -> bool:
    """Whether the contact is the ticket's requester or has written on it."""
    requester = sa.select(ticket.c.id).where(ticket.c.id == ticket_id, ticket.c.requester_id == contact_id)
    wrote = sa.select(message.c.id).where(
        message.c.ticket_id == ticket_id,
        message.c.author_kind == "contact",
        message.c.author_id == str(contact_id),
    )
    return any(conn.execute(query.limit(1)).first() is not None for query in (requester, wrote))


def known_identity(conn: sa.Connection, kind: str, value: str) -> UUID | None:
    """The contact behind an identity, if there is one."""
    query = sa.select(contact_identity.c.contact_id).where(
        contact_identity.c.kind == kind, contact_identity.c.value == value
    )
    return conn.execute(query).scalar()
