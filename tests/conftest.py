"""Fixtures for every test: servers on loopback, fresh databases, a clock that stands still.

What a machine lacks is skipped with a word; with ``CI=true`` it fails instead, so that nothing goes unnoticed.
"""

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import NoReturn
from uuid import uuid4

import hypothesis
import pytest

from services.common.clock import FrozenClock
from tests.support import servers

# Machines here are shared and slow at times: a property is judged by its cases, not by their seconds. In CI the cases
# are the same at every run; at a desk they differ, and find more.
hypothesis.settings.register_profile("desk", deadline=None)
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "desk")

ROOT = Path(__file__).resolve().parent.parent
STATE = "TRIAJE_TEST_STATE"
CONTROLLER = "TRIAJE_TEST_CONTROLLER"


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        # Settings of the person who runs the tests are not settings of the tests.
        for name in [
            name for name in os.environ if name.startswith("TRIAJE_") and name != "TRIAJE_EVAL_DATA"
        ]:
            del os.environ[name]
        os.environ[STATE] = tempfile.mkdtemp(prefix="triaje-tests-")
        os.environ[CONTROLLER] = str(os.getpid())


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput") and (state := os.environ.pop(STATE, None)):
        servers.stop_servers(Path(state))


def in_ci() -> bool:
    return os.environ.get("CI", "").lower() in {"1", "true", "yes"}


def lacking(reason: str) -> NoReturn:
    """Skip the test with ``reason``, or fail it in CI, where everything has to be there."""
    if in_ci():
        pytest.fail(f"CI has to have this: {reason}", pytrace=False)
    pytest.skip(reason)


def _shared(name: str, start: Callable[[Path, int], servers.Server]) -> servers.Server:
    try:
        return servers.shared_server(Path(os.environ[STATE]), name, int(os.environ[CONTROLLER]), start)
    except servers.Absent as absent:
        lacking(str(absent))


@pytest.fixture(scope="session")
def postgres_server() -> servers.Server:
    """One PostgreSQL for the whole run; databases in it come from ``postgres_database`` and ``database_url``."""
    return _shared("postgres", servers.start_postgres)


@pytest.fixture(scope="session")
def redis_server() -> servers.Server:
    """One Redis for the whole run; take ``redis_url`` for an emptied one."""
    return _shared("redis", servers.start_redis)


@pytest.fixture
def redis_url(redis_server: servers.Server, worker_number: int) -> str:
    """A database of Redis that is this test process's own, emptied."""
    import redis

    url = f"redis://127.0.0.1:{redis_server.port}/{worker_number % 16}"
    with redis.Redis.from_url(url) as client:
        client.flushdb()
    return url


@pytest.fixture(scope="session")
def worker_number() -> int:
    """0, 1, … for the processes of a parallel run; 0 where there is one."""
    return int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))


@pytest.fixture
def postgres_database(postgres_server: servers.Server) -> Iterator[Callable[[str], str]]:
    """Makes empty databases: ``postgres_database("core")`` is the URL of a new one."""
    made: list[str] = []

    def make(service: str = "test", template: str = "template0") -> str:
        name = f"{service}_{uuid4().hex[:12]}"
        servers.execute(postgres_server, f'create database "{name}" template "{template}"')
        made.append(name)
        return servers.postgres_url(postgres_server, name)

    yield make
    if made:
        servers.execute(postgres_server, *[f'drop database if exists "{name}" with (force)' for name in made])


@pytest.fixture(params=["sqlite", "postgresql"])
def dialect(request: pytest.FixtureRequest) -> str:
    """Both databases that the product runs on; a test that asks for it runs twice."""
    return str(request.param)


@pytest.fixture
def empty_database(dialect: str, tmp_path: Path, request: pytest.FixtureRequest) -> Callable[[str], str]:
    """Makes empty databases of the current dialect: ``empty_database("core")`` is a URL."""
    if dialect == "postgresql":
        make: Callable[[str], str] = request.getfixturevalue("postgres_database")
        return make
    return lambda service="test": f"sqlite:///{tmp_path}/{service}-{uuid4().hex[:8]}.db"


