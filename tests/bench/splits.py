"""The splits on which figures of the learning engine are stated, from the evaluation data that a folder holds.

``python -m tests.bench.splits DATA OUT`` writes each as two files and prints the `triaje evaluate` command for it.
Only what is given for training is read: every set's own test rows stay unseen.
"""

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np

Rows = list[dict[str, Any]]
STRANGER = "oos"


@dataclass(frozen=True, kw_only=True)
class Split:
    """Rows to learn from and rows to judge on, and how `triaje evaluate` is to read them."""

    name: str
    learn: Rows
    judge: Rows
    label: str = "label"
    many: bool = False
    strangers: bool = False

    def write(self, folder: Path) -> tuple[Path, Path]:
        """Two JSON Lines files in ``folder``."""
        paths = folder / f"{self.name}-learn.jsonl", folder / f"{self.name}-judge.jsonl"
        for path, rows in zip(paths, (self.learn, self.judge), strict=True):
            path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), "utf-8")
        return paths

    @property
    def options(self) -> str:
        """The options of `triaje evaluate` beside the two files."""
        more = " --multilabel" * self.many + f" --out-of-scope {STRANGER}" * self.strangers
        return f"--text text --label {self.label}{more}"


def records(path: Path) -> Rows:
    """The rows of a JSON Lines file."""
    return [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]


def _banking(data: Path) -> Rows:
    return records(data / "intent" / "banking77_train.jsonl")


def banking77(data: Path, every: int = 5) -> Split:
    """Every fifth row judges."""
    rows = _banking(data)
    learn = [row for i, row in enumerate(rows) if i % every]
    return Split(name="banking77", learn=learn, judge=rows[::every])


def banking77_most(data: Path) -> Split:
    """Every twentieth row judges: as near to learning from the whole training split as its own rows can tell."""
    found = banking77(data, 20)
    return Split(name="banking77-most", learn=found.learn, judge=found.judge)


def ten_a_label(data: Path) -> Split:
    """The first ten rows of each label of four fifths."""
    whole = banking77(data)
    seen: dict[str, int] = {}
    few = []
    for row in whole.learn:
        seen[row["label"]] = seen.get(row["label"], 0) + 1
        if seen[row["label"]] <= 10:
            few.append(row)
    return Split(name="banking77-ten", learn=few, judge=whole.judge)


def one_a_label(data: Path, seed: int = 0) -> Split:
    """One row a label by lot, of four fifths; every fifteenth row judges."""
    rows = _banking(data)
    pool = [row for i, row in enumerate(rows) if i % 5]
    order = np.random.default_rng(seed).permutation(len(pool))
    one = {pool[i]["label"]: pool[i] for i in order}
    return Split(name=f"banking77-one-{seed}", learn=list(one.values()), judge=rows[::15])


def near_strangers(data: Path) -> Split:
    """Fifty intents of BANKING77 are taught; a third of the rows of the other 27 come as strangers."""
    rows = _banking(data)
    taught = {row["label"] for row in records(data / "intent" / "banking77oos_train_50intents.jsonl")}
    inside = [row for row in rows if row["label"] in taught]
    outside = [row | {"label": STRANGER} for row in rows if row["label"] not in taught][::3]
    learn = [row for i, row in enumerate(inside) if i % 5]
    return Split(name="banking77-strangers", learn=learn, judge=inside[::5] + outside, strangers=True)


def clinc150(data: Path) -> Split:
    """The training rows teach, without any stranger; validation rows judge, strangers among them."""
    intent = data / "intent"
    judge = records(intent / "clinc150_val.jsonl") + records(intent / "clinc150_oos_val.jsonl")
    return Split(name="clinc150", learn=records(intent / "clinc150_train.jsonl"), judge=judge, strangers=True)


def nlu_banking(data: Path) -> Split:
    """NLU++ banking: folds 0 to 11 teach, 12 to 15 judge."""
    return _nlu(data, "banking")


def nlu_hotels(data: Path) -> Split:
    """NLU++ hotels: folds 0 to 11 teach, 12 to 15 judge."""
    return _nlu(data, "hotels")


def _nlu(data: Path, domain: str) -> Split:
    rows = records(data / "intent" / f"nlupp_{domain}_folds0-15.jsonl")
    learn, judge = [r for r in rows if r["fold"] < 12], [r for r in rows if r["fold"] >= 12]
    return Split(name=f"nlu-{domain}", learn=learn, judge=judge, label="labels", many=True)


def routing_en(data: Path) -> Split:
    """LibreOffice help queries in English: a fifth of the articles, by hash of their address, judges."""
    return _routing(data, "en", "en")


def routing_es(data: Path) -> Split:
    """The same in Spanish."""
    return _routing(data, "es", "es")


def routing_across(data: Path) -> Split:
    """English queries teach; Spanish ones about the other fifth of the articles judge."""
    return _routing(data, "en", "es")


def _routing(data: Path, taught: str, asked: str) -> Split:
    def rows(language: str, judging: bool) -> Rows:
        found = records(data / "routing" / f"libreoffice_app_{language}.jsonl")
        return [row for row in found if (crc32(row["article"].encode()) % 5 == 0) == judging]

    name = f"routing-{taught}" if taught == asked else f"routing-{taught}-{asked}"
    return Split(name=name, learn=rows(taught, False), judge=rows(asked, True), label="queue")


SPLITS: tuple[Callable[[Path], Split], ...] = (
    banking77,
    banking77_most,
    ten_a_label,
    one_a_label,
    near_strangers,
    clinc150,
    nlu_banking,
    nlu_hotels,
    routing_en,
    routing_es,
    routing_across,
)


def main(data: str, out: str) -> None:
    """Write every split to the folder ``out`` and print how to evaluate it."""
    folder = Path(out)
    folder.mkdir(parents=True, exist_ok=True)
    for make in SPLITS:
        split = make(Path(data))
        learn, judge = split.write(folder)
        print(f"triaje evaluate {learn} {judge} {split.options}")


if __name__ == "__main__":
    main(*sys.argv[1:3])
