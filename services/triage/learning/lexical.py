"""Words and character n-grams as hashed columns, in numpy over a whole batch at once.

The columns are numbers of hash buckets: no word of any customer is stored in a model. One pass gives words
and word pairs, and n-grams of two to five characters that do not cross a word's border, where the blank at
either side counts as a character, as scikit-learn's `char_wb` does. Accents and case are folded, one
character to one, so that places in the folded text are places in the text.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BITS = 22
"""4.2 million buckets a block: at 200,000 distinct terms one in twenty shares its bucket."""
WORDS, CHARACTERS = 0, 1
_BLANK = 32
_BASE = np.uint64(0x9E3779B97F4A7C15)
_BASE_INVERSE = np.uint64(pow(0x9E3779B97F4A7C15, -1, 1 << 64))
_PAIR = np.uint64(0xD6E8FEB86659FD93)
_CHARS_AT_ONCE = 2_000_000


class _Fold(dict[int, int]):
    """Code point to code point: lower case without accents; what is neither letter, digit nor money is a blank."""

    def __missing__(self, code: int) -> int:
        char = chr(code)
        if char in "'’":
            folded = ord("'")
        elif not (char.isalnum() or unicodedata.category(char) == "Sc"):
            folded = _BLANK
        else:
            lower = char.lower()
            base = unicodedata.normalize("NFD", lower)[0]
            folded = ord(base if base.isalnum() else char)
        self[code] = folded
        return folded


_fold = _Fold()


@dataclass(frozen=True, slots=True)
class Terms:
    """Every occurrence of every term in a batch: text index, column, and where it stands in its text."""

    text: NDArray[np.int32]
    column: NDArray[np.int32]
    start: NDArray[np.int32]
    end: NDArray[np.int32]


class Reading:
    """One text, hashed once for every task that asks about it and for the evidence."""

    __slots__ = ("column", "terms", "text", "times", "where")

    def __init__(self, text: str) -> None:
        self.text = text
        self.terms = terms([text])
        self.column, self.where, times = np.unique(self.terms.column, return_inverse=True, return_counts=True)
        """The text's buckets in order, and for each occurrence of a term the place of its bucket in them."""
        self.times = times.astype(np.float32)


def fold(text: str) -> str:
    """The text as the hash sees it; as long as the text itself."""
    return text.translate(_fold)


def terms(texts: Sequence[str]) -> Terms:
    """All occurrences, words first. Columns of words lie below 2**BITS, columns of characters above."""
    padded = [f" {fold(text)} " for text in texts]
    lengths = np.fromiter((len(p) for p in padded), dtype=np.int64, count=len(padded))
    codes = np.frombuffer("".join(padded).encode("utf-32-le"), dtype=np.uint32).astype(np.uint64)
    owner = np.repeat(np.arange(len(padded), dtype=np.int32), lengths)
    first = np.cumsum(lengths) - lengths
    found = [*_words(codes, owner), *_characters(codes, owner)]
    text, column, start, end = (np.concatenate(part) for part in zip(*found, strict=True))
    offset = first[text] + 1  # the blank in front is ours
    return Terms(
        text=text,
        column=column.astype(np.int32),
        start=np.maximum(start - offset, 0).astype(np.int32),
        end=np.minimum(end - offset, lengths[text] - 2).astype(np.int32),
    )


def _mix(hashed: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The finaliser of splitmix64: every input bit moves every output bit."""
    hashed = (hashed ^ (hashed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    hashed = (hashed ^ (hashed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return hashed ^ (hashed >> np.uint64(31))


def _bucket(hashed: NDArray[np.uint64], block: int) -> NDArray[np.int64]:
    return (hashed >> np.uint64(64 - BITS)).astype(np.int64) + (block << BITS)


_Found = tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]


def _words(codes: NDArray[np.uint64], owner: NDArray[np.int32]) -> list[_Found]:
    inside = np.concatenate(([False], codes != _BLANK, [False]))
    edges = np.flatnonzero(inside[1:] != inside[:-1])
    start, end = edges[::2], edges[1::2]
    powers = np.cumprod(np.full(len(codes) + 1, _BASE_INVERSE)) * _BASE  # inverse ** place
    back = np.cumprod(np.full(len(codes) + 1, _BASE)) * _BASE_INVERSE
    sums = np.concatenate((np.zeros(1, np.uint64), np.cumsum(codes * powers[:-1])))
    hashed = _mix((sums[end] - sums[start]) * back[start])
    text = owner[start] if len(start) else np.zeros(0, np.int32)
    pair = np.flatnonzero(text[1:] == text[:-1])
    pairs = _mix(hashed[pair] * _PAIR + hashed[pair + 1])
    return [
        (text, _bucket(hashed, WORDS), start, end),
        (text[pair], _bucket(pairs, WORDS), start[pair], end[pair + 1]),
    ]


def _characters(codes: NDArray[np.uint64], owner: NDArray[np.int32]) -> list[_Found]:
    blank = codes == _BLANK
    blanks = np.concatenate((np.zeros(1, np.int64), np.cumsum(blank)))
    rolling = codes.copy()
    found = []
    for size in range(2, 6):
        count = len(codes) - size + 1
        if count <= 0:
            break
        rolling = rolling[:count] * _BASE + codes[size - 1 :]
        place = np.arange(count)
        clean = blanks[place + size - 1] == blanks[place + 1]  # no blank strictly inside
        if size == 2:
            clean &= ~(blank[:count] & blank[1 : count + 1])
        place = place[clean]
        hashed = _mix(rolling[place] + np.uint64(size))
        found.append((owner[place + 1], _bucket(hashed, CHARACTERS), place, place + size))
    return found


def counts(texts: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float32]]:
    """Rows of a CSR matrix over 2**(BITS+1) columns: row pointer, sorted columns, number of occurrences."""
    pointers, columns, data = [np.zeros(1, np.int64)], [], []
    for batch in _batches(texts):
        found = terms(batch)
        keys, times = np.unique(
            (found.text.astype(np.int64) << (BITS + 1)) | found.column, return_counts=True
        )
        rows = np.bincount(keys >> (BITS + 1), minlength=len(batch))
        pointers.append(pointers[-1][-1] + np.cumsum(rows))
        columns.append((keys & ((1 << (BITS + 1)) - 1)).astype(np.int32))
        data.append(times.astype(np.float32))
    return (
        np.concatenate(pointers),
        np.concatenate(columns) if columns else np.zeros(0, np.int32),
        np.concatenate(data) if data else np.zeros(0, np.float32),
    )


def _batches(texts: Sequence[str]) -> list[Sequence[str]]:
    batches, start, size = [], 0, 0
    for index, text in enumerate(texts):
        size += len(text) + 2
        if size >= _CHARS_AT_ONCE:
            batches.append(texts[start : index + 1])
            start, size = index + 1, 0
    if start < len(texts):
        batches.append(texts[start:])
    return batches
