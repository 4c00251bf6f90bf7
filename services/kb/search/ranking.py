"""From the index's lists to one order of articles: what each list says, and how much it counts."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from services.common.ai.vectors import Hit
from services.kb.search.aim import Aimed
from services.kb.search.fusion import Channel, fuse
from services.kb.search.places import PLACE, Key, Place, place_of
from services.kb.search.query import Query

Placed = tuple[Place, Hit]
FIELDS: Final = (PLACE,)  # what is read here of a point

PASSAGES: Final = 150  # candidates of each kind: about a hundred articles
TITLES: Final = 100
SUPPORT: Final = 3  # passages of an article that support each other
BY_MEANING: Final = frozenset({"dense", "support", "title"})


@dataclass(frozen=True)
class Mix:
    """How much each list counts; the defaults serve, others are for measurements.

    `dense` is the best passage by meaning and `support` the mean of the three best: one chance likeness is worth
    less than an article that is about the matter. `page` are the words of the whole article. `size` is for the
    logarithm of an article's length: a long one answers more questions. `words_across` is the share of the
    weight of words that is left where query and page differ in language, `title_across` what titles count there.
    `centre` is the share of what titles have in common that is taken from the question's vector.
    """

    dense: float = 0.6
    support: float = 0.6
    title: float = 0.25
    title_across: float = 0.3
    words: float = 0.9
    page: float = 0.8
    size: float = 0.4
    words_across: float = 0.12
    centre: float = 0.6

    def weight(self, channel: str, same_language: bool) -> float:
        """The weight of a list for a page."""
        if channel == "title":
            return self.title if same_language else self.title_across
        if channel in BY_MEANING:
            return self.dense if channel == "dense" else self.support
        words = self.page if channel == "page" else self.words
        return words if same_language else words * self.words_across


MIX: Final = Mix()
WORDS_ALONE: Final = Mix(
    dense=0.0, support=0.0, title=0.0, title_across=0.0, words=1.0, page=0.0, size=0.0, words_across=1.0
)


@dataclass(frozen=True)
class Found:
    """An article in one language with the passages of it that answer, best first, as database ids.

    `score` compares the articles of one answer. `fit` says how near the question the nearest text of the article is,
    above what any text gets: the only number that can tell that nothing fits. None where words alone found it, and
    on a desk with too few articles to tell.
    """

    article: UUID
    lang: str
    score: float
    passages: tuple[UUID, ...]
    fit: float | None = None


@dataclass
class Candidates:
    """Scores by list, each article's passages with what the lists gave them, and the lengths of articles."""

    channels: dict[str, Channel[Key]] = field(default_factory=dict)
    passages: dict[Key, list[tuple[UUID, float]]] = field(default_factory=dict)
    sizes: dict[Key, int] = field(default_factory=dict)
    fits: dict[Key, float] = field(default_factory=dict)

    def add(self, other: "Candidates", name: str) -> None:
        """Take in the words of other candidates as a list of its own."""
        words = other.channels.get("words")
        if words is not None and words.scores:
            self.channels[name] = words
            for key, scores in other.passages.items():
                self.passages.setdefault(key, []).extend(scores)


@dataclass(frozen=True)
class Lists:
    """What the index answered: passages and titles by meaning, passages and whole articles by words."""

    near: Sequence[Hit]
    titles: Sequence[Hit]
    worded: Sequence[Hit]
    pages: Sequence[Hit]


@dataclass
class Ranking:
    """All candidates in order, each article once a language; read only as far as somebody looks."""

    order: list[Key]
    totals: Mapping[Key, float]
    candidates: Candidates
    raised: dict[Key, float] = field(default_factory=dict)

    def score(self, key: Key) -> float:
        """Between 0 and 1, the higher the better."""
        return min(1.0, scaled(self.totals[key]) + self.raised.get(key, 0.0))

    def found(self, key: Key) -> Found:
        """A candidate with its passages."""
        passages = self.candidates.passages.get(key, ())
        return Found(UUID(key[0]), key[1], self.score(key), _ordered(passages), self.candidates.fits.get(key))


