"""Fitting: from examples, vectors and names to a `TaskModel`, in one pass that can report and stop."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .calibration import ABROAD, PRIOR, Calibration, Logistic, fit_logistic, fit_top, top_features
from .features import DenseSpace, LexicalSpace, fit_dense, fit_lexical, fit_turn
from .likeness import beside
from .metrics import calibration_error
from .model import TaskModel
from .promise import Certificate, certify
from .prototypes import UNTIL, fit_prototypes, held_out_prototypes
from .ridge import EXACT, Kernel, Solution, solve
from .rows import FEW, Rows, carriers_of, gather, owners_of, targets_of
from .scope import EMPTY, LEFT_OUT, Scope, fit_scope, nearness, neighbours_for, signs_of
from .tongues import Tongues
from .types import (
    Cancel,
    Embed,
    Example,
    FitCancelled,
    FitOptions,
    Kind,
    LabelReadiness,
    Progress,
    Vectors,
)

Floats = NDArray[np.float32]
READY = 20
"""Examples from which a label's held-out recall is within 3 points of its plateau on BANKING77."""
MANY = 150  # examples a label
RARE_FROM = 1_000  # texts from which a term that one writer alone used is dropped
_LARGE = (3, 20_000, 0.1)
"""Least writers, most terms, largest share of texts of a term on a large desk. Terms in more than a tenth of the
texts cost nine tenths of the time there and weigh next to nothing."""


class _Pace:
    def __init__(self, progress: Progress | None, cancelled: Cancel | None) -> None:
        self._progress, self._cancelled = progress, cancelled

    def __call__(self, share: float, note: str) -> None:
        if self._cancelled is not None and self._cancelled():
            raise FitCancelled
        if self._progress is not None:
            self._progress(share, note)


def fit_task(
    task: str,
    examples: Sequence[Example],
    embeddings: Vectors,
    *,
    label_names: Mapping[str, Sequence[str]] | None = None,
    embed: Embed | None = None,
    kind: Kind = "single",
    options: FitOptions | None = None,
    tongues: Tongues | None = None,
    progress: Progress | None = None,
    cancelled: Cancel | None = None,
) -> TaskModel:
    """Fit one task. `embeddings` has the stored vector of each example, in the same order.

    `label_names` lists every label that may be predicted with its names (any languages, descriptions too); a
    label outside it is never predicted and its examples are dropped. None takes the labels of the examples.
    `embed` turns names into vectors; without it names are not used and a label without examples cannot win.
    `tongues` is the embedder's table (`tongues_of` its fingerprint) for texts in languages without examples.
    Raises FitCancelled as soon as `cancelled()` is true between steps.
    """
    options = options or FitOptions()
    pace = _Pace(progress, cancelled)
    pace(0.0, "reading examples")
    labels = tuple(label_names) if label_names is not None else _labels_of(examples)
    if kind == "ordinal":
        labels = _ordered(labels, options.order)
    rows = gather(examples, embeddings, labels, label_names, embed, kind)
    support = Counter(label for found in rows.labels[: rows.real] for label in found)
    if not labels or not rows.texts:
        return _empty(task, kind, labels, embeddings.shape[1] if embeddings.ndim == 2 else 0)
    large = len(rows.texts) > EXACT
    lexical, matrix = fit_lexical(rows.texts, rows.groups, *(_LARGE if large else _terms(rows.real)))
    dense = fit_dense(rows.vectors, rows.languages, tongues)
    plain = dense.transform(rows.vectors, rows.languages)
    pace(0.1, "learning the words")
    targets, offset = targets_of(rows, labels, kind)
    if rows.real < UNTIL * len(labels):
        dense = replace(dense, turn=fit_turn(plain, targets, rows.weight))
    points = dense.transform(rows.vectors, rows.languages)
    sample = carriers_of(rows, labels, options.seed) if large else None
    kernel = _kernel(rows.real / len(labels), kind, large)
    together = (
        [np.array([i]) for i in range(rows.real)]
        if large  # the carriers' solution holds texts out one at a time
        else beside(matrix, plain, rows.labels[: rows.real], rows.groups[: rows.real])
    )
    pace(0.15, "finding duplicates")
    solution = solve(
        matrix,
        points,
        targets,
        (1.0 / rows.weight).astype(np.float32),
        kernel,
        together,
        lambda share: pace(0.15 + 0.65 * share, "fitting"),
        sample,
    )
    pace(0.85, "calibrating")
    single = kind == "single"
    prototypes = (
        fit_prototypes(points, rows, labels) if single else np.zeros((0, points.shape[1]), np.float32)
    )
    held_out = (solution.held_out + offset)[: rows.real]
    if single:
        held_out = held_out + held_out_prototypes(points, rows, labels, prototypes, together)
    owners = owners_of(rows, labels)[solution.carriers] if single else np.zeros(0, np.int32)
    near = _held_out_nearness(points, solution, together, len(labels), owners, held_out)
    calibration, columns, threshold = _calibrate(held_out, near, rows, labels, kind)
    signs = signs_of(held_out, near, single) if rows.real else np.zeros((0, 3 if single else 2))
    right = _answered_rightly(held_out, rows, labels, kind)
    scope = fit_scope(signs, right, options.false_abstention, neighbours_for(rows.real, len(labels)))
    card = _card(held_out, signs, right, rows, kind, calibration, scope)
    pace(1.0, "done")
    return TaskModel(
        task=task,
        kind=kind,
        labels=labels,
        lexical=lexical,
        dense=dense,
        kernel=kernel,
        carriers=points[solution.carriers],
        owners=owners,
        alpha=solution.alpha,
        words=np.float32(kernel.lexical) * (matrix[solution.carriers].T @ solution.alpha),
        offset=offset,
        prototypes=prototypes,
        calibration=calibration,
        columns=columns,
        threshold=threshold,
        scope=scope,
        support={label: support[label] for label in labels},
        card=card,
    )


