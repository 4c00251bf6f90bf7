"""Figures of merit. Every number that a page or a command shows about a model is computed here."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

BINS = 15
Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Bin:
    """One bar of a reliability diagram: what was claimed and what was true, over `count` predictions."""

    low: float
    high: float
    count: int
    claimed: float
    true: float


@dataclass(frozen=True, slots=True)
class LabelScore:
    label: str
    precision: float
    recall: float
    f1: float
    support: int
    predicted: int


@dataclass(frozen=True, slots=True)
class CoveragePoint:
    """With a cut at `threshold`, `coverage` of the texts pass and `precision` of those are right."""

    threshold: float
    coverage: float
    precision: float


@dataclass(frozen=True, slots=True)
class Scores:
    """All figures over one test set; those that do not apply are None."""

    count: int
    accuracy: float | None = None
    macro_f1: float | None = None
    micro_f1: float | None = None
    mcc: float | None = None
    top3: float | None = None
    ece: float | None = None
    ece_noise: float | None = None
    bins: tuple[Bin, ...] = ()
    labels: tuple[LabelScore, ...] = ()
    coverage: tuple[CoveragePoint, ...] = ()
    extra: dict[str, float] = field(default_factory=dict)


def reliability(probability: Array, correct: NDArray[np.bool_], bins: int = BINS) -> tuple[Bin, ...]:
    """Equal-width bars over 0..1; empty ones are left out."""
    index = np.minimum((probability * bins).astype(int), bins - 1)
    bars = []
    for number in range(bins):
        inside = index == number
        if inside.any():
            bars.append(
                Bin(
                    low=number / bins,
                    high=(number + 1) / bins,
                    count=int(inside.sum()),
                    claimed=float(probability[inside].mean()),
                    true=float(correct[inside].mean()),
                )
            )
    return tuple(bars)


def calibration_error(probability: Array, correct: NDArray[np.bool_], bins: int = BINS) -> float:
    """Expected calibration error, equal-width bins (Naeini et al. 2015), of the claimed top probability."""
    if len(probability) == 0:
        return 0.0
    index = np.minimum((probability * bins).astype(int), bins - 1)
    gaps = np.bincount(index, weights=probability - correct, minlength=bins)
    return float(np.abs(gaps).sum() / len(probability))


def calibration_noise(probability: Array, rounds: int = 400, seed: int = 0) -> float:
    """The error that a perfectly calibrated model with these probabilities would measure, on average."""
    rng = np.random.default_rng(seed)
    draws = [
        calibration_error(probability, rng.random(len(probability)) < probability) for _ in range(rounds)
    ]
    return float(np.mean(draws))


def coverage_curve(
    confidence: Array, correct: NDArray[np.bool_], points: int = 50
) -> tuple[CoveragePoint, ...]:
    """Precision over coverage, from the surest texts to all; `points` places spread over the ranks."""
    if len(confidence) == 0:
        return ()
    order = np.argsort(-confidence, kind="stable")
    right = np.cumsum(correct[order])
    places = np.unique(np.linspace(1, len(order), min(points, len(order))).astype(int))
    return tuple(
        CoveragePoint(float(confidence[order[n - 1]]), n / len(order), float(right[n - 1] / n))
        for n in places
    )


def per_label(
    labels: Sequence[str], truth: NDArray[np.bool_], chosen: NDArray[np.bool_]
) -> tuple[LabelScore, ...]:
    """Precision, recall and F1 of each column of two (texts × labels) tables; 0 where undefined."""
    hits = (truth & chosen).sum(axis=0)
    support, predicted = truth.sum(axis=0), chosen.sum(axis=0)
    return tuple(
        LabelScore(
            label=label,
            precision=_ratio(hits[i], predicted[i]),
            recall=_ratio(hits[i], support[i]),
            f1=_ratio(2 * hits[i], support[i] + predicted[i]),
            support=int(support[i]),
            predicted=int(predicted[i]),
        )
        for i, label in enumerate(labels)
    )


def correlation(truth: NDArray[np.int64], chosen: NDArray[np.int64], count: int) -> float:
    """Matthews' correlation coefficient for many classes (Gorodkin 2004, R_K); 0 where undefined."""
    table = np.zeros((count, count))
    np.add.at(table, (truth, chosen), 1)
    t, p, n = table.sum(axis=1), table.sum(axis=0), table.sum()
    below = np.sqrt(n**2 - (p**2).sum()) * np.sqrt(n**2 - (t**2).sum())
    return float((np.trace(table) * n - t @ p) / below) if below else 0.0


