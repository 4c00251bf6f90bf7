"""The producer's side: record an event in the unit that caused it; the relay carries it."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
import sqlalchemy as sa

from services.common.clock import utc_now
from services.common.db.compiled import CompiledInsert
from services.common.db.engine import Database, after_commit
from services.common.db.tables import outbox
from services.common.errors import DeskError
from services.common.ids import uuid7
from services.common.observability import get_logger, metrics, request_id

log = get_logger(__name__)
BATCH = 200
GATHER = 0.02  # seconds between two rounds, so that a burst of commits travels together
IDLE = 1.0  # seconds; rows that another process wrote are found without a wake
FIRST_WAIT, LONGEST_WAIT = 0.5, 15.0  # seconds
WOKEN = "event"


class Event(msgspec.Struct, frozen=True):
    """Something that happened. ``type`` is ``service.noun.past.v1``; ``data`` has ids and versions, no text."""

    id: UUID
    type: str
    at: datetime
    data: dict[str, Any]
    request_id: str = ""


def record(conn: sa.Connection, type: str, data: dict[str, Any]) -> UUID:
    """Write an event in this unit of work; it leaves once the unit has committed."""
    event_id = uuid7()
    row = {"id": event_id, "type": type, "at": utc_now(), "data": data, "request_id": request_id()}
    _INSERT(conn, row)
    after_commit(conn, WOKEN)
    return event_id


_INSERT = CompiledInsert(outbox)
Deliver = Callable[[list[Event]], Awaitable[None]]


class Relay:
    """Carries a service's outbox to its subscribers.

    ``routes`` maps a prefix of an event type to the names of its subscribers and ``deliver`` a name to the
    call that hands events over. A row is delivered when every subscriber has stored it. A subscriber that is
    away is left alone for a while (``FIRST_WAIT`` seconds, doubled up to ``LONGEST_WAIT``) and holds up nobody
    else. Two relays on one database do no harm but double work: inboxes know what they have.
    """

    def __init__(
        self, db: Database, routes: Mapping[str, tuple[str, ...]], deliver: Mapping[str, Deliver]
    ) -> None:
        self._db, self._routes, self._deliver = db, routes, deliver
        self._wake = asyncio.Event()
        self._away: dict[str, tuple[float, float]] = {}  # name -> (left alone until, for how long)

    def wake(self) -> None:
        """Say that there is a new row."""
        self._wake.set()

    async def run(self) -> None:
        """Deliver until cancelled."""
        while True:
            self._wake.clear()
            try:
                moved = await self.deliver_once()
            except DeskError as error:
                log.warning("relay.failed", error=str(error))
                moved = 0
            await asyncio.sleep(GATHER)
            if moved:
                continue
            with suppress(TimeoutError):
                async with asyncio.timeout(
                    IDLE
                ):  # wait_for may swallow a cancellation that comes with the wake
                    await self._wake.wait()

    async def deliver_once(self) -> int:
        """Hand over one batch to everybody who is not left alone. Returns how many deliveries were made."""
        now = time.monotonic()
        reachable = {name for name in self._deliver if self._away.get(name, (0.0, 0.0))[0] <= now}
        wanted = [outbox.c.pending.contains(f",{name},") for name in sorted(reachable)]
        query = (
            sa.select(outbox)
            .where(outbox.c.delivered_at.is_(None), sa.or_(outbox.c.pending.is_(None), *wanted))
            .order_by(outbox.c.id)
            .limit(BATCH)
        )
        rows = await self._db.read(lambda c: c.execute(query).all())
        if not rows:
            return 0
        pending = {row.id: self._pending(row) for row in rows}
        names = sorted({name for waiting in pending.values() for name in waiting} & reachable)
        done = await asyncio.gather(*(self._hand_over(name, rows, pending) for name in names))
        reached = {name for name, ok in zip(names, done, strict=True) if ok}
        left = {row.id: tuple(n for n in pending[row.id] if n not in reached) for row in rows}
        changed = {
            row.id: left[row.id] for row in rows if row.pending is None or left[row.id] != pending[row.id]
        }
        if changed:
            await self._db.write(lambda c: _mark(c, changed))
        moved = sum(len(pending[id_]) - len(left[id_]) for id_ in left)
        metrics.events_delivered.inc(moved)
        return moved

    async def _hand_over(self, name: str, rows: Sequence[Any], pending: dict[UUID, tuple[str, ...]]) -> bool:
        events = [
            Event(row.id, row.type, row.at, row.data, row.request_id or "")
            for row in rows
            if name in pending[row.id]
        ]
        try:
            await self._deliver[name](events)
        except DeskError as error:
            wait = min(self._away.get(name, (0.0, FIRST_WAIT / 2))[1] * 2, LONGEST_WAIT)
            self._away[name] = (time.monotonic() + wait, wait)
            log.info("relay.subscriber_away", subscriber=name, error=str(error), again_in=wait)
            return False
        self._away.pop(name, None)
        return True

    def _pending(self, row: Any) -> tuple[str, ...]:
        if row.pending is not None:
            return tuple(filter(None, row.pending.split(",")))
        names = {
            name
            for prefix, names in self._routes.items()
            if row.type.startswith(prefix)
            for name in names
            if name in self._deliver
        }
        return tuple(sorted(names))


def _mark(conn: sa.Connection, changed: dict[UUID, tuple[str, ...]]) -> None:
    """Write who still waits for each row, a statement for each set of names."""
    groups: dict[tuple[str, ...], list[UUID]] = {}
    for id_, names in changed.items():
        groups.setdefault(names, []).append(id_)
    for names, ids in groups.items():
        values = {"pending": f",{','.join(names)},"} if names else {"pending": "", "delivered_at": utc_now()}
        conn.execute(outbox.update().where(outbox.c.id.in_(ids)).values(**values))
