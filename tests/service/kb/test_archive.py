"""The knowledge base as one file, and back without losing a letter."""

import json
import zipfile
from pathlib import Path

import pytest

from services.common.errors import Forbidden
from services.kb.contract import Article, SectionInput
from services.kb.importing import archive
from services.kb.importing.draft import Unreadable
from tests.service.kb.bench import Bench
from tests.unit.kb.test_media import png


async def filled(kb: Bench) -> tuple[Article, bytes]:
    """Articles in all states with everything that may go wrong in a text file, and an image."""
    cards = await kb.client.create_section(
        SectionInput(key="cards", name={"en": "Cards", "es": "Tarjetas"}), token=kb.agent
    )
    image = await kb.client.upload(png(3, 2), name="a.png", alt='A "b"', token=kb.agent)
    body = f"---\ntitle: no\n---\n\n# ¿Sí? \u00e9\n\n![x]({image.path})\n\n  trailing  "
    made = await kb.article(
        'Title: "quoted" \\ #1', body, section=cards.id, faq=True, tags=["a, b", "ñ"], visibility="customers",
        index=False, also={"es": ("Título", "Línea 1\n\n---\n\nLínea 2")},
    )  # fmt: skip
    await kb.article("Draft", "x", state="draft", external_id="wiki:1", index=False)
    await kb.article("Old", "", state="archived", index=False)
    return made, png(3, 2)


