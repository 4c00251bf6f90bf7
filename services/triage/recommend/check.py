"""Checking what a chat model wrote against the sources it was given. Pure.

The model is asked to end each sentence with the number of its source, as ``[2]``. A sentence without a
number, with one that does not exist, or whose words and figures the source does not carry, is cut. Links
stay only if a source has them; images and markup go. What is left is either supported or nothing.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from services.triage.contract import Source, Span
from services.triage.recommend.compose import Passage, source_of
from services.triage.recommend.masking import is_masked
from services.triage.recommend.sentences import split

SUPPORT = 0.6  # share of a sentence's content words that its sources must carry
KEEP = 0.5  # share of the sentences that must survive, or the draft is thrown away
LONGEST = 4_000  # characters of an answer that are looked at

_MARK = re.compile(r"\s*\[(\d{1,2})\]")
_IMAGE = re.compile(r"!\[[^\]]*\]\([^)]*\)|<[^>]*>")
_LINK = re.compile(r"\[([^\]]+)\]\((?:[^)]*)\)")
_URL = re.compile(
    r"(?:https?://|www\.)[^\s<>()\[\]]+|\b[\w-]+(?:\.[\w-]+)*\.(?:com|net|org|io|co|es|uk|info|xyz|ru)\b(?:/\S*)?",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W\d_]{4,}")
_FIGURE = re.compile(r"\d+(?:[.,]\d+)*")


@dataclass(frozen=True, slots=True)
class Checked:
    """What survived; ``cut`` counts the sentences that did not."""

    text: str
    sources: tuple[Source, ...]
    spans: tuple[Span, ...]
    cut: int


def check(answer: str, passages: Sequence[Passage], secret: str = "") -> Checked | None:
    """The supported part of ``answer``; None where too little of it is. ``secret`` marks the prompt's fences."""
    if secret and secret in answer:
        return None
    plain = _LINK.sub(r"\1", _IMAGE.sub("", answer[:LONGEST]))
    kept: list[tuple[str, int]] = []
    cut = 0
    for sentence in split(_marks_inside(plain)):
        numbers = [int(n) for n in _MARK.findall(sentence.text)]
        words = _MARK.sub("", sentence.text).strip()
        source = next((n for n in numbers if 1 <= n <= len(passages)), 0)
        if source and _supported(words, [passages[n - 1] for n in numbers if 1 <= n <= len(passages)]):
            kept.append((words, source))
        else:
            cut += 1
    if not kept or len(kept) < KEEP * (len(kept) + cut):
        return None
    return _assemble(kept, passages, cut)


def _marks_inside(text: str) -> str:
    """Marks moved before the full stop, so that a sentence and its mark are not cut apart."""
    return re.sub(r"([.!?…])((?:\s*\[\d{1,2}\])+)", lambda m: f"{m.group(2).strip()}{m.group(1)}", text)


def _supported(sentence: str, sources: Sequence[Passage]) -> bool:
    carried = " ".join(f"{p.title} {p.text}" for p in sources).casefold()
    if is_masked(sentence) or any(url.casefold() not in carried for url in _URL.findall(sentence)):
        return False
    if any(figure not in carried for figure in _FIGURE.findall(sentence)):
        return False
    words = {word.casefold() for word in _WORD.findall(sentence)}
    if not words:
        return True
    # five letters carry a word through its endings in both languages
    found = sum(word[: max(4, min(len(word) - 1, 6))] in carried for word in words)
    return found >= SUPPORT * len(words)


def _assemble(kept: list[tuple[str, int]], passages: Sequence[Passage], cut: int) -> Checked:
    order: list[int] = []
    for _, source in kept:
        if source not in order:
            order.append(source)
    text = ""
    spans: list[Span] = []
    for sentence, source in kept:
        text += " " if text else ""
        start = len(text)
        text += sentence
        spans.append(
            Span(start, len(text), order.index(source) + 1, _nearest(sentence, passages[source - 1]))
        )
    sources = tuple(
        source_of(number, passages[index - 1], _quotes(spans, number))
        for number, index in enumerate(order, start=1)
    )
    return Checked(text, sources, tuple(spans), cut)


def _nearest(sentence: str, passage: Passage) -> str:
    """The sentence of the source that shares most words with this one."""
    words = {word.casefold() for word in _WORD.findall(sentence)}
    parts = split(passage.text)
    best = max(parts, key=lambda s: len(words & {w.casefold() for w in _WORD.findall(s.text)}), default=None)
    return best.text if best else passage.title


def _quotes(spans: list[Span], number: int) -> str:
    return " ".join(dict.fromkeys(span.quote for span in spans if span.source == number))
