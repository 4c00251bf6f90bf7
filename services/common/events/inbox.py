"""The subscriber's side: each event is stored once, together with the jobs that will handle it."""

from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from services.common.clock import utc_now
from services.common.db.engine import Database
from services.common.db.tables import inbox
from services.common.events.outbox import Event

if TYPE_CHECKING:  # jobs know events: whoever imports either first gets both
    from services.common.jobs.registry import Jobs


class Inbox:
    """Stores what arrives; an event that was seen before changes nothing."""

    def __init__(self, db: Database, jobs: "Jobs") -> None:
        self._db, self._jobs = db, jobs

    async def receive(self, events: list[Event]) -> int:
        """Store the events and their jobs in one transaction. Returns how many were new."""
        wanted = [event for event in events if self._jobs.handlers(event)]
        if not wanted:
            return 0
        return await self._db.write(lambda conn: self._store(conn, wanted))

    def _store(self, conn: sa.Connection, events: list[Event]) -> int:
        dialect = sqlite if conn.dialect.name == "sqlite" else postgresql
        insert = dialect.insert(inbox).on_conflict_do_nothing(index_elements=["event_id"])
        new = 0
        for event in events:
            row = {"event_id": event.id, "type": event.type, "received_at": utc_now()}
            if conn.execute(insert.values(row)).rowcount == 0:
                continue
            new += 1
            for name in self._jobs.handlers(event):
                self._jobs.enqueue(conn, name, {"event": event}, priority=self._jobs.priority_of(event))
        return new
