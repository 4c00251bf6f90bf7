"""The language that a text is in, which in a half-translated article is not the article's."""

from services.common.text import detect_language

TELLING = 40  # letters from which a detector is worth asking


def language_of_text(text: str, lang: str) -> str:
    """The base code of a text's language: what it seems to be, or the article's where it is too short to tell."""
    base = lang.split("-", maxsplit=1)[0].lower()
    if sum(char.isalpha() for char in text) < TELLING:
        return base
    found = detect_language(text, prefer=(base,))
    return base if found == "und" else found
