"""Short passages of long texts, with words marked, as data: whoever shows them escapes them."""

import re
import unicodedata

from msgspec import Struct


class Segment(Struct, frozen=True):
    """A stretch of text, marked or not."""

    text: str
    marked: bool = False


def fold(text: str) -> str:
    """``text`` without case and accents, letter for letter where that is possible, for comparing."""
    kept = []
    for char in text:
        base = unicodedata.normalize("NFD", char)[:1]
        kept.append(base.lower() if len(base.lower()) == 1 else char)
    return "".join(kept)


def excerpt(text: str, words: list[str] | None = None, length: int = 200) -> str:
    """At most ``length`` characters of ``text`` around the first of ``words``, cut at word ends, on one line."""
    flat = re.sub(r"\s+", " ", text).strip()
    if len(flat) <= length:
        return flat
    start = 0
    pattern = _pattern(words or [])
    if pattern and (hit := pattern.search(fold(flat))):
        start = max(0, hit.start() - length // 3)
    if start:
        start = min(start, len(flat) - length)
        start = flat.find(" ", start, start + 40) + 1 or start
    end = start + length
    if end < len(flat):
        end = max(flat.rfind(" ", start + length // 2, end), start + length // 2)
    return ("…" if start else "") + flat[start:end].strip() + ("…" if end < len(flat) else "")


def mark(text: str, words: list[str]) -> list[Segment]:
    """``text`` in segments, those marked that begin with one of ``words`` whatever their case and accents."""
    pattern = _pattern(words)
    if not pattern or not text:
        return [Segment(text)] if text else []
    segments: list[Segment] = []
    at = 0
    for hit in pattern.finditer(fold(text)):
        if hit.start() > at:
            segments.append(Segment(text[at : hit.start()]))
        segments.append(Segment(text[hit.start() : hit.end()], marked=True))
        at = hit.end()
    if at < len(text):
        segments.append(Segment(text[at:]))
    return segments


def _pattern(words: list[str]) -> re.Pattern[str] | None:
    folded = sorted({fold(word) for word in words if word.strip()}, key=len, reverse=True)[:50]
    return re.compile(r"\b(?:" + "|".join(map(re.escape, folded)) + r")\w*") if folded else None
