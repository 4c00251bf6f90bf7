"""The taxonomy in memory: small, read on every request, changed rarely."""

import time
from collections.abc import Iterable
from uuid import UUID

import msgspec
import sqlalchemy as sa
from msgspec import Struct

from services.core.contract import CustomField, FormItem, Translated
from services.core.models import category, custom_field, desk, form, priority, status, tag, team

FRESH_SECONDS = 5.0
"""How long another process's change may go unseen; foreign keys keep what is written right meanwhile."""


class CategoryEntry(Struct, frozen=True):
    id: UUID
    key: str
    parent: str | None
    name: Translated
    definition: Translated
    team: str | None
    active: bool
    version: int


class StatusEntry(Struct, frozen=True):
    key: str
    category: str
    name: Translated
    next: list[str]
    active: bool
    position: int
    message: Translated
    tells: bool
    needs_resolution: bool
    version: int


class PriorityEntry(Struct, frozen=True):
    key: str
    rank: int
    name: Translated
    definition: Translated
    version: int


class TeamEntry(Struct, frozen=True):
    id: UUID
    key: str
    name: Translated
    active: bool


class FormEntry(Struct, frozen=True):
    key: str
    name: Translated
    description: Translated
    items: list[FormItem]
    audience: str
    category: str | None
    type: str | None
    tags: list[str]
    position: int
    active: bool
    version: int


class Taxonomy(Struct, frozen=True):
    """One consistent state of the desk's words."""

    version: int
    categories: dict[str, CategoryEntry]
    statuses: dict[str, StatusEntry]
    priorities: dict[str, PriorityEntry]
    teams: dict[str, TeamEntry]
    tags: dict[str, bool]
    """Key to whether it is active."""
    fields: dict[str, CustomField] = {}
    forms: dict[str, FormEntry] = {}
    """Both in their order."""

    def category_key(self, given: str) -> str | None:
        """The key of the active category that ``given`` names, by key or id."""
        return _by_key_or_id(given, self.categories)

    def team_key(self, given: str) -> str | None:
        """The key of the active team that ``given`` names, by key or id."""
        return _by_key_or_id(given, self.teams)

    def path(self, key: str) -> list[str]:
        """Keys from the root of the tree to ``key``."""
        path: list[str] = []
        at: str | None = key
        while at is not None and at in self.categories and at not in path:
            path.append(at)
            at = self.categories[at].parent
        return path[::-1]

    def moves(self, key: str) -> list[str]:
        """Where a person may move a ticket to from this status, in the order of statuses."""
        entry = self.statuses.get(key)
        wanted = set(entry.next) if entry else set()
        return [one.key for one in self.statuses.values() if one.key in wanted - {key} and one.active]

    def statuses_of(self, category: str) -> list[str]:
        """The statuses of a category."""
        return [one.key for one in self.statuses.values() if one.category == category]

    def below(self, key: str) -> set[str]:
        """``key`` and every category under it."""
        found, new = {key}, {key}
        while new:
            new = {c.key for c in self.categories.values() if c.parent in new} - found
            found |= new
        return found

    def parents(self) -> set[str]:
        """The keys that have active children."""
        return {c.parent for c in self.categories.values() if c.parent and c.active}


def _by_key_or_id(given: str, entries: dict[str, CategoryEntry] | dict[str, TeamEntry]) -> str | None:
    entry = entries.get(given) or next((e for e in entries.values() if str(e.id) == given), None)
    return entry.key if entry and entry.active else None


class Lookups:
    """Keeps the current :class:`Taxonomy`. Local changes call :meth:`forget`; others' show within seconds.

    There is no lock: two readers at once read the same thing, and a lock held over a query stops the event
    loop on PostgreSQL, where units share one thread.
    """

    def __init__(self) -> None:
        self._known: Taxonomy | None = None
        self._until = 0.0

    def get(self, conn: sa.Connection) -> Taxonomy:
        """The taxonomy, read again when it may be old."""
        known = self._known
        if known is not None and time.monotonic() < self._until:
            return known
        return self.reload(conn)

    def reload(self, conn: sa.Connection) -> Taxonomy:
        """Read it now."""
        self._known = known = _read(conn)
        self._until = time.monotonic() + FRESH_SECONDS
        return known

    def forget(self) -> None:
        """The next :meth:`get` reads."""
        self._until = 0.0

    def knowing(self, conn: sa.Connection, tags: Iterable[str] = (), **keys: str | None) -> Taxonomy:
        """The taxonomy, read again if one of the keys is not in the remembered one."""
        known = self.get(conn)
        tables: dict[str, Iterable[str]] = {
            "category": known.categories,
            "team": known.teams,
            "status": known.statuses,
            "priority": known.priorities,
        }
        missing = any(value and value not in tables[kind] for kind, value in keys.items())
        return self.reload(conn) if missing or any(t not in known.tags for t in tags) else known


def _read(conn: sa.Connection) -> Taxonomy:
    version = conn.execute(sa.select(desk.c.value).where(desk.c.key == "taxonomy_version")).scalar()
    return Taxonomy(
        version=int(version or 1),
        categories={
            r.key: CategoryEntry(r.id, r.key, r.parent, r.name, r.definition, r.team, r.active, r.version)
            for r in conn.execute(sa.select(category).order_by(category.c.key))
        },
        statuses={
            r.key: StatusEntry(
                r.key,
                r.category,
                r.name,
                r.next,
                r.active,
                r.position,
                r.message,
                r.tells,
                r.needs_resolution,
                r.version,
            )
            for r in conn.execute(sa.select(status).order_by(status.c.position, status.c.key))
        },
        priorities={
            r.key: PriorityEntry(r.key, r.rank, r.name, r.definition, r.version)
            for r in conn.execute(sa.select(priority).order_by(priority.c.rank))
        },
        teams={
            r.key: TeamEntry(r.id, r.key, r.name, r.active)
            for r in conn.execute(sa.select(team).order_by(team.c.key))
        },
        tags={r.key: r.active for r in conn.execute(sa.select(tag.c.key, tag.c.active).order_by(tag.c.key))},
        fields={
            r["key"]: msgspec.convert({str(name): value for name, value in r.items()}, CustomField)
            for r in conn.execute(
                sa.select(custom_field).order_by(custom_field.c.position, custom_field.c.key)
            ).mappings()
        },
        forms={
            r.key: FormEntry(
                r.key, r.name, r.description, msgspec.convert(r.asks, list[FormItem]), r.audience, r.category,
                r.type, r.tags, r.position, r.active, r.version,
            )
            for r in conn.execute(sa.select(form).order_by(form.c.position, form.c.key))
        },
    )  # fmt: skip


def bump(conn: sa.Connection) -> int:
    """Count a change of the taxonomy. Returns the new version."""
    row = desk.c.key == "taxonomy_version"
    current = conn.execute(sa.select(desk.c.value).where(row).with_for_update()).scalar_one()
    conn.execute(desk.update().where(row).values(value=int(current) + 1))
    return int(current) + 1
