"""What `triaje evaluate` reaches on public data: accuracy, calibration, strangers and time, each beside its bar.

`TRIAJE_EVAL_DATA` names the folder of evaluation data; `tests/bench/splits.py` makes the splits from what is given for
training and writes them to files for `triaje evaluate` by hand. Seconds count embedding and fit, and say something
only on a machine that does nothing else. `--sets banking77,clinc150` measures some.
"""

import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from services.common.settings import Settings
from services.triage.learning import Report, evaluate, fit_task, prepare
from services.triage.learning.evaluate import spoken
from services.triage.learning.tongues import tongues_of
from services.triage.reader import Reader, load_reader
from tests.bench import splits
from tests.bench.asked import asked
from tests.bench.splits import Split
from tests.bench.table import Row, below

DRAWS = 3


def bench() -> list[Row]:
    folder = os.environ.get("TRIAJE_EVAL_DATA")
    if not folder:
        print("  TRIAJE_EVAL_DATA names no folder of evaluation data: nothing measured", file=sys.stderr)
        return []
    wanted = asked.sets or list(SETS)
    if unknown := set(wanted) - set(SETS):
        raise ValueError(f"no such set: {', '.join(sorted(unknown))}; there are {', '.join(SETS)}")
    encoder = load_reader(Settings())
    try:
        return [row for name in wanted for row in SETS[name](Path(folder), encoder)]
    finally:
        encoder.close()


def scored(split: Split, encoder: Reader) -> Report:
    """The report of `triaje evaluate` on a split."""

    with tempfile.TemporaryDirectory() as folder:
        files = split.write(Path(folder))
        stranger = splits.STRANGER if split.strangers else None
        tongues = tongues_of(encoder.fingerprint)
        return evaluate(
            *files, ["text"], split.label, split.many, stranger, embed=encoder.encode, tongues=tongues
        )


def _banking77(data: Path, encoder: Reader) -> list[Row]:
    found = scored(splits.banking77(data), encoder)
    return [
        _least("BANKING77, every fifth row held out: right", found.accuracy, 0.92),
        _calibrated(found, 0.05),
        below("  embedding and fit", found.fit_seconds, "s", 180),
        below("  memory at its peak", found.peak_mb, "MB"),
        _least("  coverage of a promise of 95 %", found.coverage_at_95, 0.85),
        _least("  of which right", found.precision_at_95, None),
    ]


def _most(data: Path, encoder: Reader) -> list[Row]:
    found = scored(splits.banking77_most(data), encoder)
    return [
        _least("BANKING77, 19 of 20 rows taught: right", found.accuracy, 0.94),
        _calibrated(found),
        below("  embedding and fit", found.fit_seconds, "s", 120),
    ]


def _few(data: Path, encoder: Reader) -> list[Row]:
    ten = scored(splits.ten_a_label(data), encoder)
    ones = [scored(splits.one_a_label(data, seed), encoder) for seed in range(DRAWS)]
    return [
        _least("BANKING77, from the labels' names alone: right", _from_names(data, encoder), None),
        _least("BANKING77, ten a label: right", ten.accuracy, 0.85),
        _calibrated(ten),
        _least(
            f"BANKING77, one a label, mean of {DRAWS} draws: right",
            float(np.mean([one.accuracy for one in ones])),
            0.66,
        ),
        below("  stated chance off by", float(np.mean([one.ece for one in ones])), ""),
    ]


def _from_names(data: Path, encoder: Reader) -> float:
    """The share of every fifteenth row that a model without any example gets right."""
    split = splits.one_a_label(data)
    names = {row["label"]: [spoken(row["label"])] for row in split.learn}
    nothing = np.zeros((0, encoder.dimensions), np.float32)
    model = fit_task("category", [], nothing, label_names=names, embed=encoder.encode)
    texts = [prepare(row["text"]) for row in split.judge]
    found = model.predict(texts, encoder.encode(texts))
    return float(np.mean([p.label == row["label"] for p, row in zip(found, split.judge, strict=True)]))


def _strangers(data: Path, encoder: Reader) -> list[Row]:
    found = scored(splits.near_strangers(data), encoder)
    return [
        _least("27 intents of BANKING77 never taught: turned away", found.oos_recall, 0.45),
        _most_of("  of the 50 that were taught: turned away", found.false_abstention, 0.05),
    ]


def _clinc150(data: Path, encoder: Reader) -> list[Row]:
    found = scored(splits.clinc150(data), encoder)
    return [
        _least("CLINC150, in scope: right", found.accuracy, 0.962),
        _calibrated(found),
        _least("  accepted and right", found.accepted_right, 0.94),
        _least("  strangers turned away, none was taught", found.oos_recall, 0.88),
        below("  embedding and fit", found.fit_seconds, "s"),
    ]


def _nlu(data: Path, encoder: Reader) -> list[Row]:
    banking, hotels = (scored(make(data), encoder) for make in (splits.nlu_banking, splits.nlu_hotels))
    return [
        _least("NLU++ banking, many labels: micro-F1", banking.micro_f1, 0.91),
        _least("NLU++ hotels, many labels: micro-F1", hotels.micro_f1, 0.82),
    ]


def _routing(data: Path, encoder: Reader) -> list[Row]:
    bars = (
        (splits.routing_en, "English", 0.70),
        (splits.routing_es, "Spanish", 0.67),
        (splits.routing_across, "English taught, Spanish asked", 0.57),
    )
    rows = []
    for make, what, bar in bars:
        found = scored(make(data), encoder)
        rows += [_least(f"LibreOffice routing, {what}: right", found.accuracy, bar), _calibrated(found)]
    return rows


def _least(what: str, value: float | None, bar: float | None) -> Row:
    if value is None:
        return Row(
            what, 0.0, "(none)", bar="" if bar is None else f"≥ {bar:g}", kept=None if bar is None else False
        )
    return Row(
        what, value, "", bar="" if bar is None else f"≥ {bar:g}", kept=None if bar is None else value >= bar
    )


def _most_of(what: str, value: float | None, bar: float) -> Row:
    return Row(what, value or 0.0, "", bar=f"≤ {bar:g}", kept=value is not None and value <= bar)


def _calibrated(found: Report, bar: float | None = None) -> Row:
    """The calibration error beside what a model that states the truth would measure on as many rows."""
    error, noise = found.ece or 0.0, found.ece_noise or 0.0
    most = bar if bar is not None else max(0.02, 1.3 * noise)
    reference = f"{noise:.3f} by chance alone"
    return Row("  stated chance off by", error, "", reference, bar=f"≤ {most:.3f}", kept=error <= most)


SETS: dict[str, Callable[[Path, Reader], list[Row]]] = {
    "banking77": _banking77,
    "most": _most,
    "few": _few,
    "strangers": _strangers,
    "clinc150": _clinc150,
    "nlu": _nlu,
    "routing": _routing,
}
