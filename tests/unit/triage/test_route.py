"""Whom a ticket goes to: rules that hold for every desk, and evenness where all else is equal."""

from collections import Counter
from uuid import UUID, uuid5

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.triage.contract import Candidate
from services.triage.route.policy import Choice, Colleague, Wanted, choose
from services.triage.route.view import why

SPACE = UUID("6ba7b810-9dad-11d1-80b4-00c04fd430c8")
LANGUAGES, SKILLS, TEAMS = ("en", "es"), ("cards", "fraud", "loans"), ("front", "back")


def someone(name: str, **changes: object) -> Colleague:
    values: dict[str, object] = {
        "id": uuid5(SPACE, name), "name": name, "roles": ("agent",), "teams": frozenset({"front"}),
        "skills": frozenset(), "languages": frozenset(), "capacity": 5, "load": 0, "here": True,
    }  # fmt: skip
    return Colleague(**{**values, **changes})  # type: ignore[arg-type]


def asked(**changes: object) -> Wanted:
    values: dict[str, object] = {"team": "front", "labels": frozenset(), "language": "en", "solved": {}}
    return Wanted(**{**values, **changes})  # type: ignore[arg-type]


people = st.lists(
    st.builds(
        lambda n, teams, skills, languages, capacity, load, here, role: someone(
            f"p{n}", teams=frozenset(teams), skills=frozenset(skills), languages=frozenset(languages),
            capacity=capacity, load=load, here=here, roles=(role,),
        ),
        st.integers(0, 10**6), st.sets(st.sampled_from(TEAMS)), st.sets(st.sampled_from(SKILLS)),
        st.sets(st.sampled_from(LANGUAGES)), st.integers(0, 6), st.integers(0, 9), st.booleans(),
        st.sampled_from(("agent", "lead", "light")),
    ),
    max_size=8, unique_by=lambda p: p.id,
)  # fmt: skip
tickets = st.builds(
    lambda team, labels, language: asked(team=team, labels=frozenset(labels), language=language),
    st.sampled_from(("", *TEAMS)), st.sets(st.sampled_from(SKILLS)), st.sampled_from(("", *LANGUAGES)),
)  # fmt: skip


@given(people, tickets)
@settings(deadline=None)
@pytest.mark.req(56, 57)
def test_nobody_unfit_full_or_away_is_ever_ranked(staff: list[Colleague], wanted: Wanted) -> None:
    by_id = {person.id: person for person in staff}
    taught = frozenset().union(*(p.skills for p in staff if p.roles != ("light",)))
    choice = choose(staff, wanted, {})
    for ranked in choice.ranked:
        person = by_id[ranked.id]
        assert person.load < person.capacity
        assert person.here
        assert person.roles != ("light",)
        assert not wanted.team or wanted.team in person.teams
        assert wanted.labels & taught <= person.skills
        assert not wanted.language or not person.languages or wanted.language in person.languages
    fit = sum(p.roles != ("light",) for p in staff)
    assert len(choice.ranked) + sum(choice.refused.values()) == fit


@given(st.integers(1, 7), st.integers(0, 60), st.integers(1, 20))
@settings(deadline=None)
@pytest.mark.req(57)
def test_equals_are_given_tickets_evenly_within_one_and_never_beyond_capacity(
    count: int, arriving: int, capacity: int
) -> None:
    names = [f"equal{n}" for n in range(count)]
    load: Counter[str] = Counter()
    last: dict[UUID, int] = {}
    unplaced = 0
    for moment in range(arriving):
        staff = [someone(name, capacity=capacity, load=load[name]) for name in names]
        first = choose(staff, asked(), last).first
        if first is None:
            unplaced += 1
            continue
        load[first.name] += 1
        last[first.id] = moment + 1
    given = [load[name] for name in names]
    assert max(given) - min(given) <= 1
    assert max(given, default=0) <= capacity
    assert unplaced == max(0, arriving - count * capacity)


@pytest.mark.req(57)
def test_in_turn_means_in_turn_and_never_beyond_capacity() -> None:
    ana, ben, eva = someone("Ana", load=1), someone("Ben", load=0), someone("Eva", load=5)
    wanted, last = asked(solved={ana.id: 1.0}), {ana.id: 30, ben.id: 20, eva.id: 10}
    by_load = choose([ana, ben, eva], wanted, last)
    in_turn = choose([ana, ben, eva], wanted, last, turns=True)
    assert [one.name for one in by_load.ranked] == ["Ana", "Ben"]
    assert [one.name for one in in_turn.ranked] == ["Ben", "Ana"], "Eva waited longest but is full"


def test_who_solved_the_like_before_is_preferred_until_their_desk_is_much_fuller() -> None:
    ana, ben = someone("ana", capacity=10, load=2), someone("ben", capacity=10, load=0)
    wanted = asked(solved={ana.id: 0.9})
    first = choose([ana, ben], wanted, {}).first
    assert first is not None
    assert first.name == "ana"
    busy = someone("ana", capacity=10, load=6)
    first = choose([busy, ben], wanted, {}).first
    assert first is not None
    assert first.name == "ben"


@given(people, tickets)
@settings(deadline=None, max_examples=30)
def test_the_order_of_the_people_does_not_matter(staff: list[Colleague], wanted: Wanted) -> None:
    assert choose(staff, wanted, {}) == choose(list(reversed(staff)), wanted, {})


def test_an_advice_explains_itself_in_both_languages() -> None:
    ana, ben, eva = someone("Ana", load=1), someone("Ben", load=5), someone("Eva", here=False)
    choice: Choice = choose([ana, ben, eva], asked(solved={ana.id: 0.4}), {})
    ranked = [Candidate(r.id, r.name, r.score, r.load, r.capacity, r.solved) for r in choice.ranked]
    said = why(ranked, dict(choice.refused))
    assert said["en"] == (
        "Ana has 1 of 5 tickets and solved 40 % of the most similar ones. "
        "Of the others 1 are away; 1 have as much as they can carry."
    )
    assert "Ana tiene 1 de 5 tickets" in said["es"]
    assert why([], {"full": 2})["es"] == "Ahora nadie puede llevarlo: 2 tienen todo lo que pueden llevar."
