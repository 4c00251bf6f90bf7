"""Cutting text into sentences that are exact substrings, so that a draft can point at where they stand."""

import re
from dataclasses import dataclass

_END = re.compile(r"(?<=[.!?…])[\"”»)]*\s+(?=[\"“«(¿¡\[]?[A-ZÁÉÍÓÚÑÜ0-9\[])|\n+|(?<=:)\s*\n+", re.UNICODE)
_ABBREVIATION = re.compile(
    r"(?:^|[\s(])(?:mr|mrs|ms|dr|sr|sra|srta|no|nº|art|approx|aprox|e\.g|i\.e|etc|p\.ej|ud|uds|vs|tel)\.$",
    re.IGNORECASE,
)
_BULLET = re.compile(r"^\s*(?:[-*•–]|\d{1,2}[.)])\s+")
_PLACEHOLDER = re.compile(r"\{\{[^{}|]*(?:\|([^{}]*))?\}\}|\{%[^{}]*%\}")


@dataclass(frozen=True, slots=True)
class Sentence:
    """``text`` is ``source[start:end]``."""

    text: str
    start: int
    end: int


def split(source: str) -> list[Sentence]:
    """The sentences of ``source`` in order, without bullets and white space around them."""
    pieces: list[tuple[int, int]] = []
    begin = 0
    for match in _END.finditer(source):
        if "\n" not in match.group() and _ABBREVIATION.search(source[begin : match.start()]):
            continue
        pieces.append((begin, match.start()))
        begin = match.end()
    pieces.append((begin, len(source)))
    found = [_trimmed(source, start, end) for start, end in pieces]
    return [sentence for sentence in found if any(character.isalnum() for character in sentence.text)]


def _trimmed(source: str, start: int, end: int) -> Sentence:
    bullet = _BULLET.match(source[start:end])
    start += bullet.end() if bullet else 0
    text = source[start:end]
    start += len(text) - len(text.lstrip())
    text = text.strip()
    return Sentence(text, start, start + len(text))


def without_placeholders(text: str) -> str:
    """``text`` with template variables replaced by their defaults or nothing; none is evaluated."""
    text = _PLACEHOLDER.sub(lambda found: (found.group(1) or "").strip(), text)
    text = re.sub(r"[ \t]+([,.;:!?])", r"\1", text)
    text = re.sub(r"[,;]+([.:!?])", r"\1", text)
    return re.sub(r"[ \t]{2,}", " ", text).replace("{{", "").replace("}}", "").strip()


_COURTESY = re.compile(
    r"^\W*(?:dear|hi|hello|hey|hola|estimad[oa]s?|querid[oa]s?|good (?:morning|afternoon|evening)"
    r"|buen[oa]s (?:días|dias|tardes|noches)|(?:kind |best |warm )?regards|best wishes|sincerely|cheers"
    r"|(?:many )?thanks|thank you|saludos|un (?:cordial )?saludo|atentamente|cordialmente|(?:muchas )?gracias)\b",
    re.IGNORECASE,
)


_CLOSING = re.compile(
    r"^\W*(?:(?:kind |best |warm )?regards|best wishes|(?:yours )?sincerely|cheers|saludos|un (?:cordial )?saludo"
    r"|atentamente|cordialmente)\b",
    re.IGNORECASE,
)


def is_closing(sentence: str) -> bool:
    """Whether ``sentence`` begins a sign-off; what follows it is a signature."""
    return bool(_CLOSING.match(sentence)) and len(sentence.split()) <= 6


def is_cut(sentence: str) -> bool:
    """Whether ``sentence`` is a piece of one: an excerpt begins or ends in the middle."""
    return sentence.startswith(("…", "...")) or sentence.endswith(("…", "..."))


def is_courtesy(sentence: str) -> bool:
    """Whether ``sentence`` is only a greeting or a sign-off: it answers nothing."""
    return bool(_COURTESY.match(sentence)) and len(sentence.split()) <= 6