@pytest.fixture
def database_url(empty_database: Callable[[str], str]) -> str:
    """One empty database, on SQLite and then on PostgreSQL."""
    return empty_database("test")


@pytest.fixture(scope="session")
def templates() -> dict[tuple[str, str], str]:
    """Migrated databases by (dialect, package), made once a process and copied for each test."""
    return {}


@pytest.fixture
def migrated_database(
    dialect: str,
    tmp_path: Path,
    templates: dict[tuple[str, str], str],
    tmp_path_factory: pytest.TempPathFactory,
    request: pytest.FixtureRequest,
) -> Callable[[str], str]:
    """Makes databases with a package's migrations done: ``migrated_database("services.core")`` is a URL.

    The migrations run once a dialect; every further database is a copy.
    """
    upgrade: Callable[[str, str], object] = import_module("services.common.db.migrate").upgrade

    def sqlite(package: str) -> str:
        template = templates.get((dialect, package))
        if template is None:
            template = str(tmp_path_factory.mktemp("template") / f"{package}.db")
            servers.apart(lambda: upgrade(f"sqlite:///{template}", package))
            with sqlite3.connect(template) as conn:  # a copy takes one file, so the log goes into it first
                conn.execute("pragma wal_checkpoint(truncate)")
            conn.close()
            templates[dialect, package] = template
        copy = tmp_path / f"{package.rpartition('.')[2]}-{uuid4().hex[:8]}.db"
        shutil.copyfile(template, copy)
        return f"sqlite:///{copy}"

    def postgresql(package: str) -> str:
        make: Callable[..., str] = request.getfixturevalue("postgres_database")
        server: servers.Server = request.getfixturevalue("postgres_server")
        template = templates.get((dialect, package))
        if template is None:
            template = f"template_{uuid4().hex[:12]}"
            servers.execute(server, f'create database "{template}" template template0')
            servers.apart(lambda: upgrade(servers.postgres_url(server, template), package))
            templates[dialect, package] = template
        return make(package.rpartition(".")[2], template)

    return sqlite if dialect == "sqlite" else postgresql


@pytest.fixture
def clock() -> FrozenClock:
    """A clock that stands at a Sunday noon until a test moves it."""
    return FrozenClock(datetime(2026, 11, 22, 12, 0, tzinfo=UTC))


@pytest.fixture
def free_port() -> int:
    """A port of loopback that nobody listens on."""
    return servers.free_port()


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """Chromium for the browser tests: ``CHROMIUM``, or what the system has."""
    for name in (os.environ.get("CHROMIUM", ""), "chromium", "chromium-browser", "google-chrome"):
        if name and (found := shutil.which(name)):
            return found
    lacking("Chromium is not installed (Debian: apt-get install chromium, or CHROMIUM=/path)")


@pytest.fixture(scope="session")
def eval_data() -> Path:
    """The fuller evaluation sets, which the repository does not ship: ``TRIAJE_EVAL_DATA``."""
    folder = Path(os.environ.get("TRIAJE_EVAL_DATA") or ROOT.parent / "shared" / "data").resolve()
    if not (folder / "intent").is_dir():
        pytest.skip(f"no evaluation data in {folder} (set TRIAJE_EVAL_DATA)")
    return folder


@pytest.fixture(scope="session")
def project() -> Path:
    """The folder of the project."""
    return ROOT


@pytest.fixture(scope="session")
def demo_data() -> Path:
    """A data folder with the demo desk in it and a model that serves; copy it, do not run on it."""
    from tests.support.desk import prepared_demo

    state = Path(os.environ[STATE])
    with servers.locked(state / "demo.lock"):
        return prepared_demo(state)
