"""Where a point of the index stands: what ranking reads of each of the hundreds of hits of a search.

It is one string in the payload, because taking six values out of every hit cost more than finding them.
"""

from functools import lru_cache
from typing import Final, NamedTuple

Key = tuple[str, str]  # an article, by its id as text, in one language: hashed thousands of times a search
PLACE: Final = "place"


class Place(NamedTuple):
    """A point's article and language, its kind, the language of its own text, and how long the article is."""

    key: Key
    kind: str
    text_lang: str
    passages: int
    size: int

    def written(self) -> str:
        """As the index keeps it."""
        return " ".join((*self.key, self.kind, self.text_lang, str(self.passages), str(self.size)))


@lru_cache(maxsize=65536)
def place_of(written: str) -> Place:
    """What was written."""
    article, lang, kind, text_lang, passages, size = written.split(" ")
    return Place((article, lang), kind, text_lang, int(passages), int(size))
