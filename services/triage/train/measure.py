"""Judging a model on later tickets: figures per task, label and slice. Runs in a worker thread."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from services.triage.contract import LabelMetrics, TaskMetrics
from services.triage.examples.convert import from_bytes, labels_for
from services.triage.learning.metrics import Scores, score_multi, score_single
from services.triage.learning.task import READY
from services.triage.learning.text import prepare
from services.triage.learning.types import Prediction
from services.triage.predict.brain import known
from services.triage.predict.policy import PLACES
from services.triage.predict.teams import roll_up
from services.triage.registry.artefacts import Loaded
from services.triage.taxonomy.copy import Taxonomy

SLICES = ("language", "channel", "tier")


@dataclass
class Judged:
    """One model on one set of tickets. ``right`` has a verdict a ticket for the first label of ``category``."""

    metrics: dict[str, TaskMetrics] = field(default_factory=dict)
    held_out: dict[str, list[list[float]]] = field(default_factory=dict)
    right: dict[Any, bool] = field(default_factory=dict)


def judgeable(task: str, rows: Sequence[Any], taxonomy: Taxonomy, reviewed: dict[Any, set[str]]) -> list[Any]:
    """Rows whose label a person vouches for: only those may judge."""
    return [
        row
        for row in rows
        if row.vector is not None
        and prepare(row.subject, row.body)
        and (row.set_by.get(task) == "person" or task in reviewed.get(row.ticket, ()))
        and (task == "tags" or labels_for(task, row.labels, taxonomy.active[task]))
    ]


def judge_model(
    loaded: Loaded,
    rows: Sequence[Any],
    taxonomy: Taxonomy,
    reviewed: dict[Any, set[str]],
    learnt: dict[str, dict[str, int]],
) -> Judged:
    """Figures of every task; ``learnt`` counts the examples of each label that the model learnt from."""
    judged = Judged()
    names = [*loaded.tasks, *(["team"] if taxonomy.routed_by_category and "category" in loaded.tasks else [])]
    for task in dict.fromkeys(names):
        chosen = judgeable(task, rows, taxonomy, reviewed)
        if not chosen:
            continue
        said = _said(loaded, task, chosen, taxonomy)
        truth = [labels_for(task, row.labels, taxonomy.active[task]) for row in chosen]
        if task == "tags":
            _judge_tags(judged, chosen, said, truth, learnt.get(task, {}))
        else:
            _judge_single(judged, task, chosen, said, [labels[0] for labels in truth], learnt.get(task, {}))
    return judged


def _said(loaded: Loaded, task: str, rows: Sequence[Any], taxonomy: Taxonomy) -> list[Prediction]:
    texts = [prepare(row.subject, row.body) for row in rows]
    vectors = np.stack([from_bytes(row.vector) for row in rows])
    languages = [known(row.language) for row in rows]
    if task == "team" and taxonomy.routed_by_category:
        category = loaded.tasks["category"].predict(texts, vectors, languages)
        return [roll_up(prediction, taxonomy.team_of) for prediction in category]
    return list(loaded.tasks[task].predict(texts, vectors, languages))


def _judge_single(
    judged: Judged,
    task: str,
    rows: Sequence[Any],
    said: list[Prediction],
    truth: list[str],
    learnt: dict[str, int],
) -> None:
    ranked = [[r.label for r in prediction.ranked] for prediction in said]
    stated = [round(prediction.confidence, PLACES) for prediction in said]
    right = [bool(r) and r[0] == label for r, label in zip(ranked, truth, strict=True)]
    judged.metrics[task] = _metrics(task, score_single(truth, ranked, stated), learnt, _slices(rows, right))
    judged.held_out[task] = [
        [p, float(ok)] for p, ok, s in zip(stated, right, said, strict=True) if not s.abstained
    ]
    if task == "category":
        judged.right = {row.ticket: ok for row, ok in zip(rows, right, strict=True)}


def _judge_tags(
    judged: Judged,
    rows: Sequence[Any],
    said: list[Prediction],
    truth: list[tuple[str, ...]],
    learnt: dict[str, int],
) -> None:
    labels = sorted({r.label for prediction in said for r in prediction.ranked})
    place = {label: i for i, label in enumerate(labels)}
    stated = np.zeros((len(rows), len(labels)))
    pairs: list[list[float]] = []
    for i, prediction in enumerate(said):
        for ranked in prediction.ranked:
            stated[i, place[ranked.label]] = ranked.probability
        if not prediction.abstained:
            pairs += [
                [round(float(stated[i, place[tag]]), PLACES), float(tag in truth[i])]
                for tag in prediction.chosen
            ]
    chosen = [prediction.chosen for prediction in said]
    exact = [set(c) == set(t) for c, t in zip(chosen, truth, strict=True)]
    scores = score_multi(labels, truth, chosen, stated)
    judged.metrics["tags"] = _metrics("tags", scores, learnt, _slices(rows, exact))
    judged.held_out["tags"] = pairs


def _metrics(
    task: str, scores: Scores, learnt: dict[str, int], slices: dict[str, dict[str, float]]
) -> TaskMetrics:
    return TaskMetrics(
        task=task,
        accuracy=_short(scores.accuracy),
        macro_f1=_short(scores.macro_f1),
        micro_f1=_short(scores.micro_f1),
        ece=_short(scores.ece),
        top3=_short(scores.top3),
        support=scores.count,
        curve=[[_short(p.threshold), _short(p.coverage), _short(p.precision)] for p in scores.coverage],
        labels=[
            LabelMetrics(
                label=row.label,
                examples=learnt.get(row.label, 0),
                support=row.support,
                precision=_short(row.precision),
                recall=_short(row.recall),
                f1=_short(row.f1),
                ready=learnt.get(row.label, 0) >= READY,
                needs=max(0, READY - learnt.get(row.label, 0)),
            )
            for row in scores.labels
        ],
        slices=slices,
    )


def _short(value: Any) -> Any:
    return None if value is None else round(float(value), 4)


def members(rows: Sequence[Any]) -> dict[str, list[int]]:
    """Row numbers of each slice: ``language=es``, ``channel=email``, ``tier=vip``."""
    found: dict[str, list[int]] = {}
    for number, row in enumerate(rows):
        for name in SLICES:
            found.setdefault(f"{name}={getattr(row, name) or 'und'}", []).append(number)
    return found


def _slices(rows: Sequence[Any], right: Sequence[bool]) -> dict[str, dict[str, float]]:
    return {name: _against_rest(numbers, right) for name, numbers in sorted(members(rows).items())}


def _against_rest(numbers: Sequence[int], right: Sequence[bool]) -> dict[str, float]:
    """How often it is right here and on all other tickets, and the chance of being so far behind by luck (Fisher's
    exact test, one-sided); no comparison where there are no others."""
    from scipy.stats import hypergeom

    here, hits, others = len(numbers), sum(right[i] for i in numbers), len(right) - len(numbers)
    found = {"n": float(here), "accuracy": round(hits / here, 4)}
    if others:
        found["rest"] = round((sum(right) - hits) / others, 4)
        found["p_value"] = round(float(hypergeom.cdf(hits, len(right), sum(right), here)), 5)
    return found
