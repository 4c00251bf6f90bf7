"""A training on 50,000 closed tickets whose vectors are stored: the fit of every task of a desk, and its memory.

`--tickets 5000,50000` chooses how many; the bar is that of 50,000. The tickets are the demo desk's, each said again in
many ways: words left out and put in by lot, the vector a little moved. Vectors are drawn by lot around a centre a
label: a fit costs the same whatever they say.
"""

import json
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from services.triage.learning import Example, FitOptions, fit_task, prepare
from services.triage.learning.evaluate import peak_mb
from services.triage.train.fit import KINDS
from tests.bench.asked import asked
from tests.bench.table import Row, below

CLOSED = Path(__file__).resolve().parents[2] / "services" / "suite" / "demo" / "data" / "tickets_closed.jsonl"
BAR_FOR, SECONDS, MEGABYTES = 50_000, 180, 4_096
WIDTH = 896
ORDER = ("low", "normal", "high", "critical")


def bench() -> list[Row]:
    return [row for count in asked.tickets for row in _measured(count)]


def _measured(count: int) -> list[Row]:
    with ProcessPoolExecutor(1, get_context("spawn")) as alone:  # a process of its own: its peak is the fit's
        taken, processor, peak = alone.submit(_train, count).result()
    whole, bound = sum(taken.values()), count == BAR_FOR
    return [
        below(
            f"training on {count:,} closed tickets, vectors stored", whole, "s", SECONDS if bound else None
        ),
        *(below(f"  of which {task}", seconds, "s") for task, seconds in taken.items()),
        below("  processor time, which other work on the machine does not lengthen", processor, "s"),
        below("  memory at its peak", peak, "MB", MEGABYTES if bound else None),
    ]


def _train(count: int) -> tuple[dict[str, float], float, float]:
    rows = [json.loads(line) for line in CLOSED.read_text("utf-8").splitlines()]
    chance = np.random.default_rng(0)
    keys = sorted({row["labels"]["category"] for row in rows})
    centres = chance.normal(size=(len(keys), WIDTH))
    chosen = [rows[i] for i in chance.integers(len(rows), size=count)]
    place = [keys.index(row["labels"]["category"]) for row in chosen]
    vectors = (centres[place] + chance.normal(scale=1.5, size=(count, WIDTH))).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    texts = [_again(prepare(row["subject"], row["body"]), chance) for row in chosen]
    labels = {
        "category": [(row["labels"]["category"],) for row in chosen],
        "priority": [(row["labels"]["priority"],) for row in chosen],
        "tags": [tuple(row["labels"]["tags"]) for row in chosen],
    }
    taken, started = {}, time.process_time()
    for task, found in labels.items():
        begun = time.perf_counter()
        examples = [Example(text, label) for text, label in zip(texts, found, strict=True)]
        options = FitOptions(order=ORDER if task == "priority" else ())
        fit_task(task, examples, vectors, kind=KINDS[task], options=options)
        taken[task] = time.perf_counter() - begun
    return taken, time.process_time() - started, peak_mb()


def _again(text: str, chance: np.random.Generator) -> str:
    words = [word for word in text.split() if chance.random() > 0.15]
    words.insert(int(chance.integers(len(words) + 1)), f"ref{chance.integers(10_000)}")
    return " ".join(words)
