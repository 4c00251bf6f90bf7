"""Core's snapshot as triage asks it: which labels exist, what they are called, which team owns them."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

from services.core.contract import Category, Macro, Staff, TaxonomySnapshot

NO_NAMES: dict[str, str] = {}


@dataclass(frozen=True)
class Scheme:
    """The part of a taxonomy that a decision depends on: which labels exist, and which team owns a category."""

    active: dict[str, frozenset[str]]
    team_of: dict[str, str]
    routed_by_category: bool


@dataclass(frozen=True)
class Taxonomy:
    """An immutable view of one version of the snapshot."""

    snapshot: TaxonomySnapshot
    synced: bool = True
    _names: dict[tuple[str, str], dict[str, str]] = field(default_factory=dict, compare=False)

    @property
    def version(self) -> int:
        """The version of core's snapshot; -1 where none has been fetched yet."""
        return self.snapshot.version if self.synced else -1

    @cached_property
    def categories(self) -> dict[str, Category]:
        """Every category by key, inactive ones too."""
        return {category.key: category for category in self.snapshot.categories}

    @cached_property
    def active(self) -> dict[str, frozenset[str]]:
        """The labels that a prediction may use, by task. Category labels are leaves below active parents."""
        return {
            "category": frozenset(c.key for c in self.snapshot.categories if c.leaf and self._alive(c)),
            "priority": frozenset(p.key for p in self.snapshot.priorities),
            "tags": frozenset(t.key for t in self.snapshot.tags if t.active),
            "team": frozenset(t.key for t in self.snapshot.teams if t.active),
        }

    def _alive(self, category: Category) -> bool:
        return all(key in self.categories and self.categories[key].active for key in category.path)

    @cached_property
    def order(self) -> tuple[str, ...]:
        """Priorities from the mildest to the most urgent."""
        return tuple(p.key for p in sorted(self.snapshot.priorities, key=lambda p: (p.rank, p.key)))

    @cached_property
    def team_of(self) -> dict[str, str]:
        """The team that owns each active category: its own, or the nearest parent's."""
        owners: dict[str, str] = {}
        for key in sorted(self.active["category"]):
            for ancestor in reversed(self.categories[key].path):
                team = self.categories[ancestor].team
                if team and team in self.active["team"]:
                    owners[key] = team
                    break
        return owners

    @property
    def routed_by_category(self) -> bool:
        """Whether categories say who owns them (nine in ten do), so that no team model is needed."""
        return len(self.team_of) >= 0.9 * max(1, len(self.active["category"]))

    @cached_property
    def scheme(self) -> Scheme:
        """What decisions of now depend on."""
        return Scheme(self.active, self.team_of, self.routed_by_category)

    @cached_property
    def _all_names(self) -> dict[str, dict[str, dict[str, str]]]:
        snapshot = self.snapshot
        return {
            "category": {c.key: c.name for c in snapshot.categories},
            "priority": {p.key: p.name for p in snapshot.priorities},
            "tags": {t.key: t.name for t in snapshot.tags},
            "team": {t.key: t.name for t in snapshot.teams},
        }

    def name(self, task: str, key: str) -> dict[str, str]:
        """The names of a label by language; empty where the label is gone."""
        return self._all_names.get(task, {}).get(key, NO_NAMES)

    def label_texts(self, task: str) -> dict[str, list[str]]:
        """What the model may learn about each active label from words alone: names, then definitions."""
        described: dict[str, dict[str, str]] = {}
        if task == "category":
            described = {c.key: c.definition for c in self.snapshot.categories}
        elif task == "priority":
            described = {p.key: p.definition for p in self.snapshot.priorities}
        texts = {}
        for key in sorted(self.active[task]):
            names = _texts(self.name(task, key)) or [key.replace("_", " ").replace("-", " ")]
            texts[key] = list(dict.fromkeys(names + _texts(described.get(key, NO_NAMES))))
        return texts

    @cached_property
    def staff(self) -> list[Staff]:
        """People who work here, active ones."""
        return [person for person in self.snapshot.staff if person.active]

    @cached_property
    def macros(self) -> list[Macro]:
        """Macros that everybody may use and that are in use."""
        return [m for m in self.snapshot.macros if m.active and m.scope == "global"]


def _texts(translated: dict[str, str]) -> list[str]:
    return [text.strip() for _, text in sorted(translated.items()) if text.strip()]


EMPTY = Taxonomy(
    TaxonomySnapshot(version=0, categories=[], tags=[], priorities=[], teams=[], staff=[], macros=[]),
    synced=False,
)


def usable(labels: Iterable[str], allowed: frozenset[str]) -> list[str]:
    """Those of ``labels`` that may be used now, in order."""
    return [label for label in labels if label in allowed]
