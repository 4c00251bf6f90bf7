"""Reading Markdown, HTML and JSON Lines into drafts."""

from pathlib import Path

import pytest

from services.kb.importing.draft import Draft, Unreadable
from services.kb.importing.jsonl import plain
from services.kb.importing.markdown import front_matter
from services.kb.importing.service import drafts, grouped
from services.kb.passages.markdown import plain_text


def read(folder: Path, **files: str | bytes) -> list[Draft | Unreadable]:
    for name, content in files.items():
        path = folder / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return list(drafts(folder))


def only(found: list[Draft | Unreadable]) -> Draft:
    assert len(found) == 1
    assert isinstance(found[0], Draft), found[0]
    return found[0]


FRONT = """---
title: "Activate your card"
lang: en
slug: activate
section: Cards / New
tags: [card, "how to"]
faq: true
visibility: customers
state: draft
---

Open the *app*.
"""


def test_front_matter_says_what_an_article_is(tmp_path: Path) -> None:
    draft = only(read(tmp_path, **{"a.md": FRONT}))
    assert (draft.text.title, draft.text.slug, draft.lang) == ("Activate your card", "activate", "en")
    assert (draft.section, draft.tags, draft.faq) == (("Cards", "New"), ("card", "how to"), True)
    assert (draft.visibility, draft.state) == ("customers", "draft")
    assert draft.text.body_markdown == "Open the *app*.\n"


def test_lists_may_stand_in_lines_and_windows_ends_are_read(tmp_path: Path) -> None:
    text = "---\r\ntitle: A\r\ntags:\r\n  - one\r\n  - two\r\n---\r\nBody\r\n"
    assert only(read(tmp_path, **{"a.md": text})).tags == ("one", "two")


def test_without_front_matter_the_first_heading_is_the_title(tmp_path: Path) -> None:
    draft = only(read(tmp_path, **{"a.md": "# Lost card\n\nFreeze it."}))
    assert (draft.text.title, draft.text.body_markdown) == ("Lost card", "Freeze it.")


@pytest.mark.req(130)
def test_languages_of_one_article_meet_by_name_or_folder(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        **{"en__card.md": "# Card", "es__card.md": "# Tarjeta", "fee.es.md": "# C", "fee.en.md": "# F"},
    )
    groups = grouped(item for item in found if isinstance(item, Draft))
    assert sorted(sorted(draft.lang for draft in group) for group in groups) == [["en", "es"], ["en", "es"]]


def test_a_file_that_is_no_text_or_has_an_unknown_state_is_named(tmp_path: Path) -> None:
    found = read(tmp_path, **{"a.md": b"\xff\xfe\x00bad", "b.md": "---\ntitle: B\nstate: secret\n---\n"})
    assert [str(item).split(":")[0] for item in found] == ["a.md", "b.md"]


HTML = """<!doctype html><html lang="es-ES"><head><title>x</title><script>alert(1)</script></head><body>
<nav>menu</nav><main><h1>Tarjeta perdida</h1><p>Pulse <b>Bloquear</b> en la <a href="https://a.test/x y">app</a>.</p>
<h2>Después</h2><ol><li>Uno</li><li>Dos<ul><li>Dentro</li></ul></li></ol>
<table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2 | 3</td></tr></table><pre>x &lt; y</pre>
<p onclick="x()">2 * 3 _literal_</p></main></body></html>"""


def test_a_page_becomes_markdown_with_its_structure(tmp_path: Path) -> None:
    draft = only(read(tmp_path, **{"card.html": HTML}))
    body = draft.text.body_markdown
    assert (draft.text.title, draft.lang) == ("Tarjeta perdida", "es")
    assert "Pulse **Bloquear** en la [app](https://a.test/x%20y)." in body
    assert "## Después" in body
    assert "1. Uno\n2. Dos" in body
    assert "| a | b |\n| --- | --- |\n| 1 | 2 \\| 3 |" in body
    assert "```\nx < y\n```" in body
    assert "alert" not in body
    assert "menu" not in body
    assert "2 * 3 _literal_" in plain_text(body)


def test_a_page_in_an_old_charset_is_read(tmp_path: Path) -> None:
    page = (
        '<html><head><meta charset="iso-8859-1"></head><body><h1>Año</h1><p>Señal</p></body></html>'.encode(
            "latin-1"
        )
    )
    assert only(read(tmp_path, **{"a.html": page})).text.title == "Año"


def test_deeply_nested_html_ends(tmp_path: Path) -> None:
    draft = only(read(tmp_path, **{"a.html": "<div>" * 3000 + "deep" + "</div>" * 3000}))
    assert draft.lang == "en"


def test_records_are_languages_of_one_article_by_their_id(tmp_path: Path) -> None:
    first = '{"id": 7, "lang": "en", "title": "Card", "text": "Freeze"}\n\n'
    lines = first + '{"id": 7, "lang": "es", "title": "Tarjeta"}\n{"no": 1}\n'
    found = read(tmp_path, **{"a.jsonl": lines})
    assert [draft.lang for draft in grouped(item for item in found if isinstance(item, Draft))[0]] == [
        "en",
        "es",
    ]
    assert str(found[-1]).startswith("a.jsonl: line 4")


def test_plain_text_of_a_record_is_not_taken_for_markup() -> None:
    text = "Title\n# not a heading\n1. not a list\n*stars* <b>tags</b> [x](y) a_b `c`"
    assert plain_text(plain("Title", text)).split() == text.removeprefix("Title").split()


def test_hidden_files_and_notices_are_left_out(tmp_path: Path) -> None:
    assert read(tmp_path, **{".git__a.md": "# A", "README.md": "# R", "x.txt": "no"}) == []


def test_front_matter_that_never_ends_is_text() -> None:
    assert front_matter("---\ntitle: A\nbody")[0] == {}
