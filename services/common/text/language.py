"""Telling the language of a text."""

import re
import threading
from functools import cache

from py3langid.langid import MODEL_FILE, LanguageIdentifier

_TWO_LETTERS = re.compile(r"[^\W\d_].*?[^\W\d_]", re.DOTALL)
_NOISE = re.compile(r"https?://\S+|\S+@\S+")
_SAMPLE = 400  # characters; enough to be sure, and the time is linear in them
_SURE = 0.5
_PREFERRED_SHARE = 0.1  # a preferred language wins an unsure text when it is at least this share of the best
_lock = threading.Lock()


@cache
def _identifier() -> LanguageIdentifier:
    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


def detect_language(text: str, prefer: tuple[str, ...] = ("en", "es")) -> str:
    """The ISO 639-1 code of the language of ``text``, ``und`` when there is nothing to tell it by.

    A text too short to be sure of ("hola") is taken for one of ``prefer`` when that is plausible.
    """
    sample = _NOISE.sub(" ", text[:_SAMPLE])
    if not _TWO_LETTERS.search(sample):
        return "und"
    with _lock:
        identifier = _identifier()
        label, probability = identifier.classify(sample)
        if probability >= _SURE or label in prefer:
            return str(label)
        ranked = dict(identifier.rank(sample))
    best = max(prefer, key=lambda code: ranked.get(code, 0.0), default=label)
    return best if ranked.get(best, 0.0) >= _PREFERRED_SHARE * probability else str(label)


def likelihood(text: str, one: str, other: str) -> float:
    """How many times likelier a text is in language `one` than in `other`, by its letters."""
    with _lock:
        ranked = dict(_identifier().rank(_NOISE.sub(" ", text[:_SAMPLE])))
    return float(ranked.get(one, 0.0)) / max(float(ranked.get(other, 0.0)), 1e-9)