def score_single(
    truth: Sequence[str], ranked: Sequence[Sequence[str]], confidence: Sequence[float]
) -> Scores:
    """Score one-label predictions: the true labels, each text's ranking, and the stated chance of its top."""
    labels = sorted({*truth, *(r[0] for r in ranked if r)})
    place = {label: i for i, label in enumerate(labels)}
    true = np.array([place[label] for label in truth], dtype=np.int64)
    top = np.array([place[r[0]] if r else -1 for r in ranked], dtype=np.int64)
    if len(true) == 0:
        return Scores(count=0)
    correct = true == top
    stated = np.asarray(confidence, dtype=np.float64)
    rows = per_label(labels, _one_hot(true, len(labels)), _one_hot(top, len(labels)))
    known = [row.f1 for row in rows if row.support]
    accuracy = float(correct.mean())
    return Scores(
        count=len(true),
        accuracy=accuracy,
        macro_f1=float(np.mean(known)),
        micro_f1=accuracy,
        mcc=correlation(true[top >= 0], top[top >= 0], len(labels)),
        top3=float(np.mean([label in r[:3] for label, r in zip(truth, ranked, strict=True)])),
        ece=calibration_error(stated, correct),
        ece_noise=calibration_noise(stated),
        bins=reliability(stated, correct),
        labels=rows,
        coverage=coverage_curve(stated, correct),
    )


def score_multi(
    labels: Sequence[str], truth: Sequence[Sequence[str]], chosen: Sequence[Sequence[str]], stated: Array
) -> Scores:
    """Score tags. `stated` is (texts × labels) with the chance of each; `accuracy` counts exact sets."""
    labels = list(labels)
    unknown = sorted({label for row in truth for label in row} - set(labels))
    every = [*labels, *unknown]
    place = {label: i for i, label in enumerate(every)}
    true, picked = np.zeros((len(truth), len(every)), bool), np.zeros((len(truth), len(every)), bool)
    for i, (t, c) in enumerate(zip(truth, chosen, strict=True)):
        true[i, [place[x] for x in t]] = True
        picked[i, [place[x] for x in c]] = True
    if len(truth) == 0:
        return Scores(count=0)
    rows = per_label(every, true, picked)
    hits = float((true & picked).sum())
    flat, right = stated.ravel().astype(np.float64), true[:, : len(labels)].ravel()
    order = np.argsort(-stated, axis=1, kind="stable")[:, :3]
    found = [
        len({labels[j] for j in order[i]} & set(t)) / min(len(set(t)), 3) for i, t in enumerate(truth) if t
    ]
    known = [row.f1 for row in rows if row.support]
    return Scores(
        count=len(truth),
        accuracy=float((true == picked).all(axis=1).mean()),
        macro_f1=float(np.mean(known)) if known else 0.0,
        micro_f1=_ratio(2 * hits, true.sum() + picked.sum()),
        mcc=_binary_correlation(true, picked),
        top3=float(np.mean(found)) if found else None,
        ece=calibration_error(flat, right),
        ece_noise=calibration_noise(flat, rounds=50),
        bins=reliability(flat, right),
        labels=rows,
    )


def coverage_at(
    confidence: Array, correct: NDArray[np.bool_], threshold: float | None
) -> tuple[float, float | None]:
    """Share of texts that pass the threshold, and the precision among them (None where nothing passes)."""
    if threshold is None or len(confidence) == 0:
        return 0.0, None
    passed = confidence >= threshold
    return float(passed.mean()), float(correct[passed].mean()) if passed.any() else None


def _ratio(above: float, below: float) -> float:
    return float(above / below) if below else 0.0


def _one_hot(index: NDArray[np.int64], count: int) -> NDArray[np.bool_]:
    table = np.zeros((len(index), count), bool)
    known = index >= 0
    table[np.flatnonzero(known), index[known]] = True
    return table


def _binary_correlation(true: NDArray[np.bool_], picked: NDArray[np.bool_]) -> float:
    return correlation(true.ravel().astype(np.int64), picked.ravel().astype(np.int64), 2)
