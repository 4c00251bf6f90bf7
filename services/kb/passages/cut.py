"""Cutting an article into passages: by heading and paragraph first, by sentence where a paragraph is long.

A passage should hold one answer. Too short and it has no context, too long and its vector says nothing in
particular: the bounds were chosen by recall on the LibreOffice pages.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from services.common.text import excerpt
from services.kb.passages.markdown import Block, blocks

TARGET = 500  # characters: a passage is closed once it is this long
LONGEST = 700  # characters: a block beyond it is cut at the end of a sentence
MOST = 200  # passages of one article; a longer one is a book, and its tail stays in the full text only

_SENTENCE_END = re.compile(r"(?<=[.!?…:;])\s+(?=[^\s])|\n+")


class Passage(NamedTuple):
    """A part of an article in plain text; `anchor` is the id of the heading above it, or empty."""

    text: str
    heading: str
    anchor: str


def cut(markdown: str, summary: str = "") -> list[Passage]:
    """The passages of an article in order. An article without a body is its summary, if it has one."""
    found = list(_join(_pieces(blocks(markdown))))[:MOST]
    if not found and summary.strip():
        return [Passage(summary.strip(), "", "")]
    return found


def embedded_text(title: str, passage: Passage) -> str:
    """What the embedder reads: a passage rarely names what it is about, its title and heading do."""
    lines = [title]
    if passage.heading and passage.heading != title:
        lines.append(passage.heading)
    return "\n".join([*lines, passage.text])


def _pieces(found: list[Block]) -> Iterator[Block]:
    for block in found:
        if len(block.text) <= LONGEST:
            yield block
        else:
            yield from (Block(piece, block.heading, block.anchor) for piece in split_long(block.text))


def split_long(text: str, target: int = TARGET, longest: int = LONGEST) -> list[str]:
    """Cut at sentence ends into parts of about `target` characters; a sentence beyond `longest` at a space."""
    parts: list[str] = []
    current = ""
    for sentence in _sentences(text, longest):
        if current and len(current) + len(sentence) + 1 > target and len(current) >= target // 2:
            parts.append(current)
            current = sentence
        else:
            current = f"{current} {sentence}".strip()
    if current and parts and len(current) < target // 3 and len(parts[-1]) + len(current) < longest:
        parts[-1] = f"{parts[-1]} {current}"
    elif current:
        parts.append(current)
    return parts


def _sentences(text: str, longest: int) -> Iterator[str]:
    for sentence in _SENTENCE_END.split(text):
        rest = sentence
        while len(rest) > longest:
            at = rest.rfind(" ", longest // 2, longest)
            at = at if at > 0 else longest
            yield rest[:at].strip()
            rest = rest[at:]
        if rest.strip():
            yield rest.strip()


def _join(pieces: Iterator[Block]) -> Iterator[Passage]:
    """Join short blocks under one heading until a passage is long enough to stand alone."""
    current: Passage | None = None
    for block in pieces:
        if current is not None and current.anchor == block.anchor and current.heading == block.heading:
            joined = f"{current.text}\n{block.text}"
            if len(current.text) < TARGET and len(joined) <= LONGEST:
                current = Passage(joined, block.heading, block.anchor)
                continue
        if current is not None:
            yield current
        current = Passage(block.text, block.heading, block.anchor)
    if current is not None:
        yield current


def summarise(markdown: str, length: int = 180) -> str:
    """The beginning of an article for lists, cut at a word."""
    found = blocks(markdown)
    return excerpt(found[0].text, length=length) if found else ""
