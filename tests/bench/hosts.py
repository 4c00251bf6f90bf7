"""What benchmarks run against: a PostgreSQL that writes as in production, and servers that are not Triaje's."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.support import desk, servers


@contextmanager
def postgres(folder: Path, databases: Sequence[str]) -> Iterator[servers.Server | None]:
    """A server of its own in ``folder`` with empty ``databases``; None, and a word, where there is no PostgreSQL."""
    state = folder / "state"
    state.mkdir()
    try:
        server = servers.shared_server(
            state, "postgres", os.getpid(), lambda at, pid: servers.start_postgres(at, pid, durable=True)
        )
    except servers.Absent as absent:
        print(f"  without PostgreSQL: {absent}", file=sys.stderr)
        yield None
        return
    try:
        servers.execute(server, *[f"create database {database}" for database in databases])
        yield server
    finally:
        servers.stop_servers(state)


@contextmanager
def serving(
    name: str, command: Sequence[str], port: int, env: Mapping[str, str], folder: Path
) -> Iterator[None]:
    """``command`` with its log in ``folder``, from the moment that its port answers."""
    log = folder / f"{name}.log"
    with log.open("ab") as out:
        child = subprocess.Popen(
            command, env=dict(env), cwd=desk.ROOT, stdout=out, stderr=out, start_new_session=True
        )
    process = desk.Process((name,), env, log, child)
    try:
        servers.wait_until(lambda: servers.answers(port), 60, name)
        yield
    finally:
        process.stop()
