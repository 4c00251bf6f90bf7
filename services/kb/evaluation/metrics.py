"""How good rankings are. All are means over the queries; relevance is yes or no."""

import math
from collections.abc import Sequence
from collections.abc import Set as AbstractSet

from msgspec import Struct, field

CUTS = (1, 3, 5, 10)


class Scores(Struct, kw_only=True):
    """Figures of one run; times are milliseconds of one query at a time."""

    recall_1: float = field(name="recall@1")
    recall_3: float = field(name="recall@3")
    recall_5: float = field(name="recall@5")
    recall_10: float = field(name="recall@10")
    mrr_10: float = field(name="mrr@10")
    ndcg_10: float = field(name="ndcg@10")
    p50_ms: float = 0.0
    p95_ms: float = 0.0


def scores(
    rankings: Sequence[Sequence[str]], relevant: Sequence[AbstractSet[str]], took_ms: Sequence[float]
) -> Scores:
    """The figures for rankings of ids, best first, against the ids that are right."""
    count = max(1, len(rankings))
    pairs = list(zip(rankings, relevant, strict=True))
    recalls = [sum(recall(ranking, right, cut) for ranking, right in pairs) / count for cut in CUTS]
    return Scores(
        recall_1=round(recalls[0], 4), recall_3=round(recalls[1], 4), recall_5=round(recalls[2], 4),
        recall_10=round(recalls[3], 4),
        mrr_10=round(sum(reciprocal_rank(ranking, right) for ranking, right in pairs) / count, 4),
        ndcg_10=round(sum(ndcg(ranking, right) for ranking, right in pairs) / count, 4),
        p50_ms=round(percentile(took_ms, 50), 2), p95_ms=round(percentile(took_ms, 95), 2),
    )  # fmt: skip


def recall(ranking: Sequence[str], right: AbstractSet[str], cut: int) -> float:
    """The share of the right ones among the first `cut`."""
    return len(right & set(ranking[:cut])) / len(right) if right else 0.0


def reciprocal_rank(ranking: Sequence[str], right: AbstractSet[str], cut: int = 10) -> float:
    """One over the place of the first right one, nought beyond `cut`."""
    return next((1 / place for place, key in enumerate(ranking[:cut], 1) if key in right), 0.0)


def ndcg(ranking: Sequence[str], right: AbstractSet[str], cut: int = 10) -> float:
    """Discounted gain over the best possible one (Järvelin and Kekäläinen 2002), gains of one."""
    gain = sum(1 / math.log2(place + 1) for place, key in enumerate(ranking[:cut], 1) if key in right)
    best = sum(1 / math.log2(place + 1) for place in range(1, min(len(right), cut) + 1))
    return gain / best if best else 0.0


def percentile(values: Sequence[float], share: float) -> float:
    """The nearest-rank percentile; nought of nothing."""
    if not values:
        return 0.0
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * share / 100) - 1)]
