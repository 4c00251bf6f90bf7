"""Tickets created a second by Triaje's ledger and by django-helpdesk under gunicorn, in turns, on the same databases.

django-helpdesk comes from PyPI into an environment of its own; where it does not, nothing is compared. Of the ways to
run it the fastest counts. A ticket of Triaje is more rows: the contact, the audit and the event belong to it.
"""

import asyncio
import os
import subprocess
import sys
import tempfile
import venv
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from tests.bench.bench_create import COUNT, core, measured, new_ticket
from tests.bench.hosts import postgres, serving
from tests.bench.load import post
from tests.bench.table import Row, against
from tests.support import servers

PACKAGES = ("django-helpdesk==2.6.1", "gunicorn==23.0.0", "psycopg[binary]==3.2.13")
WAYS = ((1, 4), (2, 2), (2, 8), (4, 2))
"""Processes and threads of gunicorn."""
THEIRS = 600  # tickets for each way and round, of which it creates some sixty a second
ROUNDS = 2
AT_LEAST = 5.0


def installed(folder: Path) -> Path:
    """The folder with the programs of an environment that has django-helpdesk; raises CalledProcessError."""
    venv.create(folder, with_pip=True)
    subprocess.run([folder / "bin/pip", "install", "--quiet", *PACKAGES], check=True)
    return folder / "bin"


@contextmanager
def helpdesk(programs: Path, database: str, processes: int, threads: int, folder: Path) -> Iterator[int]:
    """The site under gunicorn; yields its port."""
    port = servers.free_port()
    command = [
        str(programs / "gunicorn"), "helpdesk_site:application", "--bind", f"127.0.0.1:{port}",
        "--worker-class", "gthread",
        "--workers", str(processes), "--threads", str(threads), "--keep-alive", "60", "--log-level", "error",
    ]  # fmt: skip
    with serving("helpdesk", command, port, site(database), folder):
        yield port


def site(database: str) -> dict[str, str]:
    return {**os.environ, "HELPDESK_DATABASE": database, "PYTHONPATH": str(Path(__file__).parent)}


def their_ticket(place: int) -> dict[str, Any]:
    ours = new_ticket(place)
    return {
        "queue": 1,
        "title": ours["subject"],
        "description": ours["body"],
        "submitter_email": ours["requester"]["email"],
        "priority": 3,
    }


def their_rate(programs: Path, database: str, way: tuple[int, int], folder: Path) -> float:
    """Tickets a second of one way to run it."""
    with helpdesk(programs, database, *way, folder) as port:
        clients = way[0] * way[1]
        load = asyncio.run(post(port, "/api/tickets/", their_ticket, count=THEIRS, connections=clients))
    assert set(load.statuses) == {201}, load.statuses
    return load.per_second


def compared(name: str, programs: Path, theirs: str, ours: str, folder: Path) -> Row:
    """The best of both, in turns, so that both meet the same machine."""
    prepare = [programs / "python", "-c", "import helpdesk_site; helpdesk_site.prepare()"]
    subprocess.run(prepare, env=site(theirs), check=True)
    best, rates = 0.0, []
    with ExitStack() as stack:
        port, token = stack.enter_context(core(ours, folder))
        headers = {"Authorization": f"Bearer {token}"}
        for turn in range(ROUNDS):
            rates.append(measured(port, "/api/v1/tickets", headers, turn * COUNT).per_second)
            best = max([best, *(their_rate(programs, theirs, way, folder) for way in WAYS)])
    return against(
        f"tickets created, {name}", max(rates), best, "/s", name="django-helpdesk", at_least=AT_LEAST
    )


def bench() -> list[Row]:
    with tempfile.TemporaryDirectory(prefix="triaje-bench-helpdesk-") as name:
        folder = Path(name)
        try:
            programs = installed(folder / "helpdesk")
        except subprocess.CalledProcessError as error:
            print(f"  django-helpdesk does not install here: {error}", file=sys.stderr)
            return []
        ours = f"sqlite:///{folder}/{{service}}.db"
        rows = [compared("SQLite", programs, f"sqlite://{folder}/helpdesk.db", ours, folder)]
        with postgres(folder, ("helpdesk", "core", "triage", "kb", "portal")) as server:
            if server is not None:
                url = servers.postgres_url(server, "{service}")
                rows.append(compared("PostgreSQL", programs, url.format(service="helpdesk"), url, folder))
        return rows
