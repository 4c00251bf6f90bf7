"""Marking what matched, truthfully: a word is marked when the index would have found it, and only then."""

from collections.abc import Collection

from services.kb.contract import Segment
from services.kb.search.analysis import Token, parts, stem, tokens

WINDOW = 320  # characters of a passage that are shown


def matches(token: Token, terms: Collection[str], lang: str) -> bool:
    """Whether a word of a page in `lang` is one of the query's terms."""
    if stem(token.folded, lang) in terms:
        return True
    return any(stem(piece, lang) in terms for piece in parts(token.folded))


def segments(text: str, terms: Collection[str], lang: str) -> list[Segment]:
    """The text cut where marks begin and end; joined again it is the text."""
    found: list[Segment] = []
    at = 0
    for token in tokens(text):
        if not matches(token, terms, lang):
            continue
        if token.start > at:
            found.append(Segment(text=text[at : token.start]))
        found.append(Segment(text=text[token.start : token.end], marked=True))
        at = token.end
    if at < len(text) or not found:
        found.append(Segment(text=text[at:]))
    return found


def window(text: str, terms: Collection[str], lang: str, width: int = WINDOW) -> str:
    """The stretch of a passage with most different words of the query, cut at word ends, with ellipses."""
    text = " ".join(text.split())
    if len(text) <= width:
        return text
    hits = [(token.start, stem(token.folded, lang)) for token in tokens(text) if matches(token, terms, lang)]
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
