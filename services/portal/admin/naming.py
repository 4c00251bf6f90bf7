"""From what an admin calls a thing to the permanent key under which it is stored."""

import re
import unicodedata


def key_of(names: dict[str, str], fallback: str = "") -> str:
    """A key from the first name, without accents; ``fallback`` where nothing is left."""
    text = next((name for name in names.values() if name.strip()), "")
    bare = "".join(c for c in unicodedata.normalize("NFKD", text.lower()) if not unicodedata.combining(c))
    return re.sub(r"[^a-z0-9]+", "_", bare).strip("_")[:50].strip("_") or fallback
