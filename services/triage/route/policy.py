"""Choosing an assignee. Pure: the same people, loads and ticket give the same choice, with its reasons."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

HANDS = frozenset({"agent", "lead", "admin"})
SOLVED_BEFORE = 0.3
"""How much emptier a desk somebody may have who never solved the like, before the ticket goes there instead: three
tenths of a full load."""


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody who may be given a ticket. ``load`` counts what is on the way to them, too."""

    id: UUID
    name: str
    roles: tuple[str, ...]
    teams: frozenset[str]
    skills: frozenset[str]
    languages: frozenset[str]
    capacity: int
    load: int
    here: bool = True


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a ticket asks of a person. ``labels`` are its category with the parents, and its tags."""

    team: str
    labels: frozenset[str]
    language: str
    solved: Mapping[UUID, float] = field(default_factory=dict)
    """For each person the share of the nearest solved tickets that were theirs."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """One person who may have the ticket; ``score`` is higher for the better choice."""

    id: UUID
    name: str
    score: float
    load: int
    capacity: int
    solved: float
    skills: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """The people who may have a ticket, best first, and how many may not, by the first reason."""

    ranked: tuple[Ranked, ...]
    refused: Mapping[str, int]

    @property
    def first(self) -> Ranked | None:
        return self.ranked[0] if self.ranked else None


def choose(
    people: Iterable[Colleague], wanted: Wanted, last: Mapping[UUID, int], *, turns: bool = False
) -> Choice:
    """Rank who may have the ticket. ``last`` says when each was last given one: of two equals the one who has
    waited longer comes first, and then the one with the smaller id. With ``turns`` the one who has waited longest
    comes first whatever they hold.

    A label counts as a skill that the ticket needs where anybody has it among theirs. Nobody over capacity,
    without a needed skill, outside the team, away, or who does not speak the language is ever ranked; who names
    no language speaks them all.
    """
    everyone = [person for person in people if HANDS & set(person.roles)]
    taught = frozenset().union(*(person.skills for person in everyone)) if everyone else frozenset()
    needed = wanted.labels & taught
    refused: dict[str, int] = {}
    ranked = []
    for person in everyone:
        reason = _unfit(person, wanted, needed)
        if reason:
            refused[reason] = refused.get(reason, 0) + 1
            continue
        solved = wanted.solved.get(person.id, 0.0)
        score = SOLVED_BEFORE * solved - person.load / person.capacity
        ranked.append(
            Ranked(
                person.id,
                person.name,
                round(score, 6),
                person.load,
                person.capacity,
                round(solved, 4),
                tuple(sorted(needed)),
            )
        )
    order = (lambda r: (last.get(r.id, 0), -r.score)) if turns else (lambda r: (-r.score, last.get(r.id, 0)))
    ranked.sort(key=lambda r: (*order(r), r.id.int))
    return Choice(tuple(ranked), dict(sorted(refused.items())))


def _unfit(person: Colleague, wanted: Wanted, needed: frozenset[str]) -> str:
    """The first reason why a person may not have the ticket; empty where they may."""
    if wanted.team and wanted.team not in person.teams:
        return "team"
    if not needed <= person.skills:
        return "skill"
    if wanted.language and person.languages and wanted.language not in person.languages:
        return "language"
    if not person.here:
        return "away"
    if person.load >= person.capacity:
        return "full"
    return ""
