"""Tables for spreadsheets, in which no cell is a formula."""

import csv
import io
from collections.abc import Iterable, Sequence

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def cell(value: object) -> str:
    """``value`` as the text of a cell. What a spreadsheet would compute is quoted by an apostrophe; numbers are not."""
    text = "" if value is None else str(value)
    if isinstance(value, (int, float)) or not text.lstrip(" \u00a0\ufeff").startswith(_FORMULA):
        return text
    return f"'{text}"


def as_csv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table as CSV, the only way in which one leaves the desk; it begins with the mark by which Excel knows UTF-8."""
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL)
    writer.writerow([cell(name) for name in header])
    writer.writerows([cell(value) for value in row] for row in rows)
    return "\ufeff" + out.getvalue()
