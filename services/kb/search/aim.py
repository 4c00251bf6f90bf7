"""Aiming a question's vector, and making scores in different languages comparable.

Two things stand between the cosine of a question and a passage and how well one answers the other.

Short texts of one desk have much in common, and a passage that says little lies near every question: a share of
the mean of all titles is taken from the question's vector, which takes the pull out of such passages.

And texts lie nearer to texts in their own language, whatever they say: from each score the part is taken that the
average text of that language gets from this question. Without it, the English leftovers of a Spanish article beat
every Spanish answer to an English question.
"""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

FEWEST = 30  # titles below which nobody can say what any text gets from a question
PRIOR = 20  # texts that count against the mean of a few, which is mostly chance


@dataclass(frozen=True)
class Sum:
    """Vectors of one kind and language, added up."""

    total: npt.NDArray[np.float64]
    count: int


@dataclass(frozen=True)
class Aimed:
    """A question's vector as it is searched with, and what texts of each language get from it on average.

    `sure` says that the averages are of enough texts for a score to mean something by itself.
    """

    vector: Floats
    level: dict[tuple[str, str], float] = field(default_factory=dict)
    elsewhere: dict[str, float] = field(default_factory=dict)
    sure: bool = False

    def adjusted(self, score: float, kind: str, lang: str) -> float:
        """A cosine, above what the language gets anyway."""
        return score - self.level.get((kind, lang), self.elsewhere.get(kind, 0.0))


class Centres:
    """Means of a collection's vectors by kind (`title`, `passage`) and language."""

    def __init__(self, sums: dict[tuple[str, str], Sum]) -> None:
        self._means: dict[tuple[str, str], Floats] = {}
        self._all: dict[str, Floats] = {}
        self._titles = sum(value.count for (kind, _), value in sums.items() if kind == "title")
        for kind in {kind for kind, _ in sums}:
            own = {key: value for key, value in sums.items() if key[0] == kind}
            total = np.sum([value.total for value in own.values()], axis=0)
            count = sum(value.count for value in own.values())
            mean = total / max(1, count)
            self._all[kind] = (total / (count + PRIOR)).astype(np.float32)
            for key, value in own.items():
                self._means[key] = ((value.total + PRIOR * mean) / (value.count + PRIOR)).astype(np.float32)

    def languages(self, kind: str) -> frozenset[str]:
        """The languages that texts of a kind are in, and maybe some that they were in."""
        return frozenset(lang for of, lang in self._means if of == kind)

    def aim(self, vector: Floats, share: float) -> Aimed:
        """Take `share` of what titles have in common from a question's vector."""
        centre = self._all.get("title")
        aimed = vector if centre is None else vector - share * centre
        length = float(np.linalg.norm(aimed)) or 1.0
        aimed = np.asarray(aimed / length, dtype=np.float32)
        level = {key: float(aimed @ mean) for key, mean in self._means.items()}
        kinds = {kind for kind, _ in level}
        rest = {kind: float(np.mean([v for key, v in level.items() if key[0] == kind])) for kind in kinds}
        return Aimed(aimed, level, rest, self._titles >= FEWEST)
