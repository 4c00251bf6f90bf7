"""Marking what matched, truthfully: a word is marked when the index would have found it, and only then."""

from collections.abc import Collection, Iterator
from functools import lru_cache

from services.kb.contract import Segment
from services.kb.search.analysis import LONGEST, TOKEN, Token, fold, parts, stem

WINDOW = 320  # characters of a passage that are shown


@lru_cache(maxsize=65536)
def _found_by(surface: str, lang: str) -> tuple[str, ...]:
    """The terms by which the index finds a word, the word's own first. Texts of a desk repeat their words."""
    folded = fold(surface)
    return (stem(folded, lang), *(stem(piece, lang) for piece in parts(folded)))


def matches(token: Token, terms: Collection[str], lang: str) -> bool:
    """Whether a word of a page in `lang` is one of the query's terms."""
    return any(term in terms for term in _found_by(token.surface, lang))


def _matching(text: str, terms: Collection[str], lang: str) -> Iterator[tuple[int, int, str]]:
    """Where the words that match begin and end, and the term of each; `matches` without a token for every word."""
    for match in TOKEN.finditer(text):
        surface = match.group()
        if len(surface) <= LONGEST:
            found_by = _found_by(surface, lang)
            for term in found_by:
                if term in terms:
                    yield match.start(), match.end(), found_by[0]
                    break


def segments(text: str, terms: Collection[str], lang: str) -> list[Segment]:
    """The text cut where marks begin and end; joined again it is the text."""
    found: list[Segment] = []
    at = 0
    for start, end, _ in _matching(text, terms, lang):
        if start > at:
            found.append(Segment(text=text[at:start]))
        found.append(Segment(text=text[start:end], marked=True))
        at = end
    if at < len(text) or not found:
        found.append(Segment(text=text[at:]))
    return found


def window(text: str, terms: Collection[str], lang: str, width: int = WINDOW) -> str:
    """The stretch of a passage with most different words of the query, cut at word ends, with ellipses."""
    text = " ".join(text.split())
    if len(text) <= width:
        return text
    hits = [(start, term) for start, _, term in _matching(text, terms, lang)]
    start = 0
    if hits:
        lead = width // 6
        _, start = max((len({term for at, term in hits if s <= at < s + width - lead}), -s) for s, _ in hits)
        start = max(0, min(-start - lead, len(text) - width))
    if start:
        start = text.find(" ", start, start + 40) + 1 or start
    end = start + width
    if end < len(text):
        end = max(text.rfind(" ", start + width // 2, end), start + width // 2)
    shown = text[start:end].strip()
    return ("… " if start else "") + shown + (" …" if end < len(text) else "")
