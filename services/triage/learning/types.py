"""Plain values that go in and out of the learning engine. No database, no clock, no service in here."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
Embed = Callable[[Sequence[str]], Vectors]
Progress = Callable[[float, str], None]
"""Called with a share in 0..1 and a short note in English; called from the thread that fits."""
Cancel = Callable[[], bool]
Kind = Literal["single", "ordinal", "multi"]


class LearningError(Exception):
    """Base of what the engine raises on purpose."""


class FitCancelled(LearningError):
    """The caller's `cancelled()` said yes; nothing was kept."""


class ModelRefused(LearningError):
    """A model file is missing, changed, of another schema, or holds types that are not on the list."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class DataRefused(LearningError):
    """A table cannot be read as training or test data; the message is one line for a person."""


@dataclass(frozen=True, slots=True)
class Example:
    """A solved ticket as the models see it.

    `labels` holds one label for a single task and any number, also none, for tags. `weight` says how much the
    label is trusted (a person's override 1.0, an untouched rule less, an unreviewed prediction 0: it is
    dropped). `group` is whoever wrote it: rows of one group never sit on both sides of a calibration split.
    """

    text: str
    labels: tuple[str, ...] = ()
    language: str = ""
    at: datetime | None = None
    weight: float = 1.0
    group: str = ""

    @property
    def label(self) -> str:
        return self.labels[0]


@dataclass(frozen=True, slots=True)
class RankedLabel:
    label: str
    probability: float


@dataclass(frozen=True, slots=True)
class Prediction:
    """What a task model says of one text.

    `ranked` is sorted, probabilities of a single task sum to at most 1 (the rest is "none of these").
    `confidence` is the calibrated probability that `ranked[0]` is right, out-of-scope risk included; for tags
    each label carries its own and `chosen` names those that would be set. `familiarity` is the share of
    in-scope training texts that looked stranger than this one (0 = stranger than all of them). `abstained`
    is true where the text looks out of scope: the ticket goes to a person with the ranking as a hint.
    """

    ranked: tuple[RankedLabel, ...]
    confidence: float
    abstained: bool
    familiarity: float
    chosen: tuple[str, ...] = ()

    @property
    def label(self) -> str | None:
        return self.ranked[0].label if self.ranked else None


@dataclass(frozen=True, slots=True)
class WordWeight:
    """One stretch of the ticket's own text and how far it moved the score towards the label (signed)."""

    text: str
    start: int
    end: int
    weight: float


@dataclass(frozen=True, slots=True)
class Evidence:
    """Why a label was chosen: words (exact for the lexical part of the score), and sentences when asked for.

    `lexical_share` is the part of the margin over the runner-up that the words explain, in 0..1; the rest is
    the meaning of the whole text, which only leaving sentences out can show. `without` names the label that
    would win with the strongest words struck out, None where it would not change.
    """

    label: str
    words: tuple[WordWeight, ...] = ()
    sentences: tuple[WordWeight, ...] = ()
    lexical_share: float = 0.0
    without: str | None = None


@dataclass(frozen=True, slots=True)
class LabelReadiness:
    """What a label has learnt from and what it still needs; `state` is none, few or ready."""

    label: str
    examples: int
    state: Literal["names_only", "few", "ready"]
    missing: int


@dataclass(frozen=True, slots=True)
class FitOptions:
    """Knobs of a fit; the defaults are what `train` and `evaluate` both use."""

    seed: int = 0
    folds: int = 3
    false_abstention: float = 0.023  # of the texts that would have been answered rightly
    order: tuple[str, ...] = ()
    parents: dict[str, str] = field(default_factory=dict)
