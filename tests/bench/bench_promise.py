"""What a promise of 95 % is worth: 1,000 times 300 reviewed decisions, certified, and held against the truth.

Truth is the precision over all decisions that were held out (BANKING77's training rows, four fifths to learn from and
the other to judge; `TRIAJE_EVAL_DATA` names the folder). A model that is less often right covers less: with two
fifths to learn from it is 0.81. Strangers are the rows of 27 intents that were never
taught, one decision in ten.
"""

import json
import os
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from services.common.settings import Settings
from services.triage.learning import Certificate, Example, certify, fit_task, prepare
from services.triage.reader import Reader, load_reader
from tests.bench.table import Row, below

ROUNDS, REVIEWS, ASKED, COVERAGE = 1_000, 300, 0.95, 0.85
Bools = NDArray[np.bool_]


def bench() -> list[Row]:
    folder = os.environ.get("TRIAJE_EVAL_DATA")
    if not folder:
        print("  TRIAJE_EVAL_DATA names no folder of evaluation data: nothing measured", file=sys.stderr)
        return []
    rows = _records(Path(folder) / "intent" / "banking77_train.jsonl")
    taught = {r["label"] for r in _records(Path(folder) / "intent" / "banking77oos_train_50intents.jsonl")}
    encoder = load_reader(Settings())
    learn = [r for i, r in enumerate(rows) if i % 5]
    judge = rows[::5]
    everything = _decisions(encoder, learn, judge)
    half = [r for r in learn if r["label"] in taught]
    inside = [r for r in judge if r["label"] in taught]
    outside = [r for r in judge if r["label"] not in taught][: len(inside) // 9]
    mixed = _decisions(encoder, half, inside + outside)
    encoder.close()
    return [*_rows("", *everything, bar=COVERAGE), *_rows(", one in ten a stranger", *mixed)]


def _rows(what: str, stated: NDArray[np.float64], right: Bools, bar: float | None = None) -> list[Row]:
    broken, coverage, reason = promises_kept(stated, right)
    without = ROUNDS - len(coverage)
    covered = float(np.mean(coverage)) if coverage else 0.0
    refused = certify(stated[:REVIEWS], np.zeros(REVIEWS, bool), ASKED)
    assert not isinstance(refused, Certificate)
    return [
        below(f"promises of 95 % on 300 reviews that were broken{what}", 100 * broken / ROUNDS, "%", 5),
        Row(
            f"  coverage{what}",
            covered,
            "of tickets",
            bar="" if bar is None else f"≥ {bar:g}",
            kept=None if bar is None else covered >= bar,
        ),
        Row(f"  without a certificate (“{reason or refused.reason}”)", 100 * without / ROUNDS, "%"),
    ]


def promises_kept(stated: NDArray[np.float64], right: Bools) -> tuple[int, list[float], str]:
    """How many of the rounds broke their promise, the coverage of those that were certified, and why others were
    not. Decisions that were turned away count as stated at zero."""
    rng = np.random.default_rng(0)
    broken, coverage, reason = 0, [], ""
    for _ in range(ROUNDS):
        draw = rng.choice(len(stated), REVIEWS)
        made = certify(stated[draw], right[draw], precision=ASKED)
        if not isinstance(made, Certificate):
            reason = made.reason
            continue
        passed = stated >= made.threshold
        broken += bool(right[passed].mean() < ASKED)
        coverage.append(float(passed.mean()))
    return broken, coverage, reason


def _decisions(
    encoder: Reader, learn: list[dict[str, str]], judge: list[dict[str, str]]
) -> tuple[NDArray[np.float64], Bools]:
    texts, asked = [prepare(r["text"]) for r in learn], [prepare(r["text"]) for r in judge]
    lessons = [Example(text, (r["label"],)) for text, r in zip(texts, learn, strict=True)]
    model = fit_task("category", lessons, encoder.encode(texts))
    found = model.predict(asked, encoder.encode(asked))
    stated = np.array([0.0 if p.abstained else p.confidence for p in found])
    return stated, np.array([p.label == r["label"] for p, r in zip(found, judge, strict=True)])


def _records(path: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]
