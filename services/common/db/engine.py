"""The unit of work: ``await db.write(fn)`` and ``await db.read(fn)``.

``fn`` is a short synchronous function of a connection; nobody can wait for anything inside a transaction.
SQLite has one writer thread that commits groups of units (one fsync a group), PostgreSQL a pool.
"""

import asyncio
import queue
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, contextmanager
from contextvars import copy_context
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.orm import Session

from services.common.errors import Unavailable

T = TypeVar("T")
Unit = Callable[[sa.Connection], T]
GROUP = 64  # units a commit; more would only make the first of them wait
READERS = 4


class DatabaseBroken(Exception):
    """The database file cannot be used; the message says what to do."""


class DatabaseUnavailable(Unavailable):
    code, title = "database_unavailable", "The database is away for a moment"


def after_commit(conn: sa.Connection, note: Any) -> None:
    """Leave a note for ``Database.on_commit``; it is handed over only if this unit commits."""
    conn.info.setdefault("after_commit", []).append(note)


@contextmanager
def orm(conn: sa.Connection) -> Iterator[Session]:
    """An ORM session inside a unit: flushed at the end, undone alone if it fails."""
    with Session(conn, join_transaction_mode="create_savepoint", expire_on_commit=False) as session:
        yield session
        session.commit()


class Database:
    """One service's database. ``url`` is ``sqlite:///…`` or ``postgresql+asyncpg://…``.

    ``on_commit`` is called on the event loop with the notes of each committed unit.
    """

    def __init__(self, url: str, *, durable: bool = True) -> None:
        self.url = url
        self.dialect = sa.make_url(url).get_backend_name()
        self.on_commit: Callable[[list[Any]], None] = lambda notes: None
        self._backend: _Sqlite | _Postgres = (
            _Sqlite(url, durable) if self.dialect == "sqlite" else _Postgres(url)
        )

    async def write(self, fn: Unit[T]) -> T:
        """Run ``fn`` in a transaction and return its value once that is on disk.

        ``fn`` may run more than once (when its group has to be done again), so it must have no effect but
        on the connection. Raises :class:`DatabaseUnavailable` when the database cannot be reached.
        """
        result, notes = await self._backend.write(fn)
        if notes:
            self.on_commit(notes)
        return result

    async def read(self, fn: Unit[T]) -> T:
        """Run ``fn``, which changes nothing, and return its value.

        SQLite shows it one snapshot, PostgreSQL with each statement what had been committed when that began.
        """
        return await self._backend.read(fn)

    async def close(self) -> None:
        """Finish what is queued and let go of every connection."""
        await self._backend.close()


def _run(fn: Unit[T], conn: sa.Connection) -> tuple[T, list[Any]]:
    conn.info["after_commit"] = []
    result = fn(conn)
    return result, conn.info.pop("after_commit", [])


def _translated(error: BaseException) -> BaseException:
    """Trouble of the database itself becomes 503; everything else stays what it is."""
    if isinstance(error, (OperationalError, sa.exc.TimeoutError, ConnectionError)):
        return DatabaseUnavailable(str(error.__cause__ or error)[:200])
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return DatabaseUnavailable(str(error.__cause__ or error)[:200])
    return error


def sqlite_engine(url: str, *, immediate: bool, durable: bool = True, **options: Any) -> sa.Engine:
    """A SQLite engine that begins its transactions itself, in WAL mode with full synchronisation."""
    engine = sa.create_engine(url, **options)

    @sa.event.listens_for(engine, "connect")
    def _connect(raw: Any, record: Any) -> None:
        raw.isolation_level = None
        pragmas = (
            "journal_mode=WAL",
            f"synchronous={'FULL' if durable else 'OFF'}",
            "foreign_keys=ON",
            "busy_timeout=5000",
            "cache_size=-32000",
            "temp_store=MEMORY",
        )
        for pragma in pragmas:
            raw.execute(f"PRAGMA {pragma}")

    @sa.event.listens_for(engine, "begin")
    def _begin(conn: sa.Connection) -> None:
        conn.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")

    return engine


