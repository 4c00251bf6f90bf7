"""Tickets created a second through the API, beside a bare insert of two rows by the same server, on both databases."""

import asyncio
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from tests.bench.hosts import postgres, serving
from tests.bench.load import Load, post
from tests.bench.table import Row, against
from tests.support import desk, servers

COUNT = 4_000
CONNECTIONS = 64
ROUNDS = 3


def new_ticket(place: int) -> dict[str, Any]:
    return {
        "subject": f"Card payment declined {place}",
        "body": "I tried to pay in a shop this morning and the machine refused my card twice.",
        "requester": {"email": f"person{place % 500}@bench.test", "name": f"Person {place % 500}"},
    }


@contextmanager
def bare(url: str, folder: Path) -> Iterator[int]:
    """The reference, served as the product is; yields its port."""
    port = servers.free_port()
    command = [
        sys.executable, "-m", "granian", "tests.bench.reference_app:app", "--factory", "--interface", "asgi",
        "--host", "127.0.0.1", "--port", str(port), "--workers", "1", "--no-ws", "--log-level", "error",
    ]  # fmt: skip
    with serving("reference", command, port, {**os.environ, "BENCH_DATABASE": url}, folder):
        yield port


@contextmanager
def core(
    database: str, folder: Path, before: Callable[[str], None] | None = None
) -> Iterator[tuple[int, str]]:
    """The ledger's service alone; yields its port and a token. Nobody takes its events: they wait in the outbox.

    ``before`` gets the address of the migrated database before anything is served from it.
    """
    ports = {name: servers.free_port() for name in ("core", "triage", "kb", "portal")}
    env = desk.environment(
        TRIAJE_DATA=str(folder),
        TRIAJE_SECRET="a-secret-of-the-benchmark-long-enough",
        TRIAJE_DATABASE=database,
        TRIAJE_PEERS=",".join(f"{name}=http://127.0.0.1:{port}" for name, port in ports.items()),
        TRIAJE_LOG_LEVEL="ERROR",
    )
    desk.triaje("migrate", env=env)
    if before is not None:
        before(database.format(service="core"))
    token = desk.add_token("bench", "tickets:read", "tickets:write", env=env)
    process = desk.Process(("serve", "core", "--port", str(ports["core"])), env, folder / "core.log")
    with desk.running(process):
        desk.wait_for(process, f"http://127.0.0.1:{ports['core']}", 60)
        yield ports["core"], token


def measured(port: int, path: str, headers: dict[str, str], offset: int) -> Load:
    def body(place: int) -> dict[str, Any]:
        return new_ticket(offset + place)

    load = asyncio.run(post(port, path, body, count=COUNT, connections=CONNECTIONS, headers=headers))
    assert set(load.statuses) == {201}, load.statuses
    return load


def compared(name: str, reference_url: str, database: str, folder: Path) -> Row:
    """The better of three rounds of each, in turns, so that both meet the same machine."""
    with ExitStack() as stack:
        bare_port = stack.enter_context(bare(reference_url, folder))
        core_port, token = stack.enter_context(core(database, folder))
        ours = {"Authorization": f"Bearer {token}"}
        runs: list[tuple[Callable[[int], Load], list[float]]] = [
            (lambda offset: measured(bare_port, "/tickets", {}, offset), []),
            (lambda offset: measured(core_port, "/api/v1/tickets", ours, offset), []),
        ]
        for turn in range(ROUNDS):
            for run, rates in runs:
                rates.append(run(turn * COUNT).per_second)
    reference, rate = (max(rates) for _, rates in runs)
    return against(f"tickets created, {name}", rate, reference, "/s", name="bare insert", at_least=0.4)


def bench() -> list[Row]:
    with tempfile.TemporaryDirectory(prefix="triaje-bench-") as name:
        folder = Path(name)
        rows = [
            compared("SQLite", f"sqlite:///{folder}/bare.db", f"sqlite:///{folder}/{{service}}.db", folder)
        ]
        with postgres(folder, ("bare", "core", "triage", "kb", "portal")) as server:
            if server is not None:
                url = servers.postgres_url(server, "{service}")
                rows.append(compared("PostgreSQL", url.format(service="bare"), url, folder))
        return rows
