"""``triaje run`` with a sampler on its event loop: how long one step holds it. Prints JSON lines for ``bench_live``.

Two figures a second: the longest step by the clock of the thread that runs the loop, which is what our code does to
it, and by the clock on the wall, in which the machine's other work and waiting for the interpreter's lock are as well.
"""

import asyncio
import json
import os
import sys
import time
from pathlib import Path

from services.common.observability import configure_logging
from services.common.settings import Settings
from services.suite.embedded import EmbeddedApp
from services.suite.runtime import Process
from services.suite.server import serve

TICK = 0.005


async def sample(out: Path) -> None:
    """Ask for the loop every five milliseconds and see how much later one gets it."""
    with out.open("a", buffering=1) as file:
        while True:
            work = wall = 0.0
            until = time.monotonic() + 1
            while time.monotonic() < until:
                before, thread = time.monotonic(), time.thread_time()
                await asyncio.sleep(TICK)
                work = max(work, time.thread_time() - thread)
                wall = max(wall, time.monotonic() - before - TICK)
            file.write(json.dumps({"work_ms": work * 1000, "wall_ms": wall * 1000}) + "\n")


async def main(port: int, out: Path) -> None:
    process = Process(Settings.load())
    configure_logging("ERROR")
    asyncio.get_running_loop().slow_callback_duration = 0.05
    sampling = asyncio.create_task(sample(out))
    await serve(process, EmbeddedApp(process), "127.0.0.1", port)
    sampling.cancel()


if __name__ == "__main__":
    if os.environ.get("BENCH_LOOP_DEBUG"):  # names what holds the loop, and slows everything down
        os.environ["PYTHONASYNCIODEBUG"] = "1"
    asyncio.run(main(int(sys.argv[1]), Path(sys.argv[2])), debug=bool(os.environ.get("BENCH_LOOP_DEBUG")))
