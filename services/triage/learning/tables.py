"""Rows of labelled text from a CSV or JSON Lines file."""

import csv
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .text import prepare
from .types import DataRefused

_SEPARATORS = "|;,"


@dataclass(frozen=True, slots=True)
class Row:
    text: str
    labels: tuple[str, ...]


def read_rows(path: str | Path, text: Sequence[str], label: str, multilabel: bool) -> list[Row]:
    """Read the text columns (the first as subject, the others as body) and the label column.

    A tag column is a JSON list or text separated by `|`, `;` or `,`. Rows without text are left out, and rows
    without label too unless many labels are allowed. DataRefused says in one line what is wrong, and where.
    """
    path = Path(path)
    if not path.is_file():
        raise DataRefused(f"{path}: no such file")
    records = _json_lines(path) if path.suffix.lower() in {".jsonl", ".ndjson", ".json"} else _csv(path)
    rows = []
    try:
        for place, record in records:
            for column in (*text, label):
                if column not in record:
                    raise DataRefused(f"{path}: {place} has no column {column!r}")
            subject, *body = (_plain(record[column], path, place) for column in text)
            found = prepare(subject, "\n".join(body))
            labels = _labels(record[label], multilabel, path, place)
            if found and (labels or multilabel):
                rows.append(Row(found, labels))
    except UnicodeDecodeError as error:
        raise DataRefused(f"{path}: not UTF-8 ({error.reason} at byte {error.start})") from error
    except csv.Error as error:
        raise DataRefused(f"{path}: {error}") from error
    if not rows:
        raise DataRefused(f"{path}: no row with text and label")
    return rows


def _json_lines(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    with path.open(encoding="utf-8-sig") as file:
        for number, line in enumerate(file, 1):
            if not line.strip():
                continue
            try:
                record = json.loads(line)
            except (ValueError, RecursionError) as error:
                raise DataRefused(f"{path}: line {number} is not JSON") from error
            if not isinstance(record, dict):
                raise DataRefused(f"{path}: line {number} is not an object")
            yield f"line {number}", record


def _csv(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    csv.field_size_limit(16 << 20)
    with path.open(encoding="utf-8-sig", newline="") as file:
        head = file.readline()
        file.seek(0)
        delimiter = max(",;\t", key=head.count)
        for number, record in enumerate(csv.DictReader(file, delimiter=delimiter), 2):
            yield f"row {number}", {k: v for k, v in record.items() if k is not None}


def _plain(value: Any, path: Path, place: str) -> str:
    if value is None:
        return ""
    if isinstance(value, str | int | float):
        return str(value)
    raise DataRefused(f"{path}: {place} has a text that is neither text nor number")


def _labels(value: Any, multilabel: bool, path: Path, place: str) -> tuple[str, ...]:
    if value is None or value == "":
        return ()
    if not multilabel:
        if isinstance(value, list | dict):
            raise DataRefused(f"{path}: {place} has several labels; use --multilabel")
        return (str(value).strip(),) if str(value).strip() else ()
    if isinstance(value, str):
        value = _split(value)
    if not isinstance(value, list):
        value = [value]
    return tuple(dict.fromkeys(str(item).strip() for item in value if str(item).strip()))


def _split(value: str) -> list[Any]:
    if value.lstrip().startswith("["):
        try:
            parsed = json.loads(value)
            if isinstance(parsed, list):
                return parsed
        except ValueError:
            pass
    for separator in _SEPARATORS:
        if separator in value:
            return value.split(separator)
    return [value]
