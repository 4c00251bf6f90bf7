"""``triaje run`` with a sampler on its event loop: how long one step holds it. Prints JSON lines for ``bench_live``.

Two figures a second: the longest step by the clock of the thread that runs the loop, which is what our code does to
it, and by the clock on the wall, in which the machine's other work and waiting for the interpreter's lock are as well.

With ``BENCH_LOOP_DEBUG=/some/file`` a thread looks on, and writes there where the loop stands whenever one step
has had it for :data:`LONG` of its own clock.
"""

import asyncio
import json
import os
import sys
import threading
import time
import traceback
from pathlib import Path

from services.common.observability import configure_logging
from services.common.settings import Settings
from services.suite.embedded import EmbeddedApp
from services.suite.runtime import Process
from services.suite.server import serve

TICK = 0.005
LONG = 0.04


class Onlooker(threading.Thread):
    """Names what holds the loop: stacks of its thread, one a long step, with how long that had run by then."""

    def __init__(self, out: Path) -> None:
        super().__init__(daemon=True)
        self._loop, self._out = threading.get_ident(), out
        self._clock = time.pthread_getcpuclockid(self._loop)
        self.begun = 0.0

    def step(self) -> None:
        """The loop takes its next step."""
        self.begun = time.clock_gettime(self._clock)

    def run(self) -> None:
        seen = 0.0
        with self._out.open("a", buffering=1) as file:
            while True:
                time.sleep(TICK)
                begun, ran = self.begun, time.clock_gettime(self._clock) - self.begun
                if ran > LONG and begun != seen:
                    seen = begun
                    stack = traceback.format_stack(sys._current_frames()[self._loop])
                    file.write(f"{ran * 1000:.0f} ms\n{''.join(stack[-14:])}\n")


async def sample(out: Path, onlooker: Onlooker | None) -> None:
    """Ask for the loop every five milliseconds and see how much later one gets it."""
    with out.open("a", buffering=1) as file:
        while True:
            work = wall = 0.0
            until = time.monotonic() + 1
            while time.monotonic() < until:
                before, thread = time.monotonic(), time.thread_time()
                if onlooker:
                    onlooker.step()
                await asyncio.sleep(TICK)
                work = max(work, time.thread_time() - thread)
                wall = max(wall, time.monotonic() - before - TICK)
            file.write(json.dumps({"work_ms": work * 1000, "wall_ms": wall * 1000}) + "\n")


async def main(port: int, out: Path) -> None:
    process = Process(Settings.load())
    configure_logging("ERROR")
    onlooker = Onlooker(Path(where)) if (where := os.environ.get("BENCH_LOOP_DEBUG")) else None
    if onlooker:
        onlooker.start()
    sampling = asyncio.create_task(sample(out, onlooker))
    await serve(process, EmbeddedApp(process), "127.0.0.1", port)
    sampling.cancel()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), Path(sys.argv[2])))
