"""Reads the outbox of its own service in order and lets clocks, rules and notifications follow.

It is no part of intake: a ticket is accepted and answered before anything here looks at it. Each event is followed
once (``followed`` is written in the same unit as what it causes), a consequence that fails is put aside as a job of
its own and holds up nothing, and two workers at once share the work by the lock on the cursor.
"""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec
import sqlalchemy as sa

from services.common.db.tables import outbox
from services.common.errors import DeskError
from services.common.events import Event
from services.common.ids import uuid7
from services.common.jobs import JobContext
from services.common.observability import get_logger
from services.core.follow import timers
from services.core.follow.happening import Alarm, Batch, Consequence, Happening, happening_of
from services.core.jobs import jobs
from services.core.models import desk, followed

if TYPE_CHECKING:
    from services.core.desk import Core

log = get_logger(__name__)
SLICE = 20  # events a unit: short enough for the event loop, where units share it
PAUSE = 0.5  # seconds between two looks
LATE = timedelta(seconds=30)
"""Events may be committed after younger ones where many write at once; so far back it looks again."""
SAME_TICK = timedelta(seconds=1)
"""With one writer at a time, only ids of the same tick may stand in another order than their commits."""
POSTPONED = timedelta(minutes=10)
CURSOR = "follow_cursor"


