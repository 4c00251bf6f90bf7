"""Six kills in two thousand creations: how soon after the last restart every ticket has its decision.

Nothing lost and nothing doubled is ``tests/infra/test_kill.py``; how long it takes depends on the machine.
"""

import tempfile
from pathlib import Path

from tests.bench.demo import demo
from tests.bench.table import Row, below
from tests.support.desk import Desk, copied
from tests.support.killing import TICKETS, six_kills

MINUTE = 60


def bench() -> list[Row]:
    source = demo().desk
    source.stop()
    try:
        with tempfile.TemporaryDirectory(prefix="triaje-bench-kill-") as folder:
            desk = Desk(
                copied(source.data, Path(folder) / "data"), Path(folder) / "desk.log", ("run", "--demo")
            )
            try:
                after = six_kills(desk)
            finally:
                desk.kill()
    finally:
        source.start(ready=True)
    lost = TICKETS - len(after.customers.accepted) + after.waiting
    return [
        below("tickets lost or left without a decision", lost, "of 2,000", 1),
        below("every decision after the last of six kills", after.seconds, "s", MINUTE),
        below("work of the suite until then", after.worked, "s of processor time"),
    ]
