"""English and Spanish are equals: every string is there, and the language follows the person."""

import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from services.portal.build import LOCALE, gather_messages
from services.portal.web.i18n import Writer, negotiate, pick
from tests.service.portal.fakes import NOW
from tests.service.portal.rig import Rig


@pytest.mark.req(87)
def test_every_string_has_its_spanish() -> None:
    with (LOCALE / "es/LC_MESSAGES/messages.po").open("rb") as file:
        catalogue = read_po(file, locale="es")
    texts = [(m.id, m.string) for m in catalogue if m.id]
    missing = [key for key, text in texts if not (all(text) if isinstance(text, (tuple, list)) else text)]
    assert texts
    assert missing == []


def test_placeholders_survive_translation() -> None:
    with (LOCALE / "es/LC_MESSAGES/messages.po").open("rb") as file:
        catalogue = read_po(file, locale="es")
    for message in catalogue:
        ids = message.id if isinstance(message.id, (tuple, list)) else [message.id]
        strings = message.string if isinstance(message.string, (tuple, list)) else [message.string]
        if message.id:
            wanted = set(re.findall(r"%\(\w+\)[sd]", ids[-1]))
            assert all(set(re.findall(r"%\(\w+\)[sd]", s)) == wanted for s in strings), message.id


def test_the_catalogues_hold_what_templates_and_code_say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = {lang: (LOCALE / lang / "LC_MESSAGES/messages.po").read_bytes() for lang in ("en", "es")}
    try:
        gather_messages()
        with (LOCALE / "es/LC_MESSAGES/messages.po").open("rb") as file:
            now = {m.id if isinstance(m.id, str) else tuple(m.id) for m in read_po(file, locale="es")}
    finally:
        for lang, content in kept.items():
            (LOCALE / lang / "LC_MESSAGES/messages.po").write_bytes(content)
    with (LOCALE / "es/LC_MESSAGES/messages.po").open("rb") as file:
        stored = {m.id if isinstance(m.id, str) else tuple(m.id) for m in read_po(file, locale="es")}
    assert now == stored


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("es-MX,es;q=0.9,en;q=0.8", "es"),
        ("fr,de;q=0.5", "en"),
        ("en;q=0.2,es;q=0.9", "es"),
        ("", "en"),
        ("x;q=y,,", "en"),
        ("es" * 500, "en"),
    ],
)
def test_the_browser_says_which_language(header: str, language: str) -> None:
    assert negotiate(header) == language


def test_a_name_falls_back_to_english_and_then_to_whatever_there_is() -> None:
    assert pick({"en": "Cards", "es": "Tarjetas"}, "es") == "Tarjetas"
    assert pick({"en": "Cards"}, "es") == "Cards"
    assert pick({"pt": "Cartões"}, "es") == "Cartões"
    assert pick({}, "es") == ""


def test_numbers_and_times_are_written_as_each_language_does() -> None:
    english, spanish = Writer("en"), Writer("es")
    assert english.number(12345.5) == "12,345.5"
    assert spanish.number(12345.5) == "12.345,5"
    assert spanish.percent(0.931, 1) == "93,1\u202f%"
    assert english.percent(None) == "–"
    assert english.percent(0.999) == "99.9\u202f%"
    assert english.ago_short(NOW, NOW) == "1m"


@pytest.mark.req(87)
async def test_the_page_speaks_the_browsers_language_until_a_person_chooses(rig: Rig) -> None:
    spanish = {"Accept-Language": "es-ES"}
    assert "¿En qué podemos ayudarle?" in (await rig.http.get("/", headers=spanish)).text
    await rig.post("/preferences", {"locale": "en", "next": "/"})
    assert "How can we help?" in (await rig.http.get("/", headers=spanish)).text


async def test_the_appearance_is_kept_and_a_strange_one_ignored(rig: Rig) -> None:
    await rig.post("/preferences", {"theme": "dark", "next": "//evil.example"})
    assert 'data-theme="dark"' in (await rig.http.get("/")).text
    answer = await rig.post("/preferences", {"theme": '"><script>', "locale": "xx", "next": "/help"})
    assert answer.headers["location"] == "/help"
    assert 'data-theme="dark"' in (await rig.http.get("/")).text


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/requests/new",
        "/requests",
        "/requests/1042",
        "/agent/tickets/1040",
        "/agent/tickets/1042/help",
        "/admin",
        "/admin/models",
        "/admin/models/watch",
        "/admin/models/rules",
        "/admin/models/what-if?days=30",
        "/admin/people",
        "/admin/articles",
        "/admin/articles/new",
        "/admin/dead-letters",
        "/sign-in/link",
        "/nope",
    ],
)
async def test_no_english_stands_on_a_spanish_page(admin: Rig, path: str) -> None:
    with (LOCALE / "es/LC_MESSAGES/messages.po").open("rb") as file:
        catalogue = read_po(file, locale="es")
    english = {
        m.id
        for m in catalogue
        if isinstance(m.id, str) and m.id != m.string and " " in m.id and "%" not in m.id
    }
    await admin.post("/preferences", {"locale": "es"})
    page = (await admin.http.get(path)).text
    text = {re.sub(r"\s+", " ", part).strip() for part in re.findall(r">([^<>]+)<", page)}
    assert text & english == set()