class Follower:
    """Follows the desk's own events. ``consequences`` run per event, ``batches`` once a slice, ``alarms`` by kind."""

    def __init__(self, core: "Core") -> None:
        self._core = core
        self.consequences: list[Consequence] = []
        self.batches: list[Batch] = []
        self.alarms: dict[str, Alarm] = {}
        self._task: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """Follow until cancelled."""
        while True:
            try:
                await self.once()
            except DeskError as error:
                log.warning("follow.failed", error=str(error))
            except Exception as error:  # whatever it is, the next look tries again
                log.error("follow.broken", error=repr(error))
            await asyncio.sleep(PAUSE)

    async def start(self) -> None:
        """Follow in the background of this process."""
        self._task = asyncio.create_task(self.run())

    async def stop(self) -> None:
        """Stop following; what is under way is finished or undone as one unit."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def once(self) -> int:
        """Follow everything there is. Returns how many events and alarms that were."""
        moved = 0
        while count := await self._events() + await self._alarms():
            moved += count
        return moved

    async def behind(self) -> bool:
        """Whether there is an event that has not been followed yet."""
        return bool(await self._core.db.read(lambda conn: self._pending(conn, 1)))

    def _pending(self, conn: sa.Connection, limit: int) -> list[Event]:
        cursor = conn.execute(sa.select(desk.c.value).where(desk.c.key == CURSOR)).scalar()
        since = UUID(cursor) if cursor else UUID(int=0)
        seen = sa.select(followed.c.event_id).where(followed.c.event_id == outbox.c.id).exists()
        first = _earlier(since, LATE if conn.dialect.name == "postgresql" else SAME_TICK)
        query = sa.select(outbox).where(outbox.c.id > first, ~seen).order_by(outbox.c.id).limit(limit)
        return [Event(r.id, r.type, r.at, r.data, r.request_id or "") for r in conn.execute(query)]

    async def _events(self) -> int:
        pending = await self._core.db.read(lambda conn: self._pending(conn, SLICE))
        if not pending:
            return 0
        now = self._core.now()
        found = await self._core.db.write(lambda conn: self._follow(conn, now))
        for happening in found:
            if not happening.seeded:
                await self._core.rt.live.publish("tickets", str(happening.number), 0, "core.followed")
                await self._core.rt.live.publish(
                    f"ticket:{happening.number}", str(happening.number), 0, "core.followed"
                )
        return len(pending)

    def _follow(self, conn: sa.Connection, now: datetime) -> list[Happening]:
        conn.execute(sa.select(desk.c.value).where(desk.c.key == CURSOR).with_for_update())
        pending = self._pending(conn, SLICE)  # again, behind the lock
        if not pending:
            return []
        conn.execute(followed.insert(), [{"event_id": event.id} for event in pending])
        last = str(max(event.id for event in pending))
        current = conn.execute(sa.select(desk.c.value).where(desk.c.key == CURSOR)).scalar()
        if current is None:
            conn.execute(desk.insert(), {"key": CURSOR, "value": last})
        elif last > current:
            conn.execute(desk.update().where(desk.c.key == CURSOR).values(value=last))
        conn.execute(followed.delete().where(followed.c.event_id < _earlier(UUID(last), 4 * LATE)))
        found = [happening for event in pending if (happening := happening_of(event)) is not None]
        if not self._all(conn, found, now):
            for happening in found:
                self._each(conn, happening, now)
        for batch in self.batches:
            self._guarded(conn, found, partial(batch, conn, self._core, found, now))
        return found

    def _all(self, conn: sa.Connection, found: list[Happening], now: datetime) -> bool:
        """The whole slice behind one savepoint, which is what most slices need; False where something in it fails."""
        try:
            with conn.begin_nested():
                for happening in found:
                    for consequence in self.consequences:
                        consequence(conn, self._core, happening, now)
        except sa.exc.OperationalError:
            raise  # the database itself: the whole unit comes again
        except Exception:  # it is undone, and found by going one by one
            return False
        return True

    def _each(self, conn: sa.Connection, happening: Happening, now: datetime) -> None:
        for consequence in self.consequences:
            self._guarded(
                conn,
                [happening],
                partial(consequence, conn, self._core, happening, now),
            )

    def _guarded(self, conn: sa.Connection, about: list[Happening], act: Any) -> None:
        """Run one step in a savepoint of its own; what fails waits as a job and is seen in the dead letters."""
        if not about:
            return
        try:
            with conn.begin_nested():
                act()
        except sa.exc.OperationalError:
            raise  # the database itself: the whole unit comes again
        except Exception as error:  # a rule, a policy or a ticket that nobody foresaw
            log.error("follow.put_aside", number=about[0].number, error=repr(error))
            for happening in about:
                jobs.enqueue(conn, "follow_again", {"happening": msgspec.to_builtins(happening)})

    def again(self, conn: sa.Connection, happening: Happening, now: datetime) -> None:
        """Follow one event that failed before; raises what fails."""
        for consequence in self.consequences:
            consequence(conn, self._core, happening, now)
        for batch in self.batches:
            batch(conn, self._core, [happening], now)

    async def _alarms(self) -> int:
        now = self._core.now()
        ready = await self._core.db.read(lambda conn: timers.due(conn, now, SLICE))
        if ready:
            await self._core.db.write(lambda conn: self._ring(conn, ready, now))
        return len(ready)

    def _ring(self, conn: sa.Connection, ready: list[tuple[UUID, str, datetime]], now: datetime) -> None:
        for ticket_id, kind, at in ready:
            if not timers.take(conn, ticket_id, kind, at):
                continue
            alarm = self.alarms.get(kind.partition(":")[0])
            if alarm is None:
                continue
            try:
                with conn.begin_nested():
                    alarm(conn, self._core, ticket_id, kind, now)
            except sa.exc.OperationalError:
                raise
            except Exception as error:  # it comes again later, and nothing behind it waits
                log.error("alarm.put_off", ticket=str(ticket_id), kind=kind, error=repr(error))
                timers.set_timer(conn, ticket_id, kind, now + POSTPONED)


@jobs.job("follow_again", queue="default", max_attempts=4)
async def follow_again(ctx: JobContext, payload: dict[str, Any]) -> None:
    """Follow an event that failed in its turn."""
    core: Core = ctx.service
    happening = msgspec.convert(payload["happening"], Happening)
    await core.db.write(lambda conn: core.follower.again(conn, happening, core.now()))


def _earlier(event: UUID, by: timedelta) -> UUID:
    """The smallest id of a time before that of ``event``."""
    at = datetime.fromtimestamp((event.int >> 80) / 1000, UTC) - by
    return UUID(int=uuid7(at).int >> 80 << 80)
