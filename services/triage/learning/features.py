"""What a text looks like to the heads: a sparse lexical part and a dense part on the unit sphere."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from . import lexical
from .tongues import Tongues
from .types import Vectors

Sparse: TypeAlias = sp.csr_matrix
Floats: TypeAlias = NDArray[np.float32]
_WIDTH = 2 << lexical.BITS
_RIDGE = 1e-3
_SHRINK = (
    8.0  # in units of what a direction would have if texts of a label differed alike in `_EVEN` directions
)
_EVEN = 384
_LANGUAGE_NEEDS = 40  # texts before a language gets a centre of its own: the mean of fewer is noise
_LANGUAGE_SHARE = 0.1  # of the texts, from which a language counts as taught on a small desk


@dataclass(frozen=True, slots=True)
class LexicalSpace:
    """Hashed TF-IDF: the buckets that are kept (sorted), their weight, and how many of them are words'."""

    kept: NDArray[np.int32]
    idf: NDArray[np.float32]

    @property
    def words(self) -> int:
        return int(np.searchsorted(self.kept, 1 << lexical.BITS))

    def transform(self, texts: Sequence[str]) -> Sparse:
        """Sublinear TF-IDF; words and characters are each of length one (or zero where nothing is known)."""
        return self.weigh(*lexical.counts(texts))

    def row(self, reading: lexical.Reading) -> tuple[NDArray[np.int32], Floats, NDArray[np.bool_]]:
        """One text in this space: places and values, bit for bit as `transform` gives them, and which of the
        reading's buckets are known here."""
        place = np.searchsorted(self.kept, reading.column)
        if len(self.kept) == 0:
            return np.zeros(0, np.int32), np.zeros(0, np.float32), np.zeros(len(place), bool)
        place[place == len(self.kept)] = 0
        known = self.kept[place] == reading.column
        places = place[known].astype(np.int32)
        data = ((1.0 + np.log(reading.times[known])) * self.idf[places]).astype(np.float32)
        words = int(np.searchsorted(places, self.words))
        squares = data.astype(np.float64) ** 2
        for part in (slice(0, words), slice(words, None)):
            # One addition after another, as `weigh` adds: a pairwise sum would differ in the last bit.
            length = np.sqrt(np.add.accumulate(squares[part])[-1:])
            data[part] = (data[part] / length).astype(np.float32)
        return places, data, known

    def weigh(
        self, pointer: NDArray[np.int64], column: NDArray[np.int32], times: NDArray[np.float32]
    ) -> Sparse:
        place = np.searchsorted(self.kept, column)
        place[place == len(self.kept)] = 0
        known = self.kept[place] == column if len(self.kept) else np.zeros(len(column), bool)
        count = len(pointer) - 1
        rows = np.repeat(np.arange(count, dtype=np.int32), np.diff(pointer))[known]
        columns = place[known].astype(np.int32)
        data = ((1.0 + np.log(times[known])) * self.idf[columns]).astype(np.float32)
        word = columns < self.words
        squares = data.astype(np.float64) ** 2
        length = np.where(
            word,
            np.sqrt(np.bincount(rows, squares * word, count))[rows],
            np.sqrt(np.bincount(rows, squares * ~word, count))[rows],
        )
        data = (data / length).astype(np.float32)
        starts = np.concatenate(([0], np.cumsum(np.bincount(rows, minlength=count)))).astype(np.int32)
        return sp.csr_matrix((data, columns, starts), shape=(count, len(self.kept)))


def fit_lexical(
    texts: Sequence[str], groups: Sequence[str], rare: int, most: int, common: float = 1.0
) -> tuple[LexicalSpace, Sparse]:
    """Learn which buckets to keep and their weight; return the space and the texts in it.

    Kept are buckets that at least `rare` different groups (contacts, or texts without one) used, in at most
    the share `common` of the texts, and of those the commonest `most`.
    """
    pointer, column, times = lexical.counts(texts)
    seen = np.bincount(column, minlength=_WIDTH)
    kept = np.flatnonzero((_spread(pointer, column, groups, seen) >= rare) & (seen <= common * len(texts)))
    if len(kept) > most:
        kept = np.sort(kept[np.argsort(-seen[kept], kind="stable")[:most]])
    idf = (np.log((1.0 + len(texts)) / (1.0 + seen[kept])) + 1.0).astype(np.float32)
    space = LexicalSpace(kept.astype(np.int32), idf)
    return space, space.weigh(pointer, column, times)


def _spread(
    pointer: NDArray[np.int64], column: NDArray[np.int32], groups: Sequence[str], seen: NDArray[np.int64]
) -> NDArray[np.int64]:
    """In how many groups each bucket occurs; a text without a group is a group of its own."""
    if len({g for g in groups if g}) == len([g for g in groups if g]):
        return seen
    index: dict[str, int] = {}
    number = np.array([index.setdefault(g or f"\0{i}", len(index)) for i, g in enumerate(groups)], np.int64)
    rows = np.repeat(number, np.diff(pointer))
    keys = np.unique((rows << (lexical.BITS + 1)) | column)
    return np.bincount(keys & (_WIDTH - 1), minlength=_WIDTH)


