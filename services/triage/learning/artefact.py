"""A model version on disk: one skops archive with every task, and its card as JSON beside it."""

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import archive
from .calibration import Calibration, Logistic
from .features import DenseSpace, LexicalSpace
from .model import TaskModel
from .ridge import Kernel
from .scope import Scope
from .types import ModelRefused

SCHEMA = 6
"""Raised with every change of what the arrays mean."""
CARD = ".card.json"


@dataclass(frozen=True, slots=True)
class Bundle:
    """All tasks of one version, with the card that was saved and the hash of the file."""

    tasks: Mapping[str, TaskModel]
    card: Mapping[str, Any]
    sha256: str


def save(path: Path, tasks: Mapping[str, TaskModel], card: Mapping[str, Any] | None = None) -> str:
    """Write the archive at `path` and `path` + ".card.json"; return the archive's SHA-256 in hex.

    `card` is whatever JSON the caller wants to keep with the version: embedder fingerprint, snapshot hash,
    metrics. It is part of the archive, so the hash covers it. Both files are replaced in one step each.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    whole = dict(card or {}) | {
        "schema": SCHEMA,
        "tasks": {name: _about(model) for name, model in tasks.items()},
    }
    tree: archive.Tree = {
        "schema": str(SCHEMA),
        "card": json.dumps(whole, sort_keys=True, ensure_ascii=False),
        "tasks": {name: _state(model) for name, model in sorted(tasks.items())},
    }
    draft = path.with_name(path.name + ".part")
    archive.write(draft, tree)
    sha = _sha256(draft)
    os.replace(draft, path)
    beside = path.with_name(path.name + CARD)
    draft.write_text(json.dumps(whole | {"sha256": sha}, indent=2, sort_keys=True, ensure_ascii=False))
    os.replace(draft, beside)
    return sha


def load(path: Path, sha256: str) -> Bundle:
    """Read a version back. The hash is compared before the file is opened as an archive.

    Raises ModelRefused with a reason where the file is missing, differs from `sha256`, is of another schema,
    or holds anything but strings and arrays. Nothing in the file is executed.
    """
    path = Path(path)
    if not path.is_file():
        raise ModelRefused("the model file is missing")
    found = _sha256(path)
    if found != sha256.lower():
        raise ModelRefused("the model file is not the one that was registered: its hash differs")
    tree = archive.read(path)
    if tree.get("schema") != str(SCHEMA):
        raise ModelRefused(f"the model file is of schema {tree.get('schema')!r}, this version reads {SCHEMA}")
    try:
        card, parts = tree["card"], tree["tasks"]
        if not isinstance(card, str) or not isinstance(parts, dict):
            raise TypeError
        tasks = {name: _restore(state) for name, state in parts.items() if isinstance(state, dict)}
        return Bundle(tasks, json.loads(card), found)
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise ModelRefused(f"the model file is incomplete: {type(error).__name__}") from error


def _about(model: TaskModel) -> dict[str, Any]:
    return {
        "kind": model.kind,
        "labels": list(model.labels),
        "support": dict(model.support),
        "terms": len(model.lexical.kept),
        "carriers": len(model.carriers),
        **model.card,
    }


_ARRAYS = ("alpha", "words", "offset", "prototypes", "owners")


def _state(model: TaskModel) -> archive.Tree:
    meta = {
        "task": model.task,
        "kind": model.kind,
        "labels": list(model.labels),
        "kernel": [model.kernel.lexical, model.kernel.dense, model.kernel.gamma, model.kernel.noise],
        "calibration": [
            model.calibration.sharpness,
            _line(model.calibration.top),
            model.calibration.abroad,
        ],
        "columns": [_line(column) for column in model.columns],
        "threshold": model.threshold,
        "scope": [list(model.scope.mean), list(model.scope.spread), model.scope.cut, model.scope.neighbours],
        "support": dict(model.support),
        "languages": list(model.dense.languages),
        "taught": model.dense.taught,
        "card": dict(model.card),
    }
    centres = model.dense.centres
    return {
        "meta": json.dumps(meta, sort_keys=True, ensure_ascii=False),
        "kept": model.lexical.kept,
        "idf": model.lexical.idf,
        "centre": model.dense.centre,
        "centres": np.zeros((0, len(model.dense.centre)), np.float32) if centres is None else centres,
        "turn": np.zeros((0, 0), np.float32) if model.dense.turn is None else model.dense.turn,
        "apart": np.zeros((0, 0), np.float32) if model.dense.apart is None else model.dense.apart,
        "carriers": model.carriers.astype(np.float16),
        "quantiles": model.scope.quantiles,
        **{name: getattr(model, name) for name in _ARRAYS},
    }


def _restore(state: archive.Tree) -> TaskModel:
    meta = json.loads(str(state["meta"]))
    arrays: dict[str, NDArray[Any]] = {k: v for k, v in state.items() if isinstance(v, np.ndarray)}
    sharpness, top, abroad = meta["calibration"]
    mean, spread, cut, neighbours = meta["scope"]
    labels, width = tuple(meta["labels"]), len(arrays["centre"])
    columns = len(arrays["offset"])
    if arrays["alpha"].shape != (len(arrays["carriers"]), columns) or arrays["carriers"].shape[1:] != (
        width,
    ):
        raise ValueError("shapes do not fit")
    if arrays["turn"].size and arrays["turn"].shape != (width, width):
        raise ValueError("shapes do not fit")
    if arrays["apart"].size and arrays["apart"].shape[1:] != (width,):
        raise ValueError("shapes do not fit")
    if arrays["centres"].shape != (len(meta["languages"]), width):
        raise ValueError("shapes do not fit")
    if len(arrays["owners"]) not in (0, len(arrays["carriers"])):
        raise ValueError("shapes do not fit")
    if len(arrays["prototypes"]) and arrays["prototypes"].shape != (len(labels), width):
        raise ValueError("shapes do not fit")
    if labels and arrays["words"].shape != (len(arrays["kept"]), columns):
        raise ValueError("shapes do not fit")
    return TaskModel(
        task=meta["task"],
        kind=meta["kind"],
        labels=labels,
        lexical=LexicalSpace(arrays["kept"], arrays["idf"]),
        dense=DenseSpace(
            arrays["centre"],
            tuple(meta["languages"]),
            arrays["centres"] if meta["languages"] else None,
            arrays["turn"] if arrays["turn"].size else None,
            meta["taught"],
            arrays["apart"] if arrays["apart"].size else None,
        ),
        kernel=Kernel(*meta["kernel"]),
        carriers=arrays["carriers"].astype(np.float32),
        calibration=Calibration(sharpness, _logistic(top), abroad),
        columns=tuple(_logistic(column) for column in meta["columns"]),
        threshold=meta["threshold"],
        scope=Scope(tuple(mean), tuple(spread), arrays["quantiles"], cut, neighbours),
        support=meta["support"],
        card=meta["card"],
        **{name: arrays[name] for name in _ARRAYS},
    )


def _line(logistic: Logistic) -> list[float]:
    return [*logistic.weights, logistic.bias]


def _logistic(line: list[float]) -> Logistic:
    return Logistic(tuple(line[:-1]), line[-1])


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()
