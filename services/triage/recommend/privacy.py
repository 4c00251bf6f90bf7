"""The desk's own masking: its lexicon and its people's names, kept in memory for a while."""

import asyncio
import time
from collections.abc import Callable

from services.common.db import Database
from services.triage.examples.repository import resolutions
from services.triage.recommend.masking import Lexicon, build_lexicon, mask
from services.triage.taxonomy.copy import Taxonomy
from services.triage.taxonomy.store import TaxonomyStore

FRESH_SECONDS = 600.0  # new words of the desk may wait so long; until then they are masked, not leaked

Mask = Callable[[str], str]


class Privacy:
    """Hands out the function that hides personal data in texts of other tickets."""

    def __init__(self, db: Database, taxonomy: TaxonomyStore) -> None:
        self._db = db
        self._taxonomy = taxonomy
        self._lexicon = Lexicon()
        self._built: tuple[float, int] = (-FRESH_SECONDS, -2)
        self._lock = asyncio.Lock()

    async def masker(self) -> Mask:
        """A function from text to text without names, numbers and addresses."""
        taxonomy = await self._taxonomy.current()
        async with self._lock:
            at, version = self._built
            if version != taxonomy.version or time.monotonic() - at > FRESH_SECONDS:
                replies = await self._db.read(resolutions)
                own = own_texts(taxonomy)
                self._lexicon = await asyncio.to_thread(build_lexicon, own, replies)
                self._built = (time.monotonic(), taxonomy.version)
        lexicon = self._lexicon
        names = [person.name for person in taxonomy.staff]
        return lambda text: mask(text, names=names, lexicon=lexicon)


def own_texts(taxonomy: Taxonomy) -> list[str]:
    """What the desk itself has written: macros, names and definitions of its labels."""
    texts: list[str] = []
    for macro in taxonomy.macros:
        texts += [*macro.title.values(), *macro.body.values()]
    snapshot = taxonomy.snapshot
    for category in snapshot.categories:
        texts += [*category.name.values(), *category.definition.values()]
    named = [t.name for t in snapshot.tags] + [t.name for t in snapshot.teams]
    for name in [*named, *(p.name for p in snapshot.priorities)]:
        texts += name.values()
    return texts
