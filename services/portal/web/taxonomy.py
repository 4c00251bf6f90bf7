"""Names for keys: a short-lived copy of core's taxonomy, which every staff member may read."""

import msgspec

from services.common.clock import Clock
from services.core.client import CoreClient
from services.core.contract import Category, CustomField, Product, Staff, Status, Tag, TaxonomySnapshot, Team
from services.portal.web.i18n import pick

FRESH = 20.0  # seconds; a change in the desk's own processes also empties the copy at once


class Names(msgspec.Struct):
    """Categories, teams, tags and staff by key, with their names in one language."""

    language: str
    categories: dict[str, Category]
    teams: dict[str, Team]
    tags: dict[str, Tag]
    staff: dict[str, Staff]
    statuses: dict[str, Status]
    fields: dict[str, CustomField] = {}
    products: dict[str, Product] = {}

    def category(self, key: str | None) -> str:
        """The name of a category."""
        found = self.categories.get(key or "")
        return pick(found.name, self.language) if found else (key or "")

    def path(self, key: str | None) -> str:
        """A category with those above it: ``Cards › Duplicate charge``."""
        found = self.categories.get(key or "")
        return " › ".join(self.category(part) for part in found.path) if found else (key or "")

    def team(self, key: str | None) -> str:
        found = self.teams.get(key or "")
        return pick(found.name, self.language) if found else (key or "")

    def tag(self, key: str) -> str:
        found = self.tags.get(key)
        return (pick(found.name, self.language) or key) if found else key

    def person(self, key: str | None) -> str:
        found = self.staff.get(str(key or ""))
        return found.name if found else str(key or "")


class Taxonomies:
    """Hands out names; fetches them again when they are old or were changed."""

    def __init__(self, core: CoreClient, clock: Clock, statuses: dict[str, dict[str, str]]) -> None:
        """``statuses`` is told the names of statuses whenever they are fetched."""
        self._core, self._clock, self._statuses = core, clock, statuses
        self._snapshot: TaxonomySnapshot | None = None
        self._at = 0.0

    def forget(self) -> None:
        """The taxonomy changed: fetch it anew the next time."""
        self._snapshot = None

    async def names(self, language: str) -> Names:
        """Names in ``language``. Raises ``Unavailable`` while core is away and nothing was fetched yet."""
        now = self._clock.now().timestamp()
        if self._snapshot is None or now - self._at > FRESH:
            self._snapshot, self._at = await self._core.taxonomy(), now
            self._statuses.update({one.key: one.name for one in self._snapshot.statuses})
        return Names(
            language=language,
            categories={c.key: c for c in self._snapshot.categories},
            teams={t.key: t for t in self._snapshot.teams},
            tags={t.key: t for t in self._snapshot.tags},
            staff={str(s.id): s for s in self._snapshot.staff},
            statuses={s.key: s for s in self._snapshot.statuses},
            fields={f.key: f for f in self._snapshot.fields},
            products={p.key: p for p in self._snapshot.products},
        )
