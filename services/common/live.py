"""Live updates: small events that say what changed. The page fetches the content as the person it is."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import msgspec
from redis.asyncio import Redis
from redis.exceptions import RedisError

from services.common.clock import utc_now
from services.common.observability import get_logger

log = get_logger(__name__)
KEPT = 2000  # events that a page can catch up on after a lost connection
STREAM = "triaje:live"
RESET = "reset"


class LiveEvent(msgspec.Struct, frozen=True):
    """``topic`` is who may care (``tickets``, ``job:<id>``), ``subject`` what changed, ``kind`` how."""

    id: str
    topic: str
    subject: str
    version: int
    kind: str


def _order(event_id: str) -> tuple[int, int]:
    left, _, right = event_id.partition("-")
    try:
        return int(left), int(right or 0)
    except ValueError:
        return 0, 0


def _event(event_id: str, fields: Any) -> LiveEvent:
    topic, subject, kind = (fields[name].decode() for name in (b"t", b"s", b"k"))
    return LiveEvent(event_id, topic, subject, int(fields[b"v"]), kind)


def _end(queue: "asyncio.Queue[LiveEvent | None]") -> None:
    while not queue.empty():
        queue.get_nowait()
    queue.put_nowait(None)


class Live:
    """Fan-out inside this process; with Redis, across processes.

    A subscriber that names the last event it saw gets what came since, or one event of kind ``reset`` when
    that is further back than what is kept.
    """

    def __init__(self, redis_url: str = "") -> None:
        self._kept: deque[LiveEvent] = deque(maxlen=KEPT)
        self._queues: set[asyncio.Queue[LiveEvent | None]] = set()
        self._count, self._boot = 0, int(utc_now().timestamp() * 1000)
        self._floor = (self._boot, 0)
        """Everything after this id is kept; who asks for more than that has missed something."""
        self._redis: Redis | None = Redis.from_url(redis_url, socket_connect_timeout=1) if redis_url else None
        self._reader: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to hear other processes, where there are any."""
        if self._redis is not None:
            self._reader = asyncio.create_task(self._read())

    async def stop(self) -> None:
        """End every stream and stop hearing."""
        for queue in list(self._queues):
            _end(queue)
        if self._reader is not None:
            self._reader.cancel()
            with suppress(asyncio.CancelledError):
                await self._reader
        if self._redis is not None:
            await self._redis.aclose()

    @property
    def last_id(self) -> str:
        """The id of the newest event: a page carries it, and subscribes from there."""
        return self._kept[-1].id if self._kept else f"{self._boot}-0"

    async def publish(self, topic: str, subject: str, version: int = 0, kind: str = "changed") -> None:
        """Tell every subscriber of ``topic``. Never fails: pages poll where live updates are away."""
        if self._redis is None:
            self._count += 1
            self._hand_out(LiveEvent(f"{self._boot}-{self._count}", topic, subject, version, kind))
            return
        fields: dict[Any, Any] = {"t": topic, "s": subject, "v": version, "k": kind}
        try:
            await self._redis.xadd(STREAM, fields, maxlen=KEPT, approximate=True)
        except (RedisError, OSError) as error:
            log.warning("live.lost", error=str(error))

    def _hand_out(self, event: LiveEvent) -> None:
        self._keep(event)
        for queue in self._queues:
            if queue.full():  # nobody reads at the other end: it comes back with the last id that it saw
                _end(queue)
            else:
                queue.put_nowait(event)

    def _keep(self, event: LiveEvent) -> None:
        if len(self._kept) == KEPT:
            self._floor = _order(self._kept[0].id)
        self._kept.append(event)

    async def _read(self) -> None:
        last = ""
        while True:
            try:
                assert self._redis is not None
                last = last or await self._catch_up(self._redis)
                for _, entries in await self._redis.xread({STREAM: last}, count=200, block=2000) or []:
                    for entry_id, fields in entries:
                        last = entry_id.decode()
                        self._hand_out(_event(last, fields))
            except (RedisError, OSError) as error:
                log.warning("live.away", error=str(error))
                await asyncio.sleep(2)

    async def _catch_up(self, redis: Redis) -> str:
        """What other processes said before this one heard: a page may come here with an id from there."""
        entries = list(reversed(await redis.xrevrange(STREAM, count=KEPT)))
        for entry_id, fields in entries:
            self._keep(_event(entry_id.decode(), fields))
        if entries:
            self._floor = _order(entries[0][0].decode())
        return entries[-1][0].decode() if entries else "0-0"

    async def subscribe(self, topics: set[str], last_id: str = "") -> AsyncIterator[LiveEvent]:
        """Events of ``topics`` as they come, until the process stops. The caller caps the time."""
        queue: asyncio.Queue[LiveEvent | None] = asyncio.Queue(KEPT)
        missed = [e for e in self._kept if last_id and _order(e.id) > _order(last_id)]
        forgotten = bool(last_id) and _order(last_id) < self._floor
        self._queues.add(queue)
        try:
            if forgotten:
                yield LiveEvent(self.last_id, "", "", 0, RESET)
            else:
                for event in missed:
                    if event.topic in topics:
                        yield event
            while (found := await queue.get()) is not None:
                if found.topic in topics:
                    yield found
        finally:
            self._queues.discard(queue)