def gather(lists: Lists, aimed: Aimed) -> Candidates:
    """The index's lists as scores of articles."""
    near, titles = _placed(lists.near), _placed(lists.titles)
    worded, pages = _placed(lists.worded), _placed(lists.pages)
    sizes: dict[Key, int] = {}
    dense, by_title = _by_article(near, aimed, sizes), _by_article(titles, aimed, sizes)
    counts = {place.key: place.passages for place, _ in near}
    lowest = min((scores[-1] for scores in dense.values()), default=0.0)
    channels = {
        "dense": Channel({key: scores[0] for key, scores in dense.items()}),
        "support": Channel({key: _support(scores, counts[key], lowest) for key, scores in dense.items()}),
        "title": Channel({key: scores[0] for key, scores in by_title.items()}),
        "words": _words(worded, PASSAGES, sizes),
        "page": _words(pages, TITLES, sizes),
    }
    candidates = Candidates(channels, sizes=sizes)
    for scores_of in (dense, by_title) if aimed.sure else ():
        for key, scores in scores_of.items():
            candidates.fits[key] = max(scores[0], candidates.fits.get(key, -1.0))
    for hits in (near, worded):
        _note_passages(candidates, hits)
    return candidates


def rank(candidates: Candidates, query: Query, mix: Mix = MIX) -> Ranking:
    """All candidates in order, each article once a language."""
    total = fuse(candidates.channels, mix.weight, lambda key: key[1].split("-")[0] == query.lang)
    for key in total:
        total[key] += mix.size * math.log1p(candidates.sizes.get(key, 0))
    return Ranking(sorted(total, key=lambda key: (-total[key], key)), total, candidates)


def scaled(value: float) -> float:
    """A sum of standardised scores as a number between 0 and 1, the higher the better."""
    return round(1 / (1 + math.exp(-value / 4)), 4)


def _placed(hits: Sequence[Hit]) -> list[Placed]:
    return [(place_of(hit.payload[PLACE]), hit) for hit in hits]


def _by_article(hits: Sequence[Placed], aimed: Aimed, sizes: dict[Key, int]) -> dict[Key, list[float]]:
    """Each article's scores by meaning, comparable across languages, the best first. Its size goes to `sizes`."""
    found: dict[Key, list[float]] = {}
    levels: dict[tuple[str, str], float] = {}  # what is taken from scores of a kind and language
    for place, hit in hits:
        key, of = place.key, (place.kind, place.text_lang)
        if of not in levels:
            levels[of] = -aimed.adjusted(0.0, *of)
        score = hit.score - levels[of]
        if key in found:
            found[key].append(score)
        else:
            found[key] = [score]
            sizes[key] = place.size
    for scores in found.values():
        if len(scores) > 1:
            scores.sort(reverse=True)
    return found


def _support(scores: Sequence[float], count: int, lowest: float) -> float:
    """The mean of an article's best passages; those that were not found score no more than the last that was."""
    wanted = max(1, min(SUPPORT, count))
    best = scores[:wanted]
    return (sum(best) + lowest * (wanted - len(best))) / wanted


def _words(hits: Sequence[Placed], limit: int, sizes: dict[Key, int]) -> Channel[Key]:
    best: dict[Key, float] = {}
    for place, hit in hits:
        known = best.get(place.key)
        if known is None:
            sizes[place.key] = place.size
        if known is None or hit.score > known:
            best[place.key] = max(hit.score, 0.0)
    return Channel(best, complete=len(hits) < limit)


def _note_passages(candidates: Candidates, hits: Sequence[Placed]) -> None:
    top = max((hit.score for _, hit in hits), default=0.0)
    for place, hit in hits:
        share = hit.score / top if top > 0 else 0.0
        candidates.passages.setdefault(place.key, []).append((hit.id, share))


def _ordered(passages: Sequence[tuple[UUID, float]]) -> tuple[UUID, ...]:
    """The passages, those first that several lists or one list highly has."""
    total: dict[UUID, float] = {}
    for key, share in passages:
        total[key] = total.get(key, 0.0) + share
    return tuple(sorted(total, key=lambda key: (-total[key], str(key))))
