"""A task's model: fitted once, then only read. One code path serves training, evaluation and prediction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .calibration import Calibration, Logistic, softmax, top_features
from .features import DenseSpace, LexicalSpace
from .lexical import Reading
from .ridge import Kernel
from .scope import Scope, nearness, signs_of
from .types import Kind, Prediction, RankedLabel, Vectors

Floats = NDArray[np.float32]
_BELOW = 1.0 - 1e-9
_ABROAD = 1.3
"""What a cosine between texts of two languages is worth: whatever a translation changes shortens it (a sentence and its
translation have 0.65 after centring), and short cosines leave the decision to how common a label is. 1.2 and 1.4 are
as right, with one encoder and with two; from 1.5 texts are taken for strangers again because they are like too many
labels."""


@dataclass(frozen=True, slots=True)
class Scored:
    """One text before calibration: a score a column, the lexical share of it, its nearness to training, and
    whether it is in a language without examples."""

    scores: Floats
    lexical: Floats
    nearness: float
    abroad: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskModel:
    """Weights and calibration of one task. Holds hashed buckets and vectors, no text of any ticket."""

    task: str
    kind: Kind
    labels: tuple[str, ...]
    lexical: LexicalSpace
    dense: DenseSpace
    kernel: Kernel
    carriers: Floats
    owners: NDArray[np.int32]
    alpha: Floats
    words: Floats
    offset: Floats
    prototypes: Floats
    calibration: Calibration
    columns: tuple[Logistic, ...]
    threshold: float
    scope: Scope
    support: Mapping[str, int]
    card: Mapping[str, Any] = field(default_factory=dict)

    def predict(
        self, texts: Sequence[str], vectors: Vectors, languages: Sequence[str] | None = None
    ) -> list[Prediction]:
        """Rank the labels of each text. One text at a time inside: a prediction's bits do not depend on the
        texts beside it, so that a replay is exact."""
        found = []
        for i, text in enumerate(texts):
            language = None if languages is None else [languages[i]]
            found.append(self.judge(Reading(text), np.asarray(vectors)[i], language))
        return found

    def judge(
        self, reading: Reading, vector: NDArray[np.floating], language: Sequence[str] | None = None
    ) -> Prediction:
        """Rank the labels of one text whose words are hashed already; the tasks of a bundle share that pass."""
        return self._decide(self.score(reading, vector, language))

    def score(
        self, reading: Reading, vector: NDArray[np.floating], language: Sequence[str] | None = None
    ) -> Scored:
        places, worth, _ = self.lexical.row(reading)
        lexical = np.zeros(len(self.offset), np.float32)
        if len(places):
            lexical = (worth[None, :] @ self.words[places])[0]
        alone = np.asarray(vector, dtype=np.float32)[None, :]
        point = self.dense.transform(alone, language, asked=True)[0]
        cosine = self.carriers @ point
        abroad = language is not None and self.dense.abroad(language[0])
        if abroad:
            cosine = np.float32(_ABROAD) * cosine
        plain = cosine.copy()
        scores = self.offset + lexical + self.kernel.warm(cosine) @ self.alpha
        if len(self.prototypes):
            scores = scores + self.prototypes @ point
        if len(self.owners):
            plain = plain[self.owners == scores.argmax()]
        near = float(nearness(plain[None, :], self.scope.neighbours)[0])
        return Scored(scores, lexical, near, abroad)

    def chances(self, scored: Scored) -> NDArray[np.float64]:
        """Calibrated chance of each label for one scored text."""
        scores = scored.scores
        if self.kind == "multi":
            return np.array(
                [float(column(np.array([[s]]))[0]) for column, s in zip(self.columns, scores, strict=True)]
            )
        if self.kind == "ordinal":
            return np.asarray(ordinal_chances(scores[None, :], self.columns)[0])
        spread = softmax(scores[None, :], self.calibration.sharpness)[0]
        features = top_features(scores[None, :], np.array([scored.nearness]))
        stated = float(self.calibration.stated(features, scored.abroad)[0])
        return restate(spread, stated)

    def _decide(self, scored: Scored) -> Prediction:
        if not self.labels:
            return Prediction((), 0.0, True, 0.0)
        chance = self.chances(scored)
        order = np.argsort(-chance, kind="stable")
        ranked = tuple(RankedLabel(self.labels[i], round(float(chance[i]), 6)) for i in order)
        signs = signs_of(scored.scores[None, :], np.array([scored.nearness]), self.kind == "single")
        familiarity = self.scope.familiarity(signs)
        chosen = (
            tuple(r.label for r in ranked if r.probability >= self.threshold) if self.kind == "multi" else ()
        )
        return Prediction(
            ranked=ranked,
            confidence=ranked[0].probability,
            abstained=bool(self.scope.strange(familiarity)[0]),
            familiarity=round(float(familiarity[0]), 6),
            chosen=chosen,
        )


def restate(spread: NDArray[np.float64], stated: float) -> NDArray[np.float64]:
    """Give the first label its stated chance and share the rest among the others as they stood; none of them comes
    to it, however small it is, so that the first stays first."""
    top = int(spread.argmax())
    rest = 1.0 - spread[top]
    if len(spread) < 2:
        return np.array([stated])
    out = np.minimum(spread * ((1.0 - stated) / max(rest, 1e-12)), stated * _BELOW)
    out[top] = stated
    return np.asarray(out)


def ordinal_chances(scores: Floats, columns: Sequence[Logistic]) -> NDArray[np.float64]:
    """Chances of the ordered labels from the cumulative columns "higher than this one"."""
    above = np.column_stack([column(scores[:, [k]].astype(np.float64)) for k, column in enumerate(columns)])
    above = np.minimum.accumulate(above, axis=1)
    padded = np.column_stack([np.ones(len(above)), above, np.zeros(len(above))])
    return np.asarray(padded[:, :-1] - padded[:, 1:])
