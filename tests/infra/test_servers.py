"""The servers that tests use: found or started once, fresh databases each time."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import redis
import sqlalchemy as sa

from services.common.db import Database
from tests.support import servers

pytestmark = pytest.mark.infra


async def test_a_fresh_database_takes_a_write_and_gives_it_back(database_url: str, dialect: str) -> None:
    db = Database(database_url)
    try:
        await db.write(lambda conn: conn.execute(sa.text("create table t (x integer)")) and None)
        await db.write(lambda conn: conn.execute(sa.text("insert into t values (41)")) and None)
        assert await db.read(lambda conn: conn.scalar(sa.text("select x + 1 from t"))) == 42
        assert db.dialect == dialect
    finally:
        await db.close()


def test_every_database_is_new(empty_database: Callable[[str], str]) -> None:
    assert empty_database("core") != empty_database("core")


def test_redis_answers_and_is_empty(redis_url: str) -> None:
    with redis.Redis.from_url(redis_url) as client:
        assert client.dbsize() == 0
        client.set("a", 1)


def test_a_guarded_server_ends_with_the_process_that_it_watches(tmp_path: Path) -> None:
    watched = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        server = servers.start_redis(tmp_path, watched.pid)
    except servers.Absent as absent:
        watched.kill()
        pytest.skip(str(absent))
    watched.kill()
    watched.wait()
    servers.wait_until(lambda: not servers.answers(server.port), 10, "the end of Redis")