def _kernel(each: float, kind: Kind, large: bool) -> Kernel:
    """By examples a label. Few texts share few words by more than chance: meaning counts for more among them, and
    near texts for more than far ones (draws from the training rows of BANKING77, CLINC150 and HWU64: 0.4 points with
    one, five and ten a label). Steeper still with one a label would be another half a point, and turn away a
    quarter of what belongs here. With hundreds there is somebody near to ask (LibreOffice's help queries: 0.4 points,
    and a point where another language is asked; HWU64 by scenario: none); with a hundred it would cost strangers that
    are turned away, and a sample of carriers is too thin for it. A text with many labels is alike others in parts:
    likeness that falls off more slowly is half a point better on NLU++."""
    if kind == "multi":
        return Kernel(lexical=0.5 if each < FEW else 1.0, gamma=1.0)
    if each < FEW:
        return Kernel(lexical=0.25, gamma=3.0)
    if each < UNTIL or (each >= MANY and kind == "single" and not large):
        return Kernel(lexical=0.5, gamma=3.0)
    return Kernel()


def _terms(real: int) -> tuple[int, int, float]:
    return (2 if real >= RARE_FROM else 1), 60_000, 1.0


def _labels_of(examples: Sequence[Example]) -> tuple[str, ...]:
    return tuple(sorted({label for e in examples if e.weight > 0 for label in e.labels}))


def _ordered(labels: tuple[str, ...], order: tuple[str, ...]) -> tuple[str, ...]:
    if set(labels) - set(order):
        raise ValueError("an ordinal task needs `options.order` to name every label, lowest first")
    return tuple(label for label in order if label in labels)


def _held_out_nearness(
    points: Floats,
    solution: Solution,
    together: Sequence[NDArray[np.int64]],
    labels: int,
    owners: NDArray[np.int32],
    held_out: Floats,
) -> NDArray[np.float64]:
    """How near each example is to the others that stay in the model, itself and its duplicates left out; where
    carriers have one owner, to those of the label that it would get."""
    real = len(together)
    count = neighbours_for(real, labels)
    place = np.full(len(points), -1)
    place[solution.carriers] = np.arange(len(solution.carriers))
    near = np.zeros(real)
    for start in range(0, real, 2048):
        rows = np.arange(start, min(start + 2048, real))
        cosine = points[rows] @ points[solution.carriers].T
        for i in range(len(rows)):
            own = place[together[start + i]]
            cosine[i, own[own >= 0]] = LEFT_OUT
        if len(owners):
            cosine[owners[None, :] != held_out[rows].argmax(axis=1)[:, None]] = LEFT_OUT
        near[rows] = nearness(cosine, count)
    return near


