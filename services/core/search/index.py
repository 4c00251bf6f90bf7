"""Keeps the full-text index behind the ledger. Intake writes no word into it: it is caught up from the rows.

``search_state`` says which version of each ticket is indexed. What changed lately is found by ``updated_at`` and
its index; a full comparison at start and every few minutes finds the rest (rows that were brought in with old times).
"""

import asyncio
import time
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from services.common.db import Database
from services.common.errors import DeskError
from services.common.observability import get_logger
from services.core.models import contact, message, search_state, ticket
from services.core.search import fulltext

log = get_logger(__name__)
BATCH, MANY = 200, 5000
SLICE = 50  # tickets a transaction, so that nobody waits long for the writer
IDLE = 1.0  # seconds between two looks
WHOLE = 600.0  # seconds between two comparisons of everything
BEHIND = timedelta(minutes=5)  # a transaction may commit later than its clock says


def pending(conn: sa.Connection, limit: int = BATCH, *, whole: bool = False) -> list[int]:
    """Numbers of tickets whose newest version is not indexed, those of the last minutes or of all time."""
    behind = sa.or_(
        search_state.c.version.is_(None),
        search_state.c.version != ticket.c.version,
        search_state.c.stale.is_(True),
    )
    query = (
        sa.select(ticket.c.number)
        .outerjoin(search_state, search_state.c.number == ticket.c.number)
        .where(behind)
        .order_by(ticket.c.updated_at.desc())
        .limit(limit)
    )
    newest: datetime | None = conn.execute(sa.select(sa.func.max(search_state.c.updated_at))).scalar()
    if newest is not None and not whole:
        query = query.where(ticket.c.updated_at >= newest - BEHIND)
    found = list(conn.execute(query).scalars())
    # Written as the partial index is, or the databases would not see that it fits.
    stale = sa.select(search_state.c.number).where(sa.text("stale")).limit(limit)
    return list(dict.fromkeys([*found, *conn.execute(stale).scalars()]))[:limit]


def mark_stale(conn: sa.Connection, which: sa.ColumnElement[bool]) -> None:
    """Have the tickets under a condition indexed anew, such as those of a contact who was renamed."""
    numbers = sa.select(ticket.c.number).where(which)
    conn.execute(search_state.update().where(search_state.c.number.in_(numbers)).values(stale=True))


def index(conn: sa.Connection, numbers: list[int]) -> int:
    """Write the documents of tickets. Returns how many there were."""
    rows = conn.execute(
        sa.select(
            ticket.c.id,
            ticket.c.number,
            ticket.c.version,
            ticket.c.updated_at,
            ticket.c.subject,
            ticket.c.description,
            ticket.c.resolution,
            ticket.c.requester_id,
            contact.c.name,
            contact.c.email,
        )
        .join(contact, contact.c.id == ticket.c.requester_id)
        .where(ticket.c.number.in_(numbers))
    ).all()
    written: dict[Any, dict[str, list[str]]] = {row.id: {"reply": [], "note": []} for row in rows}
    owner = {row.id: str(row.requester_id) for row in rows}
    messages = sa.select(
        message.c.ticket_id, message.c.kind, message.c.body_text, message.c.author_kind, message.c.author_id
    ).where(message.c.ticket_id.in_(list(written)))
    for one in conn.execute(messages.order_by(message.c.id)):
        # What others mailed to a ticket's address its customer neither reads nor finds.
        foreign = one.author_kind == "contact" and one.author_id != owner[one.ticket_id]
        written[one.ticket_id]["note" if foreign else one.kind].append(one.body_text)
    documents = []
    for row in rows:
        replies, notes = written[row.id]["reply"], written[row.id]["note"]
        first = [] if row.description in replies[:1] else [row.description]
        documents.append(
            {
                "number": row.number,
                "subject": row.subject,
                "public": "\n".join([*first, *replies]),
                "people": f"{row.name} {row.email or ''}",
                "private": "\n".join([*notes, row.resolution]),
            }
        )
    fulltext.write(conn, documents)
    conn.execute(search_state.delete().where(search_state.c.number.in_([row.number for row in rows])))
    if rows:
        conn.execute(
            search_state.insert(),
            [
                {"number": r.number, "version": r.version, "updated_at": r.updated_at, "stale": False}
                for r in rows
            ],
        )
    return len(rows)


class Indexer:
    """Runs in a process that works in the background, from its start to its end."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def catch_up(self, *, whole: bool = False) -> int:
        """Index what waits, in slices, so that nobody waits long for the writer. Returns how many tickets."""
        done = 0
        most = MANY if whole else BATCH  # a comparison of everything costs; what it finds is worked off whole
        while numbers := await self._db.read(lambda conn: pending(conn, most, whole=whole)):
            for at in range(0, len(numbers), SLICE):
                some = numbers[at : at + SLICE]
                done += await self._db.write(lambda conn, some=some: index(conn, some))  # type: ignore[misc]
                await asyncio.sleep(0)
        return done

    async def _run(self) -> None:
        compared = -WHOLE
        while True:
            whole = time.monotonic() - compared >= WHOLE
            try:
                await self.catch_up(whole=whole)
                if whole:
                    compared = time.monotonic()
            except DeskError as error:
                log.warning("search.index_waits", error=str(error))
            except Exception as error:  # one odd row must not end the index for good
                log.error("search.index_failed", error=str(error), exc_info=error)
            await asyncio.sleep(IDLE)
