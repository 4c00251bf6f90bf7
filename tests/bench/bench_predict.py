"""From a text to its predictions: the engine alone on a ticket of 100 words, and through the API, one at a time."""

import asyncio
import json
import time
from pathlib import Path
from typing import Any

import numpy as np

from services.common.settings import Settings
from services.triage.learning import Example, FitOptions, fit_task, prepare
from services.triage.learning.threads import one_thread
from services.triage.predict.brain import think
from services.triage.reader import load_reader
from services.triage.registry.artefacts import Loaded
from services.triage.taxonomy.copy import Scheme
from services.triage.train.fit import KINDS
from tests.bench.demo import demo
from tests.bench.load import post
from tests.bench.table import Row, below, quantile

CLOSED = Path(__file__).resolve().parents[2] / "services" / "suite" / "demo" / "data" / "tickets_closed.jsonl"
TEXTS = (
    ("Card not here", "I ordered a card two weeks ago and it has not arrived yet."),
    ("Transferencia", "Hice una transferencia ayer y todavía no aparece en la cuenta de destino."),
    ("Charged twice", "The same payment shows up twice in my statement, please give one back."),
    ("Cajero", "El cajero se quedó con mi tarjeta y no me dio el dinero."),
)
LONG = (
    "Hello, I ordered two pairs of shoes last week and my card was charged twice for the same order. I wrote to "
    "you on Monday and nobody has answered me since. The first payment was made on the third of this month, the "
    "second one a few minutes later, and both of them still show on the statement of my bank. Could you please "
    "tell me when I will get the money back and whether I have to do anything for it? I also would like to change "
    "the address of the delivery, because we have moved to another street. Thank you for your help."
)
COUNT = 200
WIDTH = 896  # of a reading: the embedder's vector and the second encoder's
WARM = 20


def bench() -> list[Row]:
    return [*_engine(), *_through_the_api()]


def _engine() -> list[Row]:
    """A ticket of 100 words in this process, beside its embedding alone: all that prediction and evidence add."""
    reader, loaded = load_reader(Settings()), _model()
    active = {task: frozenset(model.labels) for task, model in loaded.tasks.items()} | {"team": frozenset()}
    scheme = Scheme(active, {}, routed_by_category=False)
    whole, bare = [], []
    for place in range(COUNT + WARM):
        text = prepare(f"Charged twice {place}", LONG)
        begun = time.perf_counter()
        vector = reader.encode([text])[0]
        embedded = time.perf_counter()
        think(loaded, text, "en", vector, scheme, {})
        whole.append(time.perf_counter() - begun)
        bare.append(embedded - begun)
    reader.close()
    p50, alone = (1_000 * quantile(taken[WARM:], 0.5) for taken in (whole, bare))
    return [
        below("100 words to verdict and evidence, p50", p50, "ms", 15),
        below("  of which the embedding, p50", alone, "ms"),
        below("  whole to embedding alone", p50 / alone, "times", 1.5),
    ]


def _model() -> Loaded:
    """A model of the demo desk's tasks: its own closed tickets, with vectors drawn by lot. A prediction costs the
    same whatever the vectors say."""
    rows = [json.loads(line) for line in CLOSED.read_text("utf-8").splitlines()]
    chance = np.random.default_rng(0)
    texts = [prepare(row["subject"], row["body"]) for row in rows]
    vectors = chance.normal(size=(len(rows), WIDTH)).astype(np.float32)
    order = ("low", "normal", "high", "critical")
    labels = {
        "category": [(row["labels"]["category"],) for row in rows],
        "priority": [(row["labels"]["priority"],) for row in rows],
        "tags": [tuple(row["labels"]["tags"]) for row in rows],
    }
    tasks = {
        task: fit_task(
            task,
            [Example(text, found) for text, found in zip(texts, labels[task], strict=True)],
            vectors,
            kind=KINDS[task],
            options=FitOptions(order=order if task == "priority" else ()),
        )
        for task in labels
    }
    one_thread()
    return Loaded("bench", "", "", tasks)


def _through_the_api() -> list[Row]:
    desk = demo()

    def body(place: int) -> dict[str, Any]:
        subject, text = TEXTS[place % len(TEXTS)]
        return {"subject": f"{subject} {place}", "body": text}

    headers = {"Authorization": f"Bearer {desk.token}"}
    load = asyncio.run(
        post(
            desk.desk.port, "/api/v1/triage/predict", body, count=COUNT + WARM, connections=1, headers=headers
        )
    )
    assert set(load.statuses) <= {200, 201}, load.statuses
    taken = [1_000 * seconds for seconds in load.latencies[WARM:]]
    return [
        below("prediction through the API, p50", quantile(taken, 0.5), "ms"),
        below("prediction through the API, p95", quantile(taken, 0.95), "ms"),
    ]