def _calibrate(
    held_out: Floats, near: NDArray[np.float64], rows: Rows, labels: tuple[str, ...], kind: Kind
) -> tuple[Calibration, tuple[Logistic, ...], float]:
    weight = rows.weight[: rows.real]
    place = {label: i for i, label in enumerate(labels)}
    if kind == "single":
        truth = np.array([place[found[0]] for found in rows.labels[: rows.real]], dtype=np.int64)
        top = fit_top(held_out, near, truth, weight)
        return (replace(top, abroad=ABROAD) if rows.real >= UNTIL * len(labels) else top), (), 0.0
    if kind == "ordinal":
        rank = np.array([place[found[0]] for found in rows.labels[: rows.real]], dtype=np.int64)
        hits = rank[:, None] > np.arange(len(labels) - 1)[None, :]
        columns = tuple(_column(held_out[:, k], hits[:, k], weight) for k in range(len(labels) - 1))
        return PRIOR, columns, 0.0
    hits = np.zeros(held_out.shape, bool)
    for i, found in enumerate(rows.labels[: rows.real]):
        hits[i, [place[label] for label in found]] = True
    pooled = _column(held_out.ravel(), hits.ravel(), np.repeat(weight, len(labels)))
    return PRIOR, (pooled,) * len(labels), _best_threshold(pooled, held_out, hits)


def _column(scores: NDArray[np.float32], hits: NDArray[np.bool_], weight: NDArray[np.float64]) -> Logistic:
    return fit_logistic(scores[:, None].astype(np.float64), hits, weight, _COLUMN_PRIOR)


_COLUMN_PRIOR = Logistic((6.0,), -3.0)  # even chances at a score of one half


def _best_threshold(column: Logistic, scores: Floats, hits: NDArray[np.bool_]) -> float:
    """The chance above which setting a tag gives the best micro-F1 on held-out examples."""
    if not hits.any():
        return 0.5
    flat, right = scores.ravel(), hits.ravel()
    order = np.argsort(-flat, kind="stable")
    found = np.cumsum(right[order])
    f1 = 2.0 * found / (np.arange(1, len(flat) + 1) + right.sum())
    return round(float(column(flat[order[int(f1.argmax())], None].astype(np.float64)[None, :])[0]), 6)


def _answered_rightly(held_out: Floats, rows: Rows, labels: tuple[str, ...], kind: Kind) -> NDArray[np.bool_]:
    """Which examples got their label while held out; all of them where no single label is asked for."""
    if kind != "single":
        return np.ones(rows.real, bool)
    place = {label: i for i, label in enumerate(labels)}
    truth = np.array([place[found[0]] for found in rows.labels[: rows.real]], dtype=np.int64)
    return np.asarray(held_out.argmax(axis=1) == truth)


def _card(
    held_out: Floats,
    signs: NDArray[np.float64],
    right: NDArray[np.bool_],
    rows: Rows,
    kind: Kind,
    calibration: Calibration,
    scope: Scope,
) -> dict[str, Any]:
    """Figures on held-out training texts. A promise to a desk is certified on reviewed decisions instead."""
    card: dict[str, Any] = {"examples": rows.real}
    if kind != "single" or not rows.real:
        return card
    stated = calibration.top(top_features(held_out, signs[:, 1]))
    card["held_out_accuracy"] = round(float(right.mean()), 6)
    card["held_out_ece"] = round(calibration_error(stated, right), 6)
    strange = scope.strange(scope.familiarity(signs))
    found = certify(np.where(strange, 0.0, np.round(stated, 6)), right, precision=0.95)
    if isinstance(found, Certificate):
        card["threshold_at_95"] = found.threshold
    else:
        card["promise"] = found.reason
    return card


def _empty(task: str, kind: Kind, labels: tuple[str, ...], width: int) -> TaskModel:
    """A model that knows no label or has seen nothing: it abstains."""
    nothing = np.zeros((0, 0), np.float32)
    return TaskModel(
        task=task,
        kind=kind,
        labels=(),
        lexical=LexicalSpace(np.zeros(0, np.int32), np.zeros(0, np.float32)),
        dense=DenseSpace(np.zeros(width, np.float32)),
        kernel=Kernel(),
        carriers=np.zeros((0, width), np.float32),
        owners=np.zeros(0, np.int32),
        alpha=nothing,
        words=nothing,
        offset=np.zeros(0, np.float32),
        prototypes=np.zeros((0, width), np.float32),
        calibration=PRIOR,
        columns=(),
        threshold=0.5,
        scope=EMPTY,
        support=dict.fromkeys(labels, 0),
    )


def readiness(labels: Sequence[str], examples: Sequence[Example]) -> list[LabelReadiness]:
    """What each label can learn from now and how many examples it still lacks."""
    counts = Counter(label for example in examples if example.weight > 0 for label in example.labels)
    return [
        LabelReadiness(
            label,
            counts[label],
            "ready" if counts[label] >= READY else "few" if counts[label] else "names_only",
            max(READY - counts[label], 0),
        )
        for label in labels
    ]
