"""``make bench``: runs every ``bench_*.py`` (or those named in ARGS) and prints one table.

A benchmark module has ``def bench() -> list[Row]``. Exit status 1 where a bar was missed or a benchmark failed.
"""

import argparse
import json
import os
import platform
import sys
import time
import traceback
from dataclasses import asdict
from importlib import import_module
from pathlib import Path

from tests.bench.asked import asked as wanted
from tests.bench.table import Row, rendered

HERE = Path(__file__).parent


def main() -> int:
    names = sorted(path.stem.removeprefix("bench_") for path in HERE.glob("bench_*.py"))
    parser = argparse.ArgumentParser(prog="make bench ARGS=", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(names)}; all by default")
    parser.add_argument("--json", action="store_true", help="the rows as JSON")
    parser.add_argument("--sizes", help="of the desk, in tickets: 1000,10000,100000")
    parser.add_argument("--databases", help="SQLite,PostgreSQL")
    parser.add_argument("--requests", type=int, default=wanted.requests, help="of each kind in a round")
    parser.add_argument("--rounds", type=int, default=wanted.rounds, help="of which the best counts")
    parser.add_argument("--sets", help="of evaluation data: banking77,clinc150,…")
    parser.add_argument("--tickets", help="that a training learns from: 5000,50000")
    asked = parser.parse_args()
    wanted.sizes = [int(size) for size in asked.sizes.split(",")] if asked.sizes else wanted.sizes
    wanted.databases = asked.databases.split(",") if asked.databases else wanted.databases
    wanted.sets = asked.sets.split(",") if asked.sets else wanted.sets
    wanted.tickets = [int(count) for count in asked.tickets.split(",")] if asked.tickets else wanted.tickets
    wanted.requests, wanted.rounds = asked.requests, asked.rounds
    if unknown := set(asked.names) - set(names):
        parser.error(f"no such benchmark: {', '.join(sorted(unknown))}")
    rows: list[Row] = []
    failed, busy = False, os.getloadavg()[0]
    for name in asked.names or names:
        print(f"· {name} …", file=sys.stderr, flush=True)
        begun = time.monotonic()
        try:
            rows += import_module(f"tests.bench.bench_{name}").bench()
        except Exception:
            failed = True
            traceback.print_exc()
        print(f"  {time.monotonic() - begun:.0f} s", file=sys.stderr, flush=True)
    if asked.json:
        print(json.dumps([asdict(row) for row in rows], indent=1))
    else:
        load = ", ".join(f"{one:.1f}" for one in (busy, os.getloadavg()[0]))
        machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
        print(f"\n{machine}, load of the machine at the beginning and the end: {load}\n")
        print(rendered(rows))
    return int(failed or any(row.kept is False for row in rows))


if __name__ == "__main__":
    raise SystemExit(main())
