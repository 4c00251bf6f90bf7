"""Asking a loaded model: the only place where text and vector meet it. Pure but for the CPU it takes."""

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.triage.contract import TASKS
from services.triage.learning.lexical import Reading
from services.triage.learning.text import prepare
from services.triage.learning.types import Evidence, Prediction
from services.triage.predict.policy import Verdict, judge
from services.triage.predict.teams import roll_up
from services.triage.registry.artefacts import Loaded
from services.triage.taxonomy.copy import Scheme

WORDS = 6  # words of evidence that are kept …
NEGLIGIBLE = 0.15  # … if they weigh at least so much of the strongest
RECIPE = 2  # of the evidence: a replay compares words only with those that were chosen the same way


@dataclass(frozen=True)
class Thought:
    """What a model made of one text."""

    verdict: Verdict
    words: list[dict[str, Any]] = field(default_factory=list)


def input_hash(subject: str, body: str, language: str, fingerprint: str) -> str:
    """Identifies what a model reads: the prepared text, its language, the embedder of its vector."""
    document = json.dumps([prepare(subject, body), language, fingerprint], ensure_ascii=False)
    return hashlib.sha256(document.encode()).hexdigest()


def ask(
    loaded: Loaded, reading: Reading, language: str, vector: NDArray[np.float32], scheme: Scheme
) -> dict[str, Prediction]:
    """Each task's prediction for one prepared text, which is hashed once for all of them."""
    said = {
        task: model.judge(reading, vector, [known(language)]) for task, model in sorted(loaded.tasks.items())
    }
    if scheme.routed_by_category and "category" in said:
        said["team"] = roll_up(said["category"], scheme.team_of)
    return said


def known(language: str) -> str:
    """A language as the models know it: empty where it could not be told."""
    return "" if language == "und" else language


def think(
    loaded: Loaded | None,
    text: str,
    language: str,
    vector: NDArray[np.float32] | None,
    scheme: Scheme,
    thresholds: dict[str, float],
    *,
    explain: bool = True,
) -> Thought:
    """The verdict on a prepared text with its evidence; abstains from everything without model or text."""
    if loaded is None or vector is None or not text:
        return Thought(judge({}, scheme.active, {}, TASKS))
    reading = Reading(text)
    verdict = judge(ask(loaded, reading, language, vector, scheme), scheme.active, thresholds, TASKS)
    words = _words(loaded, reading, language, vector) if explain and verdict.predictions["category"] else []
    return Thought(verdict, words)


def _words(
    loaded: Loaded, reading: Reading, language: str, vector: NDArray[np.float32]
) -> list[dict[str, Any]]:
    from services.triage.learning.evidence import explain

    evidence: Evidence = explain(
        loaded.tasks["category"], reading.text, vector, None, [known(language)], reading
    )
    total: dict[str, float] = {}
    shown: dict[str, str] = {}
    for word in evidence.words:  # a word that stands twice is one reason
        key = word.text.casefold()
        shown.setdefault(key, word.text)
        total[key] = total.get(key, 0.0) + word.weight
    ranked = sorted(total.items(), key=lambda item: (-abs(item[1]), item[0]))[:WORDS]
    least = NEGLIGIBLE * abs(ranked[0][1]) if ranked else 0.0
    return [{"text": shown[key], "weight": round(w, 4)} for key, w in ranked if abs(w) >= least]