@dataclass(frozen=True, slots=True)
class DenseSpace:
    """Embeddings moved to the mean of their language and put back on the unit sphere.

    The encoder's vectors share one large direction (cosine 0.8 between strangers); without its mean, cosine
    means likeness. A language with its own mean makes a question alike in two languages. The first `taught` of the
    languages have the mean of their examples, the others one that follows from how the embedder moves translated
    texts (see `Tongues`); questions in those lose the directions `apart` (orthonormal rows), in which languages differ.
    `turn` then shortens the directions in which texts of one label differ (see `fit_turn`).
    """

    centre: NDArray[np.float32]
    languages: tuple[str, ...] = ()
    centres: NDArray[np.float32] | None = None
    turn: NDArray[np.float32] | None = None
    taught: int = 0
    apart: NDArray[np.float32] | None = None

    def abroad(self, language: str) -> bool:
        """Whether a language is known to the embedder alone: too few examples are in it."""
        return language in self.languages[self.taught :]

    def transform(
        self, vectors: Vectors, languages: Sequence[str] | None = None, *, asked: bool = False
    ) -> Vectors:
        """Texts (a row each) as the heads see them; `asked` are those that are judged, not learnt from."""
        moved = np.asarray(vectors, dtype=np.float32) - self.centre
        if languages is not None and self.centres is not None:
            for language in sorted(set(languages).intersection(self.languages)):
                rows = [j for j, other in enumerate(languages) if other == language]
                centre = self.centres[self.languages.index(language)]
                there = np.asarray(vectors, dtype=np.float32)[rows] - centre
                if asked and self.apart is not None and self.abroad(language):
                    there -= (there @ self.apart.T) @ self.apart
                moved[rows] = there
        moved = _unit(moved)
        if self.turn is not None:
            moved = _unit(moved @ self.turn)
        # Half precision is what the artefact keeps: fit and serve see the same numbers.
        return moved.astype(np.float16).astype(np.float32)


def _unit(rows: Floats) -> Floats:
    length = np.sqrt(np.einsum("ij,ij->i", rows, rows, dtype=np.float64))
    return np.asarray(rows / np.maximum(length, 1e-9)[:, None].astype(np.float32))


def fit_turn(points: Floats, targets: Floats, weight: NDArray[np.float64]) -> Floats | None:
    """The map that evens out how texts of one label differ: the inverse square root of their scatter about what
    the targets explain, shrunk towards none (linear discriminant analysis with a strong prior, Friedman 1989).

    None where texts of a label do not differ, as with a single text each. Worth 2 to 3 points with one example a
    label, half a point with five and with ten, nothing later, where it hides strangers: they differ in just these
    directions. Shrinkage of 4 to 16 is as good.
    """
    scale = np.sqrt(weight / weight.mean())[:, None]
    wanted = np.column_stack([targets, np.ones(len(targets))]).astype(np.float64) * scale
    seen = points.astype(np.float64) * scale
    normal = wanted.T @ wanted + _RIDGE * np.eye(wanted.shape[1])
    rest = seen - wanted @ np.linalg.solve(normal, wanted.T @ seen)
    values, axes = np.linalg.eigh(rest.T @ rest)
    if values.sum() < 1e-3 * len(points):  # unit vectors: a thousandth of their length is rounding
        return None
    # Not the mean over the columns: a second encoder adds columns, and no scatter.
    even = values.sum() / _EVEN
    return ((axes * (values / even + _SHRINK) ** -0.5) @ axes.T).astype(np.float32)


def fit_dense(vectors: Vectors, languages: Sequence[str], tongues: Tongues | None = None) -> DenseSpace:
    centre = vectors.mean(axis=0, dtype=np.float64).astype(np.float32)
    counts: dict[str, int] = {}
    for language in languages:
        if language:
            counts[language] = counts.get(language, 0) + 1
    known = tuple(sorted(lang for lang, n in counts.items() if n >= _LANGUAGE_NEEDS))
    if len(known) < 2:
        known = ()
    tags = np.array(languages)
    means = [vectors[tags == lang].mean(axis=0, dtype=np.float64).astype(np.float32) for lang in known]
    foreign: list[str] = []
    apart = None
    if tongues is not None and any(language in counts for language in tongues.languages):
        least = min(_LANGUAGE_NEEDS, _LANGUAGE_SHARE * sum(counts.values()))
        foreign = [lang for lang in tongues.languages if counts.get(lang, 0) < least]
        there = tongues.centres(centre, counts)
        means += [there[tongues.languages.index(lang)] for lang in foreign]
        apart = tongues.apart() if foreign else None
    if not means:
        return DenseSpace(centre)
    return DenseSpace(centre, (*known, *foreign), np.vstack(means), taught=len(known), apart=apart)
