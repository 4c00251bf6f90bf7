"""The demo desk's files: complete in both languages, consistent, and honest about what they hold out."""

import hashlib
import json
import os
import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from services.suite.demo import build_tickets
from services.suite.demo.moments import at, next_monday, shift_of

DATA = build_tickets.DATA
EVALUATION = Path(os.environ.get("TRIAJE_EVAL_DATA", "../shared/data"))
BANKING77 = EVALUATION / "intent" / "banking77_train.jsonl"
needs_banking77 = pytest.mark.skipif(
    not BANKING77.exists(), reason="BANKING77 is not here (TRIAJE_EVAL_DATA)"
)
LANGUAGES = ("en", "es")
LABELS = {"category": str, "priority": str, "tags": list, "team": str}
Row = dict[str, Any]


def load(name: str) -> Any:
    return json.loads((DATA / name).read_text("utf-8"))


def lines(name: str) -> list[Row]:
    return build_tickets.read_lines(DATA / name)


def front_matter(path: Path) -> tuple[Row, str]:
    _, head, body = path.read_text("utf-8").split("---\n", 2)
    pairs = (line.split(": ", 1) for line in head.splitlines())
    return {key: plain(value) for key, value in pairs}, body.strip()


def plain(value: str) -> Any:
    """Quoted strings, lists and booleans of the front matter are JSON; the rest are bare words."""
    return json.loads(value) if value[0] in '["' or value in ("true", "false") else value


@pytest.fixture(scope="module")
def taxonomy() -> Row:
    return load("taxonomy.json")


@pytest.fixture(scope="module")
def leaves(taxonomy: Row) -> dict[str, Row]:
    return {c["key"]: c for c in taxonomy["categories"] if c["parent"]}


@pytest.fixture(scope="module")
def people() -> Row:
    return load("people.json")


@pytest.fixture(scope="module")
def macros() -> list[Row]:
    return load("macros.json")["macros"]


@pytest.fixture(scope="module")
def articles() -> dict[str, dict[str, tuple[Row, str]]]:
    found: dict[str, dict[str, tuple[Row, str]]] = {language: {} for language in LANGUAGES}
    for language in LANGUAGES:
        for path in sorted((DATA / "articles" / language).glob("*.md")):
            found[language][path.stem] = front_matter(path)
    return found


@pytest.fixture(scope="module")
def closed() -> list[Row]:
    return lines("tickets_closed.jsonl") + lines("tickets_closed_es.jsonl")


def test_the_tree_has_77_leaves_under_ten_parents_named_and_defined_in_both_languages(
    taxonomy: Row, leaves: dict[str, Row], people: Row
) -> None:
    parents = {c["key"] for c in taxonomy["categories"] if not c["parent"]}
    teams, tags = {t["key"] for t in people["teams"]}, {t["key"] for t in taxonomy["tags"]}
    assert (len(leaves), len(parents)) == (77, 10)
    for category in taxonomy["categories"]:
        assert all(category[part][language] for part in ("name", "definition") for language in LANGUAGES)
        assert category["team"] in teams
    for leaf in leaves.values():
        assert leaf["parent"] in parents
        assert leaf["priority"] in taxonomy["priorities"]
        assert 1 <= len(leaf["tags"]) <= 3
        assert set(leaf["tags"]) <= tags


def test_names_of_categories_are_unique_in_each_language(taxonomy: Row) -> None:
    for language in LANGUAGES:
        names = [c["name"][language] for c in taxonomy["categories"]]
        assert len(set(names)) == len(names)


def test_the_people_whom_the_contract_names_are_there_and_refer_to_teams_that_exist(people: Row) -> None:
    teams = {t["key"] for t in people["teams"]}
    roles = {s["email"]: s["role"] for s in people["staff"]}
    addresses = [p["email"] for p in people["staff"] + people["contacts"]]
    signing_in = {p["email"] for p in people["staff"] + people["contacts"] if p.get("demo_sign_in")}
    assert len(set(addresses)) == len(addresses)
    assert signing_in == {f"{name}@demo.test" for name in ("admin", "lead", "agent", "customer")}
    assert [roles[f"{r}@demo.test"] for r in ("admin", "lead", "agent")] == ["admin", "lead", "agent"]
    assert all(set(s["teams"]) <= teams and s["languages"] and s["capacity"] > 0 for s in people["staff"])
    assert len(people["contacts"]) > 120
    assert {c["tier"] for c in people["contacts"]} == {"vip", "standard"}


