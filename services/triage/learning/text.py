"""The one text of a ticket that is embedded, learnt from and explained."""

import re
import unicodedata

from .disguise import undisguised

LONGEST = 8_000
"""Characters kept. The encoder reads about 2,000 of them; words beyond are signatures, logs and quoted mail."""

_QUOTED = re.compile(r"^[ \t]*>.*$", re.MULTILINE)
_HEAD_OF_QUOTE = re.compile(
    r"^(?:-{2,} ?(?:Original Message|Mensaje original|Forwarded message|Mensaje reenviado) ?-{2,}"
    r"|(?:On|El)\b[^\n]{5,200}\b(?:wrote|escribió):)[ \t]*$.*",
    re.MULTILINE | re.DOTALL | re.IGNORECASE,
)
_BLANKS = re.compile(r"[ \t\f\v\u00a0]+")
_LINES = re.compile(r"\s*\n\s*")
_RUN = re.compile(r"\b(\w+)(?:\W{1,3}\1\b){3,}", re.IGNORECASE)
_LONG_RUN_OF_ONE = re.compile(r"(.)\1{8,}", re.DOTALL)


def prepare(subject: str, body: str = "") -> str:
    """Join subject and body into what the models read; offsets of evidence count in the string returned here.

    Invisible characters (format, control, tag, private use) go, compatibility forms fold, markup, hidden passages
    and orders to fill a field go, quoted mail and what follows its header is cut, a word repeated over and over
    counts three times, and the end is cut.
    An empty result means that there is nothing to learn from.
    """
    parts = [_clean(subject), _clean(body)]
    if parts[1][: len(parts[0])] == parts[0]:
        parts = parts[1:]
    return "\n".join(part for part in parts if part)[:LONGEST].rstrip()


def _clean(text: str) -> str:
    text = unicodedata.normalize("NFKC", text[: 4 * LONGEST])
    text = "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in _HIDDEN)
    text = undisguised(text)
    whole = text
    text = _QUOTED.sub("", _HEAD_OF_QUOTE.sub("", text))
    if not text.strip():
        text = whole
    text = _LINES.sub("\n", _BLANKS.sub(" ", text)).strip()
    text = _LONG_RUN_OF_ONE.sub(r"\1\1\1", text)
    return _RUN.sub(r"\1 \1 \1", text)


_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
