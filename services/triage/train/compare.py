"""Champion against challenger on the same tickets. Pure.

Paired, so that easy and hard tickets cancel out: only those count on which exactly one of the two is right
(McNemar 1947, in its exact binomial form).
"""

from collections.abc import Mapping, Sequence

from services.triage.contract import Comparison

ALPHA = 0.05
SLICE_LEAST = 30  # tickets of a language, channel or tier below which it is not compared
SLICE_ALPHA = 0.01  # stricter: there are many slices, and one of them is always unlucky


def mcnemar(only_a: int, only_b: int) -> float:
    """Two-sided exact p-value for ``only_a`` against ``only_b`` discordant pairs."""
    n = only_a + only_b
    if n == 0:
        return 1.0
    from scipy.stats import binomtest

    return float(binomtest(min(only_a, only_b), n, 0.5).pvalue)


def compare(
    champion: str,
    challenger: str,
    old: Sequence[bool],
    new: Sequence[bool],
    slices: Mapping[str, Sequence[int]],
    task: str = "category",
) -> Comparison:
    """Compare two lists of verdicts on the same tickets; ``slices`` maps a name to row numbers."""
    only_old = sum(a and not b for a, b in zip(old, new, strict=True))
    only_new = sum(b and not a for a, b in zip(old, new, strict=True))
    n = len(old)
    p_value = mcnemar(only_old, only_new)
    found: dict[str, dict[str, float]] = {}
    hurt = []
    for name, rows in sorted(slices.items()):
        if len(rows) < SLICE_LEAST:
            continue
        lost = sum(old[i] and not new[i] for i in rows)
        won = sum(new[i] and not old[i] for i in rows)
        p_slice = mcnemar(lost, won)
        found[name] = {
            "n": len(rows),
            "champion": round(sum(old[i] for i in rows) / len(rows), 4),
            "challenger": round(sum(new[i] for i in rows) / len(rows), 4),
            "p_value": round(p_slice, 5),
        }
        if lost > won and p_slice <= SLICE_ALPHA:
            hurt.append(name)
    better = only_new > only_old and p_value <= ALPHA and not hurt
    worse = (only_old > only_new and p_value <= ALPHA) or bool(hurt)
    return Comparison(
        champion=champion,
        challenger=challenger,
        task=task,
        n=n,
        champion_accuracy=round(sum(old) / n, 4) if n else None,
        challenger_accuracy=round(sum(new) / n, 4) if n else None,
        only_champion_right=only_old,
        only_challenger_right=only_new,
        p_value=round(p_value, 5),
        better=better,
        worse=worse,
        slices=found,
        verdict=_verdict(n, only_old, only_new, better, worse, hurt),
    )


def _verdict(
    n: int, only_old: int, only_new: int, better: bool, worse: bool, hurt: list[str]
) -> dict[str, str]:
    if n == 0:
        return {
            "en": "There are no later tickets yet on which both can be compared.",
            "es": "Todavía no hay tickets posteriores con los que comparar ambos.",
        }
    english = (
        f"Of {n} later tickets the new model alone got {only_new} right, the current one alone {only_old}."
    )
    spanish = (
        f"De {n} tickets posteriores, solo el modelo nuevo acertó {only_new} y solo el actual {only_old}."
    )
    if hurt:
        english += f" It is worse for {', '.join(hurt)}."
        spanish += f" Es peor en {', '.join(hurt)}."
    elif better:
        english += " That is better beyond luck."
        spanish += " Es una mejora que no se debe al azar."
    elif worse:
        english += " That is worse beyond luck."
        spanish += " Es un empeoramiento que no se debe al azar."
    else:
        english += " The difference may be luck."
        spanish += " La diferencia puede deberse al azar."
    return {"en": english, "es": spanish}
