"""What a benchmark says: rows of one table."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One measured number.

    ``ratio`` is to ``reference``, measured in the same run. ``bar`` is what it has to keep, in words, and
    ``kept`` whether it does; None where the number only informs.
    """

    what: str
    value: float
    unit: str
    reference: str = ""
    ratio: float | None = None
    bar: str = ""
    kept: bool | None = None


def against(what: str, value: float, reference: float, unit: str, *, name: str, at_least: float) -> Row:
    """A rate beside the rate of ``name``, which it may not fall short of by more than ``at_least``."""
    ratio = value / reference
    return Row(
        what, value, unit, f"{name}: {number(reference)}", ratio, f"≥ {at_least:g}×", ratio >= at_least
    )


def below(what: str, value: float, unit: str, limit: float | None = None) -> Row:
    """A number that has to stay under ``limit``, where there is one."""
    if limit is None:
        return Row(what, value, unit)
    return Row(what, value, unit, bar=f"< {limit:g}", kept=value < limit)


def quantile(values: Sequence[float], share: float) -> float:
    """The value that ``share`` of ``values`` do not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def number(value: float) -> str:
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:,.{2 if value >= 1 else 3}f}".rstrip("0").rstrip(".")


def rendered(rows: Iterable[Row]) -> str:
    """The table as text, columns aligned."""
    head = ("what", "measured", "reference in the same run", "ratio", "bar", "")
    body = [
        (
            row.what,
            f"{number(row.value)} {row.unit}",
            row.reference,
            "" if row.ratio is None else f"{row.ratio:.2f}×",
            row.bar,
            {True: "kept", False: "MISSED", None: ""}[row.kept],
        )
        for row in rows
    ]
    widths = [max(len(line[column]) for line in (head, *body)) for column in range(len(head))]
    rule = tuple("-" * width for width in widths)
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in (head, rule, *body)
    )
