"""The words of the knowledge base, and respelling what is not among them.

A word that no article has is replaced by the nearest one that is: one slip (a letter wrong, missing, too many
or two swapped) in words of four letters and more, two in long ones, a letter left out in one of three. A word that
some article has is never touched, so a correction cannot hide what would have been found.
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from rapidfuzz import process
from rapidfuzz.distance import OSA

from services.kb.search.analysis import STOP_ANY, is_code

SHORTEST = 4  # letters: below it everything is near everything
LONG = 9  # letters from which two slips are forgiven
CANDIDATES = 5
RARE = 0.05  # a candidate this much rarer than the commonest one is not worth asking for


class Respelling(NamedTuple):
    """A word that an article has: `folded` for the index, `surface` with its accents for people and vectors."""

    folded: str
    surface: str
    frequency: int


class Lexicon:
    """Words by language with how many passages have them; what one audience may read, nothing more."""

    def __init__(self, words: Iterable[tuple[str, str, str, int]], version: str = "") -> None:
        """`words` are (language, folded, surface, count); `version` tells whether a newer one is to be had."""
        self.version = version
        self._words: dict[str, dict[str, tuple[str, int]]] = defaultdict(dict)
        self._by_length: dict[str, dict[int, list[str]]] = defaultdict(lambda: defaultdict(list))
        self._asked: dict[tuple[str, str], tuple[Respelling, ...]] = {}
        for lang, folded, surface, count in words:
            known = self._words[lang].get(folded)
            if known is None:
                self._by_length[lang][len(folded)].append(folded)
            self._words[lang][folded] = (surface, count + (known[1] if known else 0))

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages of the articles, the one with most words first."""
        return tuple(sorted(self._words, key=lambda lang: (-len(self._words[lang]), lang)))

    def knows(self, folded: str, lang: str | None = None) -> bool:
        """Whether an article of the language (of any) has the word."""
        if lang is not None:
            return folded in self._words.get(lang, {})
        return any(folded in words for words in self._words.values())

    def surface(self, folded: str, lang: str) -> str:
        """The word with its accents, as articles of the language write it most."""
        return self._words.get(lang, {}).get(folded, (folded, 0))[0]

    def count(self, folded: str) -> int:
        """How many passages have the word, in all languages."""
        return sum(words[folded][1] for words in self._words.values() if folded in words)

    def respell(self, folded: str, lang: str) -> tuple[Respelling, ...]:
        """The likeliest words of a language that `folded` may be a slip of, best first; often none."""
        key = (folded, lang)
        if key not in self._asked:
            if len(self._asked) > 10_000:
                self._asked.clear()
            self._asked[key] = self._respell(folded, lang)
        return self._asked[key]

    @staticmethod
    def _lengths(folded: str, slips: int) -> range:
        return range(len(folded) - slips, len(folded) + slips + 1)

    def _respell(self, folded: str, lang: str) -> tuple[Respelling, ...]:
        if len(folded) < SHORTEST - 1 or is_code(folded) or any(char.isdigit() for char in folded):
            return ()
        slips = 2 if len(folded) >= LONG else 1
        words, buckets = self._words.get(lang, {}), self._by_length.get(lang, {})
        near: list[tuple[int, str]] = []
        # Three letters are near everything: only a fourth that was left out is looked for.
        lengths = range(SHORTEST, SHORTEST + 1) if len(folded) < SHORTEST else self._lengths(folded, slips)
        for length in lengths:
            choices = buckets.get(length)
            if choices:
                found = process.extract(folded, choices, scorer=OSA.distance, score_cutoff=slips, limit=20)
                near.extend((int(distance), word) for word, distance, _ in found)
        near = [(distance, word) for distance, word in near if word not in STOP_ANY]  # they say nothing
        if not near:
            return ()
        fewest = min(distance for distance, _ in near)
        best = [Respelling(word, *words[word]) for distance, word in near if distance == fewest]
        # People rarely miss the first letter; among the rest, the commoner word is the likelier one.
        best.sort(key=lambda w: (w.folded[0] != folded[0], -w.frequency, w.folded))
        enough = best[0].frequency * RARE
        return tuple(word for word in best[:CANDIDATES] if word.frequency >= enough)
