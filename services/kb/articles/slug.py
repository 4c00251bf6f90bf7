"""The readable part of an article's address."""

import re

from services.kb.search.analysis import fold

LONGEST = 80


def slugify(title: str) -> str:
    """Lower-case words joined by hyphens, without accents; other scripts keep their letters.

    "¿Cómo restablezco mi contraseña?" becomes "como-restablezco-mi-contrasena".
    """
    words = re.sub(r"[\W_]+", "-", fold(title)).strip("-")
    if len(words) > LONGEST:
        cut = words.rfind("-", LONGEST // 2, LONGEST)
        words = words[: cut if cut > 0 else LONGEST].strip("-")
    return words or "article"


def numbered(slug: str, count: int) -> str:
    """The slug for the `count`-th article of that name."""
    return slug if count < 2 else f"{slug}-{count}"


def is_slug(text: str) -> bool:
    """Whether an author's own slug can stand in an address as it is."""
    return bool(text) and len(text) <= LONGEST + 8 and slugify(text) == text
