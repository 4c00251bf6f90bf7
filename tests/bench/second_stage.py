"""Would a second stage that learns order the articles better? `python -m tests.bench.second_stage WORK QUERIES`.

WORK is the folder that `triaje kb evaluate CORPUS QUERIES --work WORK` has left. Every second query is asked, its first
30 candidates are described by what each list says of them, and two learners put them into a new order: logistic
regression on differences of pairs, and boosted trees. Each fold of five leaves out whole pages, so that no learner has
seen the page that it is judged by.
"""

import asyncio
import sys
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression

from services.common.ai.embedder import Embedder
from services.kb.articles.policy import PUBLIC
from services.kb.evaluation.run import _keys, desk, read_queries
from services.kb.search.query import Query, understand
from services.kb.search.ranking import MIX, Candidates, rank
from services.kb.search.readable import Ask

LISTS = ("dense", "support", "title", "words", "page")
FIRST, FOLDS, NEGATIVES, UNRANKED = 30, 5, 15, 200
HAND = 2 * len(LISTS)  # the column with the sum that serves
Floats = NDArray[np.float64]
Asked = tuple[Floats, NDArray[np.bool_], int, int]
"""Features by candidate, which of them are right, the fold, and how many right pages there are at all."""


def features(candidates: Candidates, query: Query) -> tuple[list[str], Floats]:
    """The articles of the first candidates, and for each the lists' scores, places, the served sum, length and fit."""
    ranking = rank(candidates, query, MIX)
    order = ranking.order[:FIRST]
    columns: list[list[float]] = []
    for name in LISTS:
        scaled, floor = candidates.channels[name].standardised()
        columns.append([scaled.get(key, floor) for key in order])
    for name in LISTS:
        scores = candidates.channels[name].scores
        place = {key: at for at, key in enumerate(sorted(scores, key=lambda one: -scores[one]))}
        columns.append([1 / (1 + place.get(key, UNRANKED)) for key in order])
    columns.append([ranking.totals[key] for key in order])
    columns.append([ranking.totals[order[0]] - ranking.totals[key] for key in order])
    columns.append([np.log1p(candidates.sizes.get(key, 0)) for key in order])
    columns.append([candidates.fits.get(key, 0.0) for key in order])
    columns.append([1 / (1 + at) for at in range(len(order))])
    columns.append([float(len(query.words))] * len(order))
    return [key[0] for key in order], np.array(columns, dtype=np.float64).T


async def asked(work: Path, queries: Path) -> list[Asked]:
    """Every second query with its candidates."""
    found: list[Asked] = []
    embedder = Embedder()
    async with desk(work, embedder) as (db, _, engine):
        names = {str(key): name for key, name in (await db.read(_keys)).items()}
        lexicon = await engine.lexicons.of(PUBLIC)
        for record in read_queries(queries)[::2]:
            query = understand(record.query, lexicon)
            candidates = await engine._from_newest_index(query, Ask(record.query, PUBLIC, None, 10), MIX)
            if candidates is None or not query.words:
                continue
            articles, table = features(candidates, query)
            right = {str(one) for one in record.relevant}
            hits = np.array([names[one] in right for one in articles], dtype=bool)
            found.append((table, hits, zlib.crc32(min(right).encode()) % FOLDS, len(right)))
    embedder.close()
    return found


def by_pairs(train: list[Asked]) -> Callable[[Floats], Floats]:
    """Logistic regression on the differences between a right candidate and a wrong one."""
    pairs = [
        table[good] - table[bad]
        for table, hits, *_ in train
        for good in np.flatnonzero(hits)
        for bad in np.flatnonzero(~hits)[:NEGATIVES]
    ]
    both = np.array([*pairs, *(-pair for pair in pairs)])
    spread = both.std(0) + 1e-9
    fitted = LogisticRegression(fit_intercept=False, max_iter=500).fit(
        both / spread, np.repeat([1, 0], len(pairs))
    )
    weights = fitted.coef_[0] / spread
    return lambda table: np.asarray(table @ weights)


def by_trees(train: list[Asked]) -> Callable[[Floats], Floats]:
    """Boosted trees on single candidates."""
    fitted = HistGradientBoostingClassifier(
        max_iter=120, learning_rate=0.06, max_leaf_nodes=12, min_samples_leaf=40, l2_regularization=1.0, random_state=0
    ).fit(np.concatenate([table for table, *_ in train]), np.concatenate([hits for _, hits, *_ in train]))  # fmt: skip
    return lambda table: np.asarray(fitted.decision_function(table))


def served(train: list[Asked]) -> Callable[[Floats], Floats]:
    """The order that serves, by the mix of `services/kb/search/ranking.py`."""
    return lambda table: table[:, HAND]


def recalls(one: Asked, score: Callable[[Floats], Floats]) -> tuple[float, float]:
    """Recall at 1 and at 5."""
    table, hits, _, right = one
    ordered = hits[np.argsort(-score(table), kind="stable")]
    return ordered[:1].sum() / right, ordered[:5].sum() / right


def crossed(data: list[Asked], learn: Callable[[list[Asked]], Any]) -> Floats:
    """Recalls of every query by a scorer that was taught without its page, in the order of `data`."""
    scorers = [learn([one for one in data if one[2] != fold]) for fold in range(FOLDS)]
    return np.array([recalls(one, scorers[one[2]]) for one in data])


def main() -> None:
    data = asyncio.run(asked(Path(sys.argv[1]), Path(sys.argv[2])))
    base = crossed(data, served)
    print(f"{len(data)} queries, {FOLDS} folds by page; differences from what serves with 95 % intervals")
    for name, learn in (("serves", served), ("pairs", by_pairs), ("trees", by_trees)):
        got = base if learn is served else crossed(data, learn)
        gain, reach = (got - base).mean(0), 1.96 * (got - base).std(0) / len(data) ** 0.5
        print(f"{name:8} recall@1 {got[:, 0].mean():.3f} ({gain[0]:+.3f} ± {reach[0]:.3f})  "
              f"recall@5 {got[:, 1].mean():.3f} ({gain[1]:+.3f} ± {reach[1]:.3f})")  # fmt: skip


if __name__ == "__main__":
    main()