def check_sqlite(url: str) -> None:
    """Refuse a damaged or unreadable file before anything is served from it.

    Raises :class:`DatabaseBroken` with a sentence that names the file and the way out.
    """
    path = sa.make_url(url).database
    if not path or path == ":memory:" or not Path(path).exists() or Path(path).stat().st_size == 0:
        return
    engine = sqlite_engine(url, immediate=False, poolclass=sa.NullPool)
    try:
        with engine.connect() as conn:
            verdict = conn.exec_driver_sql("PRAGMA quick_check(1)").scalar()
            conn.rollback()
        with engine.connect() as conn:
            conn.exec_driver_sql(
                "PRAGMA user_version = 0"
            )  # a write: a read-only file is said now, not at intake
            conn.rollback()
    except DBAPIError as error:
        raise DatabaseBroken(
            f"{path} cannot be opened ({error.orig}). Restore it with `triaje restore`, or "
            "check the permissions of the file and its folder."
        ) from error
    finally:
        engine.dispose()
    if verdict != "ok":
        raise DatabaseBroken(f"{path} is damaged ({verdict}). Restore the last backup with `triaje restore`.")


class _Sqlite:
    def __init__(self, url: str, durable: bool) -> None:
        database = sa.make_url(url).database
        if database and database != ":memory:":
            Path(database).parent.mkdir(parents=True, exist_ok=True)
        self._writer_engine = sqlite_engine(url, immediate=True, durable=durable, poolclass=sa.NullPool)
        self._reader_engine = sqlite_engine(
            url,
            immediate=False,
            durable=durable,
            pool_size=READERS,
            max_overflow=0,
            poolclass=sa.QueuePool,
            connect_args={"check_same_thread": False},
        )
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="db-read")
        self._queue: queue.SimpleQueue[tuple[Unit[Any], asyncio.Future[Any]] | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self._closed = False

    async def write(self, fn: Unit[T]) -> tuple[T, list[Any]]:
        if self._closed:
            raise DatabaseUnavailable("The database has been closed.")
        if self._thread is None:
            with self._lock:
                if self._thread is None:
                    self._thread = threading.Thread(target=self._serve, name="db-write", daemon=True)
                    self._thread.start()
        future: asyncio.Future[tuple[T, list[Any]]] = asyncio.get_running_loop().create_future()
        context = copy_context()  # the request's id goes along into the writer's thread
        self._queue.put((lambda conn: context.run(fn, conn), future))
        return await future

    async def read(self, fn: Unit[T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._readers, self._read, fn)

    def _read(self, fn: Unit[T]) -> T:
        try:
            with self._reader_engine.connect() as conn:
                return fn(conn)
        except BaseException as error:
            translated = _translated(error)
            if translated is error:
                raise
            raise translated from error

    async def close(self) -> None:
        self._closed = True
        if self._thread is not None:
            self._queue.put(None)
            await asyncio.get_running_loop().run_in_executor(None, self._thread.join)
        self._readers.shutdown(wait=True)
        self._reader_engine.dispose()

    def _serve(self) -> None:
        conn: sa.Connection | None = None
        closing = False
        while not closing:
            first = self._queue.get()
            if first is None:
                break
            group = [first]
            while len(group) < GROUP and not self._queue.empty():
                item = self._queue.get()
                if item is None:
                    closing = True
                    break
                group.append(item)
            live = [(fn, future) for fn, future in group if not future.cancelled()]
            try:
                conn = conn or self._writer_engine.connect()
                outcomes = self._commit(conn, [fn for fn, _ in live])
            except BaseException as error:  # the thread must outlive whatever a unit or the disk does
                outcomes = [_translated(error)] * len(live)
                if conn is not None:
                    conn.invalidate()
                    conn.close()
                    conn = None
            _resolve([future for _, future in live], outcomes)
        if conn is not None:
            conn.close()

    def _commit(self, conn: sa.Connection, units: list[Unit[Any]]) -> list[Any]:
        """Run the units in one transaction, each behind a savepoint; on a spoilt transaction, one by one."""
        outcomes: list[Any] = []
        transaction = conn.begin()
        for unit in units:
            conn.exec_driver_sql("SAVEPOINT unit")
            try:
                outcomes.append(_run(unit, conn))
                conn.exec_driver_sql("RELEASE unit")
            except BaseException as error:
                outcomes.append(_translated(error))
                if not transaction.is_active or not conn.in_transaction():
                    break
                conn.exec_driver_sql("ROLLBACK TO unit")
                conn.exec_driver_sql("RELEASE unit")
        else:
            transaction.commit()
            return outcomes
        if conn.in_transaction():
            transaction.rollback()
        if len(units) == 1:
            return outcomes
        return [outcome for unit in units for outcome in self._commit(conn, [unit])]


def _resolve(futures: list[asyncio.Future[Any]], outcomes: list[Any]) -> None:
    def settle(pairs: list[tuple[asyncio.Future[Any], Any]]) -> None:
        for future, outcome in pairs:
            if future.done():
                continue
            if isinstance(outcome, BaseException):
                future.set_exception(outcome)
            else:
                future.set_result(outcome)

    loops: dict[asyncio.AbstractEventLoop, list[tuple[asyncio.Future[Any], Any]]] = {}
    for future, outcome in zip(futures, outcomes, strict=True):
        loops.setdefault(future.get_loop(), []).append((future, outcome))
    for loop, pairs in loops.items():
        try:
            loop.call_soon_threadsafe(settle, pairs)
        except RuntimeError:  # the loop has closed: nobody waits any more
            continue


class _Postgres:
    def __init__(self, url: str) -> None:
        self._engine: AsyncEngine = create_async_engine(url, pool_size=10, max_overflow=10, pool_timeout=5)
        # A read has nothing to commit: without a transaction it is two round trips shorter.
        self._reader = self._engine.execution_options(isolation_level="AUTOCOMMIT")
        self._units: set[asyncio.Future[Any]] = set()
        sa.event.listen(self._engine.sync_engine, "checkout", _still_there)

    async def write(self, fn: Unit[T]) -> tuple[T, list[Any]]:
        """Run ``fn`` in a transaction; its value, and the notes that it left."""
        return await self._whole(self._engine.begin(), lambda conn: _run(fn, conn))

    async def read(self, fn: Unit[T]) -> T:
        return await self._whole(self._reader.connect(), fn)

    async def _whole(self, opened: AbstractAsyncContextManager[AsyncConnection], fn: Unit[T]) -> T:
        """As on SQLite, a unit that has begun is finished even when its caller no longer waits.

        A unit cancelled between two round trips would leave its connection to the garbage collector.
        """
        unit = asyncio.ensure_future(self._unit(opened, fn))
        self._units.add(unit)
        unit.add_done_callback(self._ended)
        return await asyncio.shield(unit)

    def _ended(self, unit: asyncio.Future[Any]) -> None:
        self._units.discard(unit)
        if not unit.cancelled():
            unit.exception()  # looked at, so that an abandoned failure is not reported as forgotten

    async def _unit(self, opened: AbstractAsyncContextManager[AsyncConnection], fn: Unit[T]) -> T:
        try:
            async with opened as conn:
                return await conn.run_sync(fn)
        except BaseException as error:
            translated = _translated(error)
            if translated is error:
                raise
            raise translated from error

    async def close(self) -> None:
        if self._units:
            await asyncio.wait(self._units, timeout=10)
        await self._engine.dispose()


def _still_there(connection: Any, record: Any, proxy: Any) -> None:
    """Have the pool open another connection where the server closed this one, as after its restart.

    The driver knows without asking; a ping before each unit would cost three round trips.
    """
    if connection.driver_connection.is_closed():
        raise sa.exc.DisconnectionError
