"""The demo desk that the benchmarks of the whole suite share: started once a run, ended with it."""

import atexit
import os
import shutil
import tempfile
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.support.desk import Desk, wait_for_model

REST_SECONDS = 20  # after its start, until what loads behind the port has loaded


@dataclass(frozen=True)
class Demo:
    """A running desk, and what its starts took: to a page with a model behind it, and to a page."""

    desk: Desk
    token: str
    first_start: float
    later_start: float
    memory_mb: float


@cache
def demo() -> Demo:
    """The desk; loads and trains the first time."""
    folder = Path(tempfile.mkdtemp(prefix="triaje-bench-demo-"))
    desk = Desk(folder / "data", folder / "desk.log", ("run", "--demo"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    atexit.register(desk.kill)
    begun = time.monotonic()
    desk.start(600, ready=True)
    wait_for_model(desk, 600)
    first = time.monotonic() - begun
    desk.stop()
    later = desk.start(ready=True)
    time.sleep(REST_SECONDS)
    assert desk.process.child is not None
    memory = memory_of_group(desk.process.child.pid)
    token = desk.token("tickets:read", "tickets:write", "triage:read", "triage:write", "kb:read", "kb:write")
    return Demo(desk, token, first, later, memory)


def memory_of_group(group: int) -> float:
    """Megabytes of all processes of a process group; pages that they share are counted once (PSS)."""
    total = 0
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if os.getpgid(int(folder.name)) != group:
                continue
            lines = (folder / "smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total / 1024