def test_each_team_has_somebody_for_each_language(people: Row) -> None:
    for team in people["teams"]:
        spoken = {lang for s in people["staff"] if team["key"] in s["teams"] for lang in s["languages"]}
        assert spoken >= set(LANGUAGES), team["key"]


def test_every_intent_has_a_macro_in_both_languages_with_known_variables_that_have_a_default(
    macros: list[Row], leaves: dict[str, Row]
) -> None:
    known = set(load("macros.json")["variables"])
    assert {m["category"] for m in macros} - {None} == set(leaves)
    assert len({m["key"] for m in macros}) == len(macros)
    for macro in macros:
        for language in LANGUAGES:
            body = macro["body"][language]
            assert macro["title"][language]
            assert {name for name, default in build_tickets.VARIABLE.findall(body) if default} == known
            assert not re.search(r"[{}]", build_tickets.VARIABLE.sub("", body))
        assert [action["field"] for action in macro["actions"]] == ["status"]


def test_articles_come_in_pairs_that_agree_on_all_but_the_words(
    articles: dict[str, dict[str, tuple[Row, str]]],
) -> None:
    assert articles["en"].keys() == articles["es"].keys()
    assert len(articles["en"]) >= 60
    for name, (english, _) in articles["en"].items():
        spanish = articles["es"][name][0]
        assert english["id"] == spanish["id"] == name
        assert (english["lang"], spanish["lang"]) == LANGUAGES
        for key in ("section", "faq", "visibility", "tags", "categories"):
            assert english[key] == spanish[key], (name, key)
        assert english["title"] != spanish["title"]


def test_articles_have_headings_a_reading_length_and_slugs_of_their_own(
    articles: dict[str, dict[str, tuple[Row, str]]],
) -> None:
    for language in LANGUAGES:
        slugs = [meta["slug"] for meta, _ in articles[language].values()]
        assert len(set(slugs)) == len(slugs)
        for name, (meta, body) in articles[language].items():
            assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", meta["slug"]), name
            assert 20 <= len(meta["summary"]) <= 160, name
            assert 120 <= len(re.findall(r"\w+", body)) <= 260, name
            assert "|---" in body or "\n## " in body, name


def test_articles_refer_to_sections_tags_and_categories_that_exist(
    articles: dict[str, dict[str, tuple[Row, str]]], taxonomy: Row, leaves: dict[str, Row]
) -> None:
    sections = {s["key"]: s for s in load("sections.json")}
    tags = {t["key"] for t in taxonomy["tags"]}
    assert all(s["parent"] is None or s["parent"] in sections for s in sections.values())
    assert all(
        s[part][lang] for s in sections.values() for part in ("name", "description") for lang in LANGUAGES
    )
    for meta, _ in articles["en"].values():
        assert meta["section"] in sections
        assert set(meta["tags"]) <= tags
        assert set(meta["categories"]) <= set(leaves)
        assert (meta["visibility"] == "staff") == (sections[meta["section"]]["visibility"] == "staff")
    assert {meta["section"] for meta, _ in articles["en"].values()} == set(sections)


def test_every_intent_has_a_public_article_that_answers_it(
    articles: dict[str, dict[str, tuple[Row, str]]], leaves: dict[str, Row]
) -> None:
    answered = {
        c for meta, _ in articles["en"].values() if meta["visibility"] == "public" for c in meta["categories"]
    }
    assert answered == set(leaves)
    visibilities = Counter(meta["visibility"] for meta, _ in articles["en"].values())
    assert set(visibilities) == {"public", "customers", "staff"}


def test_closed_tickets_cover_every_intent_in_both_languages(
    closed: list[Row], leaves: dict[str, Row]
) -> None:
    by_language = {
        lang: Counter(r["labels"]["category"] for r in closed if r["lang"] == lang) for lang in LANGUAGES
    }
    assert by_language["en"].total() == 1500
    assert by_language["es"].total() >= 154
    for counts in by_language.values():
        assert set(counts) == set(leaves)
        assert min(counts.values()) >= 2


def test_labels_of_closed_tickets_follow_the_documented_rules(
    closed: list[Row], leaves: dict[str, Row], people: Row
) -> None:
    tiers = {c["email"]: c["tier"] for c in people["contacts"]}
    for row in closed:
        labels, leaf = row["labels"], leaves[row["labels"]["category"]]
        bumped = (
            build_tickets.BUMP[leaf["priority"]] if tiers[row["requester"]] == "vip" else leaf["priority"]
        )
        assert {key: type(value) for key, value in labels.items()} == LABELS
        assert (labels["priority"], labels["team"]) == (bumped, leaf["team"])
        assert labels["tags"] in (leaf["tags"], [*leaf["tags"], "abroad"])
        assert row["set_by"] == dict.fromkeys(LABELS, "person")


