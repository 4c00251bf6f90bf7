"""How much work something may be, on a machine that others use too.

A clock on the wall measures the neighbours. The processor time of one thread does not, but it stretches as well where
a core is shared: so a limit is for a quiet machine, and is stretched by what a known piece of work takes beside it.
"""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_QUIET = 0.02  # seconds of processor time that the known piece takes on a quiet machine of today


def busy() -> float:
    """How many times more work than cores the machine has: what a clock on the wall has to be multiplied by."""
    return max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


def slowness() -> float:
    """How many times slower than a quiet machine this one is at this moment; at least 1."""
    return max(1.0, min(_known_work() for _ in range(3)) / _QUIET)


@contextmanager
def within(seconds: float, clock: Callable[[], float] = time.thread_time) -> Iterator[None]:
    """Fails where the block takes more of ``clock`` than ``seconds`` of a quiet machine.

    ``clock`` is this thread's own unless the work is done by others: then ``time.process_time``.
    """
    slow, begun = slowness(), clock()
    yield
    used = clock() - begun
    limit = seconds * max(slow, slowness())
    assert used < limit, f"{used:.1f} s of work, and {limit:.1f} s are too much already"


def _known_work() -> float:
    begun = time.thread_time()
    sum(number * number % 7 for number in range(300_000))
    return time.thread_time() - begun
