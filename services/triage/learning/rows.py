"""Training rows: the examples that count, then a row a name of each label."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .ridge import CARRIERS
from .text import prepare
from .types import Embed, Example, Kind, Vectors

Floats = NDArray[np.float32]
NAME_TRUST = 0.2
"""A name beside many examples; at full trust names cost BANKING77 0.8 points."""
NAME_TRUST_OF_FEW = 1.0
"""Up to four examples a label a name is worth one of them (1.7 points with one a label)."""
FEW = 5


@dataclass(slots=True)
class Rows:
    """Training rows: the examples that count, then the names of the labels."""

    texts: list[str]
    vectors: Vectors
    languages: list[str]
    groups: list[str]
    weight: NDArray[np.float64]
    labels: list[tuple[str, ...]]
    real: int


def gather(
    examples: Sequence[Example],
    embeddings: Vectors,
    labels: tuple[str, ...],
    names: Mapping[str, Sequence[str]] | None,
    embed: Embed | None,
    kind: Kind,
) -> Rows:
    known = set(labels)
    keep = [
        i
        for i, e in enumerate(examples)
        if e.weight > 0 and e.text and (kind == "multi" or (len(e.labels) == 1 and e.labels[0] in known))
    ]
    chosen = [examples[i] for i in keep]
    texts = [e.text for e in chosen]
    vectors = np.asarray(embeddings, dtype=np.float32)[keep] if keep else np.zeros((0, 0), np.float32)
    found = [tuple(label for label in e.labels if label in known) for e in chosen]
    rows = Rows(
        texts,
        vectors,
        [e.language for e in chosen],
        [e.group for e in chosen],
        np.array([e.weight for e in chosen], dtype=np.float64),
        found,
        len(chosen),
    )
    if embed is None or kind == "ordinal":
        return rows
    spoken = {label: (names or {}).get(label) or [label.replace("_", " ")] for label in labels}
    pairs = [(label, prepare(name)) for label in labels for name in spoken[label] if prepare(name)]
    if not pairs:
        return rows
    trust = NAME_TRUST_OF_FEW if len(chosen) < FEW * len(labels) else NAME_TRUST
    extra = np.asarray(embed([text for _, text in pairs]), dtype=np.float32)
    rows.vectors = np.vstack([rows.vectors, extra]) if keep else extra
    rows.texts += [text for _, text in pairs]
    rows.labels += [(label,) for label, _ in pairs]
    rows.languages += [""] * len(pairs)
    rows.groups += [""] * len(pairs)
    rows.weight = np.concatenate([rows.weight, np.full(len(pairs), trust)])
    return rows


def targets_of(rows: Rows, labels: tuple[str, ...], kind: Kind) -> tuple[Floats, Floats]:
    """Columns to learn, centred on their weighted mean, and that mean."""
    place = {label: i for i, label in enumerate(labels)}
    if kind == "ordinal":
        rank = np.array([place[found[0]] for found in rows.labels])
        wanted = (rank[:, None] > np.arange(len(labels) - 1)[None, :]).astype(np.float32)
    else:
        wanted = np.zeros((len(rows.labels), len(labels)), np.float32)
        for i, found in enumerate(rows.labels):
            wanted[i, [place[label] for label in found]] = 1.0
    offset = np.average(wanted, axis=0, weights=rows.weight).astype(np.float32)
    return wanted - offset, offset


def owners_of(rows: Rows, labels: tuple[str, ...]) -> NDArray[np.int32]:
    """The place of each row's only label."""
    place = {label: i for i, label in enumerate(labels)}
    return np.array([place[found[0]] for found in rows.labels], dtype=np.int32)


def carriers_of(rows: Rows, labels: tuple[str, ...], seed: int) -> NDArray[np.int64]:
    """Carriers: every name, and of the examples the same share a label as far as labels have them."""
    rng = np.random.default_rng(seed)
    first = np.array([found[0] if found else "" for found in rows.labels[: rows.real]])
    order = rng.permutation(rows.real)
    turn: Counter[str] = Counter()
    rank = np.empty(rows.real, np.int64)
    for i in order:
        rank[i] = turn[first[i]]
        turn[first[i]] += 1
    chosen = np.argsort(rank, kind="stable")[:CARRIERS]
    return np.sort(np.concatenate([chosen, np.arange(rows.real, len(rows.texts))]))