def test_closed_tickets_were_asked_then_answered_by_a_member_of_the_desk_then_closed(
    closed: list[Row], people: Row
) -> None:
    agents = {s["email"] for s in people["staff"] if s["role"] in ("agent", "lead")}
    for row in closed:
        times = [row["created"], *(m["at"] for m in row["messages"]), row["closed"]]
        assert times == sorted(times, reverse=True), row["id"]
        assert row["created"] <= build_tickets.PERIOD
        assert row["messages"][0]["author"] == row["assignee"]
        assert row["assignee"] in agents
        assert not re.search(r"[{}]", row["messages"][0]["body"])


def test_tickets_have_a_subject_a_body_a_known_channel_and_a_known_requester(
    closed: list[Row], people: Row
) -> None:
    contacts = {c["email"] for c in people["contacts"]}
    rows = closed + lines("tickets_open.jsonl")
    assert len({r["id"] for r in rows}) == len(rows)
    for row in rows:
        assert 3 <= len(row["subject"]) <= 61, row["id"]
        assert row["body"] == row["body"].strip() != ""
        assert row["channel"] in build_tickets.CHANNELS
        assert row["requester"] in contacts


def test_open_tickets_are_of_the_last_two_days_unlabelled_and_include_strangers(
    leaves: dict[str, Row],
) -> None:
    rows = lines("tickets_open.jsonl")
    truths = [row["truth"]["category"] for row in rows]
    assert len(rows) >= 45
    assert all("labels" not in row and 0 < row["created"] <= 2 * 24 * 60 for row in rows)
    assert Counter(row["lang"] for row in rows)["es"] >= 15
    assert truths.count(None) >= 5
    assert set(truths) - {None} <= set(leaves)
    assert sum(row["requester"] == build_tickets.DEMO_CUSTOMER for row in rows) == 2


@pytest.mark.parametrize("language", LANGUAGES)
def test_searches_ask_for_public_articles_that_exist(
    language: str, articles: dict[str, dict[str, tuple[Row, str]]]
) -> None:
    rows = lines(f"searches_{language}.jsonl")
    public = {name for name, (meta, _) in articles[language].items() if meta["visibility"] == "public"}
    assert len({row["query"] for row in rows}) == len(rows) >= 60
    assert {name for row in rows for name in row["relevant"]} == public


@needs_banking77
def test_no_ticket_comes_from_a_held_out_row_nor_says_the_same_as_one(closed: list[Row]) -> None:
    source = build_tickets.read_lines(BANKING77)
    held = {build_tickets.wording(r["text"]) for n, r in enumerate(source) if n % 5 == 0}
    used = [r for r in closed + lines("tickets_open.jsonl") if r["source"]["dataset"] == "banking77"]
    rows = [row["source"]["row"] for row in used]
    assert len(set(rows)) == len(rows) == 1528
    for row in used:
        original = source[row["source"]["row"]]
        category = row["labels"]["category"] if "labels" in row else row["truth"]["category"]
        assert row["source"]["row"] % 5
        assert original["label"] == category
        assert build_tickets.wording(original["text"]) not in held
        assert build_tickets.wording(original["text"]) in build_tickets.wording(row["body"])


@needs_banking77
def test_building_again_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in build_tickets.build(BANKING77, tmp_path):
        fresh, shipped = ((folder / name).read_bytes() for folder in (tmp_path, DATA))
        assert hashlib.sha256(fresh).digest() == hashlib.sha256(shipped).digest(), name


@pytest.mark.parametrize("day", range(8))
def test_closed_tickets_lie_in_the_past_fourteen_weeks_with_their_weekday_whatever_day_it_is(
    day: int, closed: list[Row]
) -> None:
    now = datetime(2026, 11, 16, 0, 0, tzinfo=UTC) + timedelta(days=day, minutes=601 * day)
    for row in closed:
        start = shift_of(now, row["closed"])
        created, finished = at(start, row["created"]), at(start, row["closed"])
        assert now - timedelta(weeks=14) <= created < finished <= now
        assert (created - next_monday(now)) % timedelta(weeks=1) == -timedelta(
            minutes=row["created"]
        ) % timedelta(weeks=1)


def test_the_notice_names_source_licence_and_change() -> None:
    notice = (DATA / "NOTICE.md").read_text("utf-8")
    for words in ("BANKING77", "PolyAI", "CC BY 4.0", "What was changed"):
        assert words in notice
