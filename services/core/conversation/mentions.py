"""``@Name`` in a note: whoever is named is told and can open the ticket."""

import re
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from services.common.events import record
from services.common.text.quote import fold
from services.core.contract import STAFF_MENTIONED, Mentioned
from services.core.models import mention, staff, ticket_follower, ticket_share
from services.core.tickets.anatomy import Row

MOST = 20
_AT = re.compile(r"(?<![\w.])@(?=\w)")


def named(text: str, people: list[tuple[UUID, str, str]]) -> list[UUID]:
    """Who of ``people`` (id, name, address) is named after an ``@``: by full name, first name or address.

    The longest name that fits is meant; a first name that several have means nobody.
    """
    folded = fold(text)
    spellings: dict[str, set[UUID]] = {}
    for id_, name, email in people:
        words = fold(name).split()
        for one in {fold(name), words[0] if words else "", fold(email), fold(email.partition("@")[0])} - {""}:
            spellings.setdefault(one, set()).add(id_)
    longest = sorted(spellings, key=len, reverse=True)
    found: list[UUID] = []
    for place in _AT.finditer(folded):
        rest = folded[place.end() :]
        for one in longest:
            if rest.startswith(one) and not rest[len(one) : len(one) + 1].isalnum():
                if len(spellings[one]) == 1:
                    found += spellings[one]
                break
    return list(dict.fromkeys(found))[:MOST]


def keep(conn: sa.Connection, row: Row, message_id: UUID, text: str, by: str, at: datetime) -> list[UUID]:
    """Note who a text mentions, let them open the ticket and follow it, and tell the desk. Returns who."""
    if not _AT.search(text):
        return []
    people = conn.execute(
        sa.select(staff.c.id, staff.c.name, staff.c.email, staff.c.roles).where(staff.c.active.is_(True))
    ).all()
    ids = [id_ for id_ in named(text, [(p.id, p.name, p.email) for p in people]) if str(id_) != by]
    if not ids:
        return []
    light = {p.id for p in people if set(p.roles) <= {"light"}}
    conn.execute(
        mention.insert(),
        [{"message_id": message_id, "staff_id": id_, "ticket_id": row["id"], "at": at} for id_ in ids],
    )
    _add(conn, ticket_share, row["id"], [id_ for id_ in ids if id_ in light], at)
    _add(conn, ticket_follower, row["id"], [id_ for id_ in ids if id_ not in light], at)
    for id_ in ids:
        told = Mentioned(ticket=row["id"], number=row["number"], message=message_id, staff=id_)
        record(
            conn,
            STAFF_MENTIONED,
            {
                "ticket": str(told.ticket),
                "number": told.number,
                "message": str(told.message),
                "staff": str(told.staff),
            },
        )
    return ids


def _add(conn: sa.Connection, table: sa.Table, ticket_id: UUID, ids: list[UUID], at: datetime) -> None:
    known = set(conn.execute(sa.select(table.c.staff_id).where(table.c.ticket_id == ticket_id)).scalars())
    new = [{"ticket_id": ticket_id, "staff_id": id_, "at": at} for id_ in ids if id_ not in known]
    if new:
        conn.execute(table.insert(), new)
