"""Fit on one file, score on another, by the code that `train` runs."""

import os
import resource
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from services.common.text import detect_language, likelihood

from .metrics import Scores, coverage_at, score_multi, score_single
from .model import TaskModel
from .tables import Row, read_rows
from .task import fit_task
from .tongues import Tongues, tongues_of
from .types import Cancel, DataRefused, Embed, Example, FitOptions, Prediction, Progress

_CLEARLY = 3.0
"""As with a question to the articles: of 3,378 short English queries 26 are taken for another language at three times
the likelihood, 69 at any; of 2,616 Spanish ones 96 % for Spanish or its neighbour Galician."""
CONTRACT = (
    "accuracy",
    "macro_f1",
    "micro_f1",
    "mcc",
    "top3",
    "ece",
    "oos_recall",
    "oos_precision",
    "coverage_at_95",
    "precision_at_95",
    "fit_seconds",
    "texts_per_second",
    "peak_mb",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What `triaje evaluate` says. Scores count rows in scope; the promise and out-of-scope count all rows.

    `coverage_at_95` and `precision_at_95` belong to a threshold that was certified on held-out training texts
    (None where no certificate could be had). `ece_noise` is what a perfectly calibrated model would measure.
    `accepted_right` is the share of rows in scope that were neither turned away nor wrong.
    """

    accuracy: float | None
    macro_f1: float | None
    micro_f1: float | None
    mcc: float | None
    top3: float | None
    ece: float | None
    oos_recall: float | None
    oos_precision: float | None
    coverage_at_95: float | None
    precision_at_95: float | None
    fit_seconds: float
    texts_per_second: float
    peak_mb: float
    ece_noise: float | None
    accepted_right: float | None
    false_abstention: float | None
    threshold_at_95: float | None
    train_rows: int
    test_rows: int
    labels: int
    scores: Scores
    note: str = ""

    def as_json(self) -> dict[str, Any]:
        """The contract's keys first, then the rest; the tables of bins and labels are left out."""
        return {
            k: round(v, 6) if isinstance(v, float) else v
            for k, v in asdict(self).items()
            if k != "scores" and (k != "note" or v)
        }


def evaluate(
    train_path: str | Path,
    test_path: str | Path,
    text: Sequence[str] = ("text",),
    label: str = "label",
    multilabel: bool = False,
    out_of_scope: str | None = None,
    *,
    embed: Embed | None = None,
    tongues: Tongues | None = None,
    options: FitOptions | None = None,
    progress: Progress | None = None,
    cancelled: Cancel | None = None,
) -> Report:
    """Fit on `train_path`, score on `test_path`. Labels' names are the labels themselves.

    Rows whose label is `out_of_scope` are left out of training and count as strangers in the test. `embed` defaults
    to the installed reader with its `tongues`. Raises DataRefused with one line for what cannot be read.
    """
    train = read_rows(train_path, text, label, multilabel)
    test = read_rows(test_path, text, label, multilabel)
    train = [row for row in train if out_of_scope is None or out_of_scope not in row.labels]
    if not any(row.labels for row in train):
        raise DataRefused(f"{train_path}: no labelled row to learn from")
    if embed is None:
        embed, tongues = installed_reader()
    began = time.perf_counter()
    _say(progress, 0.0, "embedding")
    detected = [detect_language(row.text) for row in train]
    main = Counter(detected).most_common(1)[0][0]
    model = fit_task(
        "tags" if multilabel else "category",
        [
            Example(row.text, row.labels, language=_believed(found, row.text, main))
            for row, found in zip(train, detected, strict=True)
        ],
        embed([row.text for row in train]),
        label_names=_names(train),
        embed=embed,
        kind="multi" if multilabel else "single",
        options=options,
        tongues=tongues,
        progress=None if progress is None else lambda share, note: progress(0.4 + 0.4 * share, note),
        cancelled=cancelled,
    )
    fitted = time.perf_counter()
    _say(progress, 0.8, "predicting")
    texts = [row.text for row in test]
    predictions = model.predict(
        texts, embed(texts), [_believed(detect_language(text), text, main) for text in texts]
    )
    done = time.perf_counter()
    _say(progress, 1.0, "done")
    return _report(model, train, test, predictions, out_of_scope, fitted - began, done - fitted)


def _believed(found: str, text: str, main: str) -> str:
    """A row's language: another than that of most is believed where the text is clearly likelier in it."""
    if found in (main, "und"):
        return main
    return found if likelihood(text, found, main) >= _CLEARLY else main


def installed_reader() -> tuple[Embed, Tongues | None]:
    """What the suite reads with, by the settings in the environment, and its table of languages."""
    from services.common.settings import Settings
    from services.triage.reader import load_reader

    # Not Settings.load(): that would leave a secret in a data folder which this command does not use.
    reader = load_reader(Settings(embedder=os.environ.get("TRIAJE_EMBEDDER", "")))
    return reader.encode, tongues_of(reader.fingerprint)


def _say(progress: Progress | None, share: float, note: str) -> None:
    if progress is not None:
        progress(share, note)


def _names(rows: Sequence[Row]) -> dict[str, list[str]]:
    labels = sorted({label for row in rows for label in row.labels})
    return {label: [spoken(label)] for label in labels}


def spoken(label: str) -> str:
    """A label's key as a person would say it: `card_arrival` becomes "card arrival"."""
    return " ".join(label.replace("_", " ").replace("-", " ").replace("/", " ").split()) or label


def _report(
    model: TaskModel,
    train: Sequence[Row],
    test: Sequence[Row],
    found: Sequence[Prediction],
    out_of_scope: str | None,
    fit_seconds: float,
    predict_seconds: float,
) -> Report:
    stranger = np.array([out_of_scope is not None and out_of_scope in row.labels for row in test])
    abstained = np.array([p.abstained for p in found])
    inside = np.flatnonzero(~stranger)
    scores = _scores(model, test, found, inside)
    strangers = bool(stranger.any())
    coverage = precision = threshold = None
    right = np.zeros(0, bool)
    if model.kind == "single":
        right = np.array(
            [p.label in row.labels and not s for p, row, s in zip(found, test, stranger, strict=True)]
        )
        stated = np.array([0.0 if p.abstained else p.confidence for p in found])
        threshold = model.card.get("threshold_at_95")
        coverage, precision = coverage_at(stated, right, threshold)
    return Report(
        **{
            k: getattr(scores, k)
            for k in ("accuracy", "macro_f1", "micro_f1", "mcc", "top3", "ece", "ece_noise")
        },
        oos_recall=float(abstained[stranger].mean()) if strangers else None,
        oos_precision=float(stranger[abstained].mean()) if strangers and abstained.any() else None,
        coverage_at_95=coverage if threshold is not None else None,
        precision_at_95=precision,
        fit_seconds=fit_seconds,
        texts_per_second=len(test) / max(predict_seconds, 1e-9),
        peak_mb=peak_mb(),
        accepted_right=float((right & ~abstained)[inside].mean()) if len(right) and len(inside) else None,
        false_abstention=float(abstained[inside].mean()) if len(inside) and model.kind == "single" else None,
        threshold_at_95=threshold,
        train_rows=len(train),
        test_rows=len(test),
        labels=len(model.labels),
        scores=scores,
        note="" if threshold is not None or model.kind != "single" else str(model.card.get("promise", "")),
    )


def _scores(model: TaskModel, test: Sequence[Row], found: Sequence[Prediction], inside: np.ndarray) -> Scores:
    if model.kind == "multi":
        place = {label: i for i, label in enumerate(model.labels)}
        stated = np.zeros((len(inside), len(model.labels)))
        for i, row in enumerate(inside):
            for ranked in found[row].ranked:
                stated[i, place[ranked.label]] = ranked.probability
        truth = [test[i].labels for i in inside]
        return score_multi(model.labels, truth, [found[i].chosen for i in inside], stated)
    return score_single(
        [test[i].labels[0] for i in inside],
        [[r.label for r in found[i].ranked] for i in inside],
        [found[i].confidence for i in inside],
    )


def peak_mb() -> float:
    """Most memory that this process has held, in MiB (Linux counts in kB, macOS in bytes)."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1 << 20) if sys.platform == "darwin" else peak / 1024
