"""What the whole suite takes at rest, and how long its starts are."""

from tests.bench.demo import demo
from tests.bench.table import Row, below


def bench() -> list[Row]:
    desk = demo()
    return [
        below("first start with the demo desk", desk.first_start, "s", 180),
        below("later start", desk.later_start, "s", 15),
        below("memory of the suite at rest", desk.memory_mb, "MB", 1_200),
    ]
