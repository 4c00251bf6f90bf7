"""Search over a hundred thousand passages: one customer, fifty typing at once, and a rebuild under way.

The articles are made of three thousand words, some common and most of them rare, and their vectors are drawn by the
words, so that filling takes minutes and not an hour: the embedder's own pace is in `bench_embedder`. Everything else
is the code that serves.
"""

import asyncio
import hashlib
import random
import resource
import tempfile
import time
from collections.abc import Sequence
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from services.kb.articles.policy import PUBLIC
from services.kb.contract import TranslationInput
from services.kb.evaluation.run import desk, fill
from services.kb.importing.draft import Draft
from services.kb.index.service import SearchIndex
from services.kb.search.engine import SearchEngine
from services.kb.search.readable import Ask
from tests.bench.table import Row, below, quantile

PASSAGES = 100_000
EACH = 10  # passages of an article
DIMENSIONS = 384
ALONE, CUSTOMERS, TURNS = 300, 50, 6
A_WORD = (1.0, 2.0)  # seconds: forty words a minute, and the page asks when a word is over
WORDS = [
    f"{a}{b}{c}{d}"
    for a in "bcdfglmnprst"
    for b in ("an", "er", "il", "os", "um")
    for c in ("ta", "de", "ri", "so", "lu")
    for d in ("", "n", "s", "mos", "da", "ble", "gen", "tor", "mil", "ques")
]
random.Random(5).shuffle(WORDS)
COMMON = list(
    accumulate(1 / (place + 10) for place in range(len(WORDS)))
)  # Zipf's law, without the stop words


def words(dice: random.Random, count: int) -> str:
    """So many words, the common ones more often."""
    return " ".join(dice.choices(WORDS, cum_weights=COMMON, k=count))


class DrawnVectors:
    """The embedder's interface; a text's vector is the sum of vectors drawn by its words."""

    dimensions = DIMENSIONS
    fingerprint = "drawn0000001"
    loaded = True

    def __init__(self) -> None:
        self._words: dict[str, npt.NDArray[np.float32]] = {}

    async def load(self) -> None:
        return None

    async def query(self, text: str) -> npt.NDArray[np.float32]:
        return self._encode(text)

    async def documents(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        return np.stack([self._encode(text) for text in texts])

    def close(self) -> None:
        return None

    def _encode(self, text: str) -> npt.NDArray[np.float32]:
        found = np.sum([self._word(word) for word in text.lower().split()] or [self._word("")], axis=0)
        return np.asarray(found / np.linalg.norm(found), dtype=np.float32)

    def _word(self, word: str) -> npt.NDArray[np.float32]:
        if word not in self._words:
            seed = int.from_bytes(hashlib.sha256(word.encode()).digest()[:8])
            self._words[word] = np.random.default_rng(seed).standard_normal(DIMENSIONS).astype(np.float32)
        return self._words[word]


def articles(passages: int) -> list[Draft]:
    """Articles of ten sections each, every section long enough to be a passage of its own."""
    dice = random.Random(7)
    found = []
    for number in range(passages // EACH):
        parts = [f"## {words(dice, 2)}\n\n{words(dice, 60)}" for _ in range(EACH)]
        title = f"{words(dice, 4)} {number}"
        found.append(
            Draft(
                key=str(number),
                lang="en",
                text=TranslationInput(title=title, body_markdown="\n\n".join(parts)),
            )
        )
    return found


async def timed(db: Any, engine: SearchEngine, dice: random.Random) -> float:
    """One question of six words, from the words to what is shown, in milliseconds."""
    begun = time.perf_counter()
    answer = await engine.search(Ask(words(dice, 6), PUBLIC, "en", 10))
    assert not answer.degraded
    return 1_000 * (time.perf_counter() - begun)


async def customer(db: Any, engine: SearchEngine, place: int, taken: list[float]) -> None:
    """Somebody who types: the page asks after every word."""
    dice = random.Random(place)
    for _ in range(TURNS):
        await asyncio.sleep(dice.uniform(*A_WORD))
        taken.append(await timed(db, engine, dice))


async def during(index: SearchIndex, db: Any, engine: SearchEngine) -> list[float]:
    """What one customer waits while the whole index is made anew beside the one that answers."""
    taken: list[float] = []
    rebuilding = asyncio.create_task(index.rebuild(quiet))
    dice = random.Random(3)
    while not rebuilding.done():
        taken.append(await timed(db, engine, dice))
        await asyncio.sleep(0.05)
    await rebuilding
    return taken


async def quiet(done: int, total: int, note: str) -> None:
    """Nobody watches."""


async def measure(passages: int) -> list[Row]:
    """All rows over so many passages."""
    with tempfile.TemporaryDirectory(prefix="triaje-bench-") as folder:
        async with desk(Path(folder), DrawnVectors()) as (db, index, engine):  # type: ignore[arg-type]
            await fill(db, [[draft] for draft in articles(passages)], lambda done, total, note: None)
            begun = time.perf_counter()
            made = await index.rebuild(quiet)
            rows = [below(f"index of {made} passages", time.perf_counter() - begun, "s")]
            dice = random.Random(1)
            alone = [await timed(db, engine, dice) for _ in range(ALONE)][ALONE // 10 :]
            together: list[float] = []
            await asyncio.gather(*(customer(db, engine, place, together) for place in range(CUSTOMERS)))
            rebuilt = await during(index, db, engine)
    own, started = (
        resource.getrusage(who).ru_maxrss / 1024 for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    return [
        *rows,
        below("search, one customer, p95", quantile(alone, 0.95), "ms", 60),
        below(f"search, {CUSTOMERS} typing at once, p95", quantile(together, 0.95), "ms", 300),
        below(f"search during a rebuild, p95 of {len(rebuilt)}", quantile(rebuilt, 0.95), "ms"),
        below("memory at its highest, index and search", own, "MB"),
        below("memory of the largest process for the index", started, "MB"),
    ]


def bench() -> list[Row]:
    return asyncio.run(measure(PASSAGES))
