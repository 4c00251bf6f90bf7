"""The unit of work on both databases."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from services.common.db import Database, DatabaseBroken, UTCDateTime, after_commit, metadata_for
from services.common.db.compiled import CompiledSelect
from services.common.db.engine import check_sqlite
from services.common.errors import Unavailable
from services.common.observability import bind_request, request_id

metadata = metadata_for("test")
thing = sa.Table(
    "thing", metadata, sa.Column("id", sa.Integer, primary_key=True), sa.Column("at", UTCDateTime)
)


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
    await database.write(metadata.create_all)
    yield database
    await database.close()


def insert(number: int) -> Callable[[sa.Connection], int]:
    def unit(conn: sa.Connection) -> int:
        conn.execute(thing.insert().values(id=number, at=datetime.now(UTC)))
        return number

    return unit


async def ids(db: Database) -> list[int]:
    return await db.read(lambda c: list(c.execute(sa.select(thing.c.id).order_by(thing.c.id)).scalars()))


async def test_what_was_written_is_read(db: Database) -> None:
    assert await db.write(insert(1)) == 1
    assert await ids(db) == [1]


async def test_a_failing_unit_leaves_nothing_and_harms_no_neighbour(db: Database) -> None:
    def spoilt(conn: sa.Connection) -> None:
        insert(100)(conn)
        raise RuntimeError("no")

    units = [db.write(insert(n)) for n in range(20)] + [db.write(spoilt) for _ in range(5)]
    outcomes = await asyncio.gather(*units, return_exceptions=True)
    assert sum(isinstance(o, RuntimeError) for o in outcomes) == 5
    assert await ids(db) == list(range(20))


async def test_a_broken_constraint_fails_its_own_unit_only(db: Database) -> None:
    outcomes = await asyncio.gather(*(db.write(insert(n % 10)) for n in range(20)), return_exceptions=True)
    assert sum(isinstance(o, sa.exc.IntegrityError) for o in outcomes) == 10
    assert await ids(db) == list(range(10))


async def test_notes_are_handed_over_only_after_a_commit(db: Database) -> None:
    notes: list[object] = []
    db.on_commit = notes.extend

    def good(conn: sa.Connection) -> None:
        insert(1)(conn)
        after_commit(conn, "rang")

    def bad(conn: sa.Connection) -> None:
        after_commit(conn, "never")
        raise RuntimeError

    await db.write(good)
    with pytest.raises(RuntimeError):
        await db.write(bad)
    assert notes == ["rang"]


async def test_a_time_without_zone_cannot_be_stored(db: Database) -> None:
    with pytest.raises(sa.exc.StatementError, match="time zone"):
        await db.write(lambda c: c.execute(thing.insert().values(id=1, at=datetime(2026, 1, 1))))


async def test_times_come_back_in_utc(db: Database) -> None:
    await db.write(insert(1))
    at = await db.read(lambda c: c.execute(sa.select(thing.c.at)).scalar_one())
    assert at.tzinfo is not None
    assert at.utcoffset().total_seconds() == 0


@pytest.mark.hard("R-19")
async def test_a_database_that_is_away_is_unavailable_with_a_time_to_come_back() -> None:
    db = Database("postgresql+asyncpg://nobody@127.0.0.1:9/none")
    with pytest.raises(Unavailable) as caught:
        await db.read(lambda c: c.execute(sa.text("SELECT 1")))
    assert "Retry-After" in caught.value.headers
    await db.close()


@pytest.mark.hard("R-28")
def test_a_damaged_file_is_refused_with_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "core.db"
    engine = sa.create_engine(f"sqlite:///{path}")
    with engine.begin() as conn:
        conn.exec_driver_sql("CREATE TABLE t (x)")
        for _ in range(200):
            conn.exec_driver_sql("INSERT INTO t VALUES (hex(randomblob(500)))")
    engine.dispose()
    check_sqlite(f"sqlite:///{path}")
    whole = path.read_bytes()
    for damaged in (
        whole[: len(whole) // 2],
        whole[:5000] + b"\xff" * 3000 + whole[8000:],
        b"not a database" * 500,
    ):
        path.write_bytes(damaged)
        with pytest.raises(DatabaseBroken, match=r"core\.db"):
            check_sqlite(f"sqlite:///{path}")


@pytest.mark.hard("R-30")
async def test_a_copy_of_the_files_at_any_moment_holds_all_that_was_acknowledged(tmp_path: Path) -> None:
    db = Database(f"sqlite:///{tmp_path}/live.db")
    await db.write(metadata.create_all)
    for n in range(30):
        await db.write(insert(n))
        if n % 10 == 9:
            copy = tmp_path / f"copy{n}.db"
            copy.write_bytes((tmp_path / "live.db").read_bytes())
            (tmp_path / f"copy{n}.db-wal").write_bytes((tmp_path / "live.db-wal").read_bytes())
            again = Database(f"sqlite:///{copy}")
            assert await ids(again) == list(range(n + 1))
            await again.close()
    await db.close()


async def test_the_request_that_caused_a_unit_is_known_inside_it(db: Database) -> None:
    async def one(name: str) -> str:
        bind_request(name)
        return await db.write(lambda conn: request_id())

    names = [f"request{n}" for n in range(20)]
    assert await asyncio.gather(*(asyncio.create_task(one(name)) for name in names)) == names


@pytest.mark.parametrize("dialect", ["postgresql"])
async def test_connections_that_the_server_closed_are_replaced_without_a_word(db: Database) -> None:
    await db.write(insert(1))
    away = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid != "

    def close_the_others(conn: sa.Connection) -> None:
        conn.execute(sa.text(away + "pg_backend_pid()"))

    await asyncio.gather(*(ids(db) for _ in range(5)))  # several connections wait in the pool
    other = Database(db.url)
    try:
        await other.read(close_the_others)
    finally:
        await other.close()
    await asyncio.sleep(0.2)
    assert await asyncio.gather(*(ids(db) for _ in range(5))) == [[1]] * 5
    assert await db.write(insert(2)) == 2


@pytest.mark.parametrize("dialect", ["postgresql"])
async def test_a_compiled_statement_whose_connection_was_closed_is_unavailable_too(db: Database) -> None:
    numbers = CompiledSelect(sa.select(thing.c.id))

    def closed_meanwhile(conn: sa.Connection) -> list[dict[str, int]]:
        with contextlib.suppress(conn.dialect.loaded_dbapi.Error):
            conn.connection.cursor().execute("SELECT pg_terminate_backend(pg_backend_pid())")
        return numbers.all(conn)

    with pytest.raises(Unavailable):
        await db.read(closed_meanwhile)
    assert await db.read(numbers.all) == []
