"""The learning engine of triage: pure functions from texts, vectors and labels to calibrated predictions.

It opens no database, no socket and no clock. The caller brings `Example`s, their stored embedding vectors
(`Reader.encode`, float32, one row a text) and the names of the labels:

    text  = prepare(subject, body)                           # the one text that is embedded, learnt and explained
    model = fit_task("category", examples, vectors, label_names={"c1": ["Lost card", "Tarjeta perdida"]},
                     embed=reader.encode, kind="single", tongues=tongues_of(reader.fingerprint),
                     progress=..., cancelled=...)
    model.predict([text], vectors)         -> [Prediction(ranked, confidence, abstained, familiarity, chosen)]
    explain(model, text, vector)           -> Evidence(words with offsets, ...)
    explain_sentences(model, text, vector, embed)     -> Evidence(sentences, ...)   # slower, on demand
    sha = save(path, {"category": model, ...}, card={...})   # skops file; card.json beside it
    bundle = load(path, sha)               # ModelRefused with .reason, nothing in the file is executed
    bundle.tasks["category"].predict(...)

Tasks are `category`, `priority` (kind="ordinal", order=("low", "normal", "high", "critical")), `tags`
(kind="multi") and `team`. `fit_task` works from zero examples (names only) to tens of thousands; equal input
gives equal bytes. `certify` turns reviewed live decisions into a promise; `metrics` scores predictions.
Fitting is CPU work of seconds to a minute: call it in a worker thread.
"""

from .artefact import Bundle, load, save
from .evaluate import Report, evaluate
from .evidence import explain, explain_sentences
from .metrics import Scores, score_multi, score_single
from .model import TaskModel
from .promise import Certificate, Shortfall, certify
from .task import fit_task, readiness
from .text import prepare
from .tongues import Tongues, tongues_of
from .types import (
    DataRefused,
    Evidence,
    Example,
    FitCancelled,
    FitOptions,
    LabelReadiness,
    LearningError,
    ModelRefused,
    Prediction,
    RankedLabel,
    WordWeight,
)

__all__ = [
    "Bundle",
    "Certificate",
    "DataRefused",
    "Evidence",
    "Example",
    "FitCancelled",
    "FitOptions",
    "LabelReadiness",
    "LearningError",
    "ModelRefused",
    "Prediction",
    "RankedLabel",
    "Report",
    "Scores",
    "Shortfall",
    "TaskModel",
    "Tongues",
    "WordWeight",
    "certify",
    "evaluate",
    "explain",
    "explain_sentences",
    "fit_task",
    "load",
    "prepare",
    "readiness",
    "save",
    "score_multi",
    "score_single",
    "tongues_of",
]