def entries(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as found:
        return {name: found.read(name) for name in found.namelist()}


@pytest.mark.req(91)
async def test_what_was_exported_comes_back_letter_by_letter(kb: Bench, tmp_path: Path) -> None:
    made, image = await filled(kb)
    first, again = tmp_path / "first.zip", tmp_path / "again.zip"
    assert await archive.export(kb.service.db, kb.desk.files, first) == 3
    now = kb.clock.now()
    same = await archive.restore(kb.service.db, kb.desk.files, first, now)
    assert (same.created, same.updated, same.unchanged, same.problems) == (0, 0, 3, [])
    for row in (await kb.client.articles(token=kb.agent)).items:
        await kb.client.delete(row.id, token=kb.agent)
    back = await archive.restore(kb.service.db, kb.desk.files, first, now)
    assert (back.created, back.problems) == (3, [])
    after = await kb.client.article(made.id, token=kb.agent)
    assert {lang: t.body_markdown for lang, t in after.translations.items()} == {
        lang: t.body_markdown for lang, t in made.translations.items()
    }
    assert (after.tags, after.faq, after.visibility, after.section) == (
        made.tags,
        True,
        "customers",
        made.section,
    )
    await archive.export(kb.service.db, kb.desk.files, again)
    assert entries(again) == entries(first)
    assert image in entries(again).values()


async def test_an_empty_desk_takes_an_archive_with_its_images(kb: Bench, start, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    await filled(kb)
    path = tmp_path / "kb.zip"
    await archive.export(kb.service.db, kb.desk.files, path)
    from services.kb.models import media, media_use, section

    await kb.service.db.write(lambda conn: [conn.execute(t.delete()) for t in (media_use, media)] and None)
    dry = await archive.restore(kb.service.db, kb.desk.files, path, kb.clock.now(), dry=True)
    assert (dry.created, await kb.client.media(token=kb.agent)) == (3, [])
    await archive.restore(kb.service.db, kb.desk.files, path, kb.clock.now())
    (image,) = await kb.client.media(token=kb.agent)
    assert (image.alt, image.width) == ('A "b"', 3)
    assert (await kb.client.file(image.id, token=kb.agent)).content == png(3, 2)
    assert len(await kb.rows(section.select())) == 1


@pytest.mark.hard("S-03", "S-08")
@pytest.mark.parametrize(
    "name",
    [
        "../../etc/passwd",
        "/etc/passwd",
        "articles/../../x.md",
        "media/..%2fx.png",
        "articles\\x.md",
        "x.html",
    ],
)
async def test_an_entry_that_no_export_writes_is_refused(kb: Bench, tmp_path: Path, name: str) -> None:
    path = tmp_path / "kb.zip"
    with zipfile.ZipFile(path, "w") as target:
        target.writestr("kb.json", '{"format":1,"sections":[],"files":[]}')
        target.writestr(name, "x")
    with pytest.raises(Unreadable):
        await archive.restore(kb.service.db, kb.desk.files, path, kb.clock.now())


@pytest.mark.hard("S-03")
async def test_a_zip_that_grows_without_end_is_refused(kb: Bench, tmp_path: Path) -> None:
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        target.writestr("kb.json", b" " * (40 << 20))
    with pytest.raises(Unreadable):
        await archive.restore(kb.service.db, kb.desk.files, path, kb.clock.now())
    assert path.stat().st_size < 100_000
    path.write_bytes(b"no zip")
    with pytest.raises(Unreadable):
        await archive.restore(kb.service.db, kb.desk.files, path, kb.clock.now())


@pytest.mark.hard("S-08")
async def test_bytes_in_an_archive_are_what_they_are_and_not_what_it_says(kb: Bench, tmp_path: Path) -> None:
    path, one = tmp_path / "kb.zip", "0197f000-0000-7000-8000-000000000001"
    with zipfile.ZipFile(path, "w") as target:
        file = {"id": one, "name": "a", "alt": "b", "type": "image/png"}
        target.writestr("kb.json", json.dumps({"format": 1, "sections": [], "files": [file]}))
        target.writestr(f"media/{one}.png", "<script>alert(1)</script>")
        target.writestr(f"articles/{one}.en.md", "no front matter")
    found = await archive.restore(kb.service.db, kb.desk.files, path, kb.clock.now())
    assert len(found.problems) == 2
    assert await kb.client.media(token=kb.agent) == []


async def test_the_archive_is_for_admins(kb: Bench, tmp_path: Path) -> None:
    await kb.article("Fees", "x", index=False)
    with pytest.raises(Forbidden):
        await kb.client.archive(token=kb.agent)
    path = tmp_path / "kb.zip"
    path.write_bytes(await kb.client.archive(token=kb.token("admin", person="boss")))
    assert any(name.endswith(".en.md") for name in entries(path))


@pytest.mark.req(99)
async def test_the_numbers_of_an_article_are_of_the_period(kb: Bench) -> None:
    from datetime import timedelta

    from services.kb.contract import FeedbackInput

    made = await kb.article("Fees", "x", index=False)
    other = await kb.article("Terms", "x", also={"es": ("Condiciones", "x")}, index=False)
    for _ in range(3):
        await kb.client.page("en", "fees", token=kb.customer)
    await kb.client.feedback(made.id, FeedbackInput(helpful=True), token=kb.customer)
    kb.clock.advance(timedelta(days=40))
    await kb.client.page("en", "fees", token=kb.customer)
    await kb.client.page("en", "fees", token=kb.agent)
    await kb.client.feedback(made.id, FeedbackInput(helpful=False), token=kb.token("customer", person="c2"))
    rows = {row.id: row for row in await kb.client.article_numbers(days=30, token=kb.agent)}
    assert (rows[made.id].views, rows[made.id].helpful, rows[made.id].unhelpful) == (1, 0, 1)
    assert rows[other.id].views == 0
    rows = {row.id: row for row in await kb.client.article_numbers(days=90, token=kb.agent)}
    assert (rows[made.id].views, rows[made.id].helpful, rows[made.id].unhelpful) == (4, 1, 1)
    with pytest.raises(Forbidden):
        await kb.client.article_numbers(token=kb.customer)


async def test_sections_are_moved_and_never_into_themselves(kb: Bench) -> None:
    from services.kb.contract import SectionMove
    from services.kb.errors import InvalidSection

    a, b, c = [
        await kb.client.create_section(SectionInput(key=key, name={"en": key}, position=n), token=kb.agent)
        for n, key in enumerate(("a", "b", "c"))
    ]

    async def tree() -> list[tuple[str, list[str]]]:
        found = await kb.client.sections(token=kb.agent)
        return [(node.key, [child.key for child in node.children]) for node in found]

    await kb.client.move_section(c.id, SectionMove(place=0), token=kb.agent)
    assert await tree() == [("c", []), ("a", []), ("b", [])]
    await kb.client.move_section(b.id, SectionMove(parent=a.id, place=0), token=kb.agent)
    assert await tree() == [("c", []), ("a", ["b"])]
    with pytest.raises(InvalidSection):
        await kb.client.move_section(a.id, SectionMove(parent=b.id), token=kb.agent)
    with pytest.raises(Forbidden):
        await kb.client.move_section(a.id, SectionMove(), token=kb.customer)
