"""Fetching closed tickets, reading them, putting them into the index of solved tickets."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.common.errors import NotFound
from services.common.observability import get_logger
from services.triage.desk import Desk
from services.triage.examples import repository as repo
from services.triage.examples.convert import example_of, row_of, text_hash, to_bytes
from services.triage.learning.text import prepare
from services.triage.ledger import repository as ledger
from services.triage.recommend import repository as drafts

log = get_logger(__name__)
PAGE = 500
BATCH = 64  # texts between two looks at "has somebody cancelled?"
CLOSED = "closed"

Report = Callable[[int, int, str], Awaitable[None]]


async def pull(desk: Desk, report: Report) -> int:
    """Fetch the closed tickets that came since the last pull. Returns how many were new or changed.

    Each page is committed with its cursor, so that a killed pull goes on where it was.
    """
    known = await desk.db.read(lambda conn: repo.get_pull(conn, CLOSED))
    after: str | None = (known.cursor or None) if known else None
    changed = seen = 0
    while True:
        page = await desk.core.training_examples(after=after, limit=PAGE)
        now = desk.clock.now()
        rows = [row_of(example, now) for example in page.items]
        after = page.next_after or after

        changed += await desk.db.write(partial(_keep, rows=rows, cursor=after or "", now=now))
        seen += len(page.items)
        await report(seen, seen, "fetch")
        if page.next_after is None:
            return changed


def _keep(conn: sa.Connection, rows: list[dict[str, Any]], cursor: str, now: datetime) -> int:
    repo.set_pull(conn, CLOSED, cursor, now)
    return repo.upsert(conn, rows)


async def learn_one(desk: Desk, ticket: UUID, version: int, closed_at: datetime) -> bool:
    """Keep one ticket that has just been closed. False where it is no longer closed or already known."""
    stored = await desk.db.read(lambda conn: repo.version_of(conn, ticket))
    if stored is not None and stored >= version:
        return False
    try:
        text = await desk.core.ticket_text(ticket)
    except NotFound:
        return False
    if text.status_category not in ("closed", "solved"):
        return False
    row = row_of(example_of(text, closed_at), desk.clock.now())
    await desk.db.write(lambda conn: repo.upsert(conn, [row]))
    fingerprint = desk.reader.fingerprint
    read = await desk.db.read(lambda conn: repo.vector_of_decision(conn, ticket, fingerprint))
    if read is not None and text_hash(read.subject, read.body) == row["text_hash"]:
        found = [(ticket, row["text_hash"], read.vector)]
        await desk.db.write(lambda conn: repo.set_vectors(conn, found, fingerprint))
    await embed_missing(desk, _silent)
    await index_missing(desk)
    return True


async def relabel(desk: Desk, ticket: UUID, version: int) -> bool:
    """A label of a closed ticket was corrected: its example learns the new one."""
    closed_at = await desk.db.read(lambda conn: repo.closed_at(conn, ticket))
    return closed_at is not None and await learn_one(desk, ticket, version, closed_at)


async def embed_missing(desk: Desk, report: Report) -> int:
    """Read every example that is not read yet, in slices that are committed. Returns how many."""
    fingerprint = desk.reader.fingerprint
    total = await desk.db.read(lambda conn: repo.count_without_vector(conn, fingerprint))
    done = 0
    while True:
        rows = await desk.db.read(lambda conn: repo.without_vector(conn, fingerprint, BATCH))
        if not rows:
            return done
        vectors = await desk.reader.readings([prepare(row.subject, row.body) for row in rows])
        found = [
            (row.ticket, row.text_hash, to_bytes(vector)) for row, vector in zip(rows, vectors, strict=True)
        ]
        await desk.db.write(partial(repo.set_vectors, found=found, fingerprint=fingerprint))
        done += len(rows)
        await report(done, max(total, done), "embed")


async def index_missing(desk: Desk) -> int:
    """Bring the index of solved tickets up to date. An index that is away is caught up with later."""
    return await desk.solved.catch_up()


async def reopen(desk: Desk, ticket: UUID, version: int) -> None:
    """A ticket that was reopened is not solved: it leaves the examples and the index."""
    await desk.db.write(lambda conn: drafts.came_back(conn, ticket))
    if await desk.db.write(lambda conn: repo.forget(conn, ticket, version)):
        await desk.solved.remove([ticket])


async def erase(desk: Desk, contact_ref: str, relearn: Callable[[sa.Connection], object]) -> int:
    """Drop all that a person wrote, rows and vectors; ``relearn`` starts a training where the model that serves
    learnt from it. The log keeps its digests. Returns how many tickets were touched."""
    now = desk.clock.now()

    def unit(conn: sa.Connection) -> list[UUID]:
        if ledger.note_erasure(conn, contact_ref, now):
            relearn(conn)
        return repo.erase(conn, contact_ref)

    tickets = await desk.db.write(unit)
    await desk.solved.remove(tickets)
    return len(tickets)


async def _silent(done: int, total: int, note: str) -> None:
    """Progress that nobody watches."""
