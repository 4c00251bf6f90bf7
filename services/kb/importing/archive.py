"""The whole knowledge base as one zip: Markdown with front matter, the images, the section tree.

`kb.json` has the sections and what is known of the files; `articles/ID.LANG.md` is one language of an article, whose
front matter is JSON behind each name, which YAML reads too; `media/ID.END` are the bytes. Nothing is unpacked to disk:
a name that is none of these is refused, and every entry is read up to what it may have.
"""

import asyncio
import re
import zipfile
from collections.abc import Iterator
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import msgspec
import sqlalchemy as sa

from services.common.db import Database
from services.common.errors import DeskError
from services.common.files import Files, sha256
from services.kb.articles import service as articles
from services.kb.contract import ArticleInput, ArticlePatch, State, TranslationInput, Visibility
from services.kb.importing.draft import Unreadable
from services.kb.importing.service import IMPORTER, ImportResult
from services.kb.media.inspect import ENDINGS, LARGEST_VIDEO, inspect
from services.kb.models import article, article_tag, media, section, translation

FORMAT: Final = 1
MOST_ENTRIES: Final = 50_000
LARGEST_TEXT: Final = 3 << 20
LARGEST_INDEX: Final = 32 << 20
LARGEST_ALL: Final = 4 << 30
_ID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_TEXT = re.compile(rf"articles/({_ID})\.([a-z]{{2,3}}(?:-[A-Za-z0-9]{{2,8}})?)\.md")
_FILE = re.compile(rf"media/({_ID})\.(?:{'|'.join(ENDINGS.values())})")
_FRONT = re.compile(r"\A---\n(.*?)\n---\n", re.DOTALL)


class SectionEntry(msgspec.Struct, kw_only=True):
    key: str
    parent: str | None
    position: int
    name: dict[str, str]
    description: dict[str, str] = {}


class FileEntry(msgspec.Struct, kw_only=True):
    id: UUID
    name: str
    alt: str
    type: str


class Index(msgspec.Struct, kw_only=True):
    format: int
    sections: list[SectionEntry]
    files: list[FileEntry]


class Head(msgspec.Struct, kw_only=True):
    """The front matter of one language of an article."""

    title: str
    slug: str
    summary: str = ""
    section: str | None = None
    state: State = "draft"
    visibility: Visibility = "staff"
    faq: bool = False
    tags: list[str] = []
    external_id: str | None = None
    published_at: datetime | None = None


# out


async def export(db: Database, files: Files, target: Path) -> int:
    """Write everything to `target`. Returns how many articles."""
    index, texts, stored = await db.read(_collected)

    def texts_in(archive: zipfile.ZipFile) -> None:
        archive.writestr("kb.json", msgspec.json.format(msgspec.json.encode(index), indent=1))
        for name, text in texts:
            archive.writestr(name, text)

    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        await asyncio.to_thread(texts_in, archive)
        for name, key in stored:
            content = await files.get(key)
            await asyncio.to_thread(archive.writestr, name, content, zipfile.ZIP_STORED)
    return len({name.split(".")[0] for name, _ in texts})


def _collected(conn: sa.Connection) -> tuple[Index, list[tuple[str, str]], list[tuple[str, str]]]:
    sections = conn.execute(sa.select(section).order_by(section.c.key)).all()
    keys = {row.id: row.key for row in sections}
    kept = conn.execute(sa.select(media).order_by(media.c.id)).all()
    index = Index(
        format=FORMAT,
        sections=[
            SectionEntry(
                key=row.key, parent=keys.get(row.parent_id), position=row.position, name=row.name,
                description=row.description,
            )
            for row in sections
        ],
        files=[FileEntry(id=row.id, name=row.name, alt=row.alt, type=row.type) for row in kept],
    )  # fmt: skip
    tags: dict[UUID, list[str]] = {}
    for row in conn.execute(sa.select(article_tag).order_by(article_tag.c.tag)):
        tags.setdefault(row.article_id, []).append(row.tag)
    rows = {row.id: row for row in conn.execute(sa.select(article))}
    order = (translation.c.article_id, translation.c.lang)
    texts = [
        (f"articles/{text.article_id}.{text.lang}.md", _markdown(rows[text.article_id], text, keys, tags))
        for text in conn.execute(sa.select(translation).order_by(*order))
    ]
    return index, texts, [(f"media/{row.id}.{ENDINGS[row.type]}", row.file) for row in kept]


def _markdown(row: Any, text: Any, keys: dict[UUID, str], tags: dict[UUID, list[str]]) -> str:
    head = Head(
        title=text.title, slug=text.slug, summary=text.summary, section=keys.get(row.section_id), state=row.state,
        visibility=row.visibility, faq=row.faq, tags=tags.get(row.id, []), external_id=row.external_id,
        published_at=row.published_at,
    )  # fmt: skip
    lines = [
        f"{name}: {msgspec.json.encode(value).decode()}" for name, value in msgspec.to_builtins(head).items()
    ]
    return "\n".join(["---", *lines, "---", ""]) + text.body_markdown


# in


async def restore(
    db: Database, files: Files, source: Path, now: datetime, *, dry: bool = False
) -> ImportResult:
    """Take an archive back: what is missing is made, what differs is changed, what is equal stays.

    Raises :class:`Unreadable` with a sentence for what is no archive of ours, or wants too much.
    """
    try:
        with zipfile.ZipFile(source) as archive:
            _measured(archive)
            index = _index(archive)
            groups = await asyncio.to_thread(_texts, archive)
            result = ImportResult(problems=[text for text in groups.pop(None, []) if isinstance(text, str)])
            if dry:
                result.created = len(groups)
                return result
            await db.write(lambda conn: _sections(conn, index))
            for entry in index.files:
                await _file(db, files, archive, entry, now, result)
    except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError, RuntimeError) as error:
        raise Unreadable("is no zip that can be read") from error
    for article_id, found in groups.items():
        result.add(await db.write(partial(_article, article_id=article_id, found=found, now=now)))
    return result


def _measured(archive: zipfile.ZipFile) -> None:
    entries = archive.infolist()
    if len(entries) > MOST_ENTRIES or sum(entry.file_size for entry in entries) > LARGEST_ALL:
        raise Unreadable("is larger than a knowledge base can be")
    for entry in entries:
        name = entry.filename
        if name != "kb.json" and not _TEXT.fullmatch(name) and not _FILE.fullmatch(name):
            raise Unreadable(f"has an entry that no export writes: {name[:80]!r}")


def _read(archive: zipfile.ZipFile, name: str, most: int) -> bytes:
    """An entry up to its limit: what its head says of its size is not believed."""
    with archive.open(name) as entry:
        content = entry.read(most + 1)
    if len(content) > most:
        raise Unreadable(f"has an entry that is too large: {name}")
    return content


def _index(archive: zipfile.ZipFile) -> Index:
    try:
        index = msgspec.json.decode(_read(archive, "kb.json", LARGEST_INDEX), type=Index)
    except (KeyError, msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise Unreadable("has no kb.json of an export") from error
    if index.format != FORMAT:
        raise Unreadable(f"has the format {index.format}; this version reads {FORMAT}")
    return index


def _texts(archive: zipfile.ZipFile) -> dict[Any, list[Any]]:
    """Languages by article; under None sentences about what cannot be read."""
    groups: dict[Any, list[Any]] = {}
    for name in sorted(archive.namelist()):
        if (match := _TEXT.fullmatch(name)) is None:
            continue
        try:
            head, body = parsed(_read(archive, name, LARGEST_TEXT).decode("utf-8"))
            groups.setdefault(UUID(match[1]), []).append((match[2], head, body))
        except (Unreadable, msgspec.MsgspecError, UnicodeDecodeError) as error:
            groups.setdefault(None, []).append(f"{name}: {error}")
    return groups


def parsed(text: str) -> tuple[Head, str]:
    """Front matter and body. Raises :class:`Unreadable` or `msgspec.MsgspecError`."""
    match = _FRONT.match(text)
    if match is None:
        raise Unreadable("has no front matter")
    pairs = (line.partition(": ") for line in match[1].split("\n"))
    values = {name: msgspec.json.decode(value) for name, _, value in pairs}
    return msgspec.convert(values, Head), text[match.end() :]


def _sections(conn: sa.Connection, index: Index) -> None:
    from services.common.ids import uuid7

    known = {row.key: row.id for row in conn.execute(sa.select(section.c.key, section.c.id))}
    for entry in _parents_first(index.sections):
        values = {
            "parent_id": known.get(entry.parent or ""), "position": entry.position, "name": entry.name,
            "description": entry.description,
        }  # fmt: skip
        if entry.key in known:
            conn.execute(section.update().where(section.c.key == entry.key).values(**values))
        else:
            known[entry.key] = uuid7()
            conn.execute(section.insert().values(id=known[entry.key], key=entry.key, **values))


def _parents_first(entries: list[SectionEntry]) -> Iterator[SectionEntry]:
    left, done = list(entries), set[str | None]([None])
    while left:
        ready = [entry for entry in left if entry.parent in done]
        if not ready:
            raise Unreadable("has sections that lie inside each other")
        yield from ready
        done |= {entry.key for entry in ready}
        left = [entry for entry in left if entry.key not in done]


async def _file(
    db: Database,
    files: Files,
    archive: zipfile.ZipFile,
    entry: FileEntry,
    now: datetime,
    result: ImportResult,
) -> None:
    """Take a file in by what its bytes are, as if an author had sent it."""
    there = sa.select(media.c.id).where(media.c.id == entry.id)
    if await db.read(lambda conn: conn.execute(there).first()) is not None:
        return
    name = f"media/{entry.id}.{ENDINGS.get(entry.type, '')}"
    try:
        content = await asyncio.to_thread(_read, archive, name, LARGEST_VIDEO)
        shape = inspect(content)
    except (KeyError, DeskError) as error:
        result.problems.append(f"{name}: {error}")
        return
    row = {
        "id": entry.id, "kind": shape.kind, "type": shape.type, "name": entry.name[:200], "alt": entry.alt[:500],
        "size": len(content), "width": shape.width, "height": shape.height, "sha256": sha256(content),
        "file": await files.put(content), "created_by": IMPORTER.id, "created_at": now,
    }  # fmt: skip
    await db.write(lambda conn: conn.execute(media.insert(), row) and None)


def _article(conn: sa.Connection, article_id: UUID, found: list[Any], now: datetime) -> ImportResult:
    with conn.begin_nested() as savepoint:
        try:
            return _stored(conn, article_id, found, now)
        except DeskError as error:
            savepoint.rollback()
            wrong = "; ".join(f"{e.field} {e.message}" for e in error.errors) or str(error)
            return ImportResult(problems=[f"{found[0][1].title}: {wrong}"])


def _stored(conn: sa.Connection, article_id: UUID, found: list[Any], now: datetime) -> ImportResult:
    head: Head = found[0][1]
    texts = {
        lang: TranslationInput(title=one.title, body_markdown=body, summary=one.summary, slug=one.slug)
        for lang, one, body in found
    }
    key = sa.select(section.c.id).where(section.c.key == (head.section or ""))
    values: dict[str, Any] = {
        "section": conn.execute(key).scalar(), "state": head.state, "visibility": head.visibility, "faq": head.faq,
        "tags": head.tags,
    }  # fmt: skip
    row = conn.execute(sa.select(article).where(article.c.id == article_id)).first()
    if row is None:
        given = ArticleInput(translations=texts, external_id=head.external_id, **values)
        articles.create(conn, IMPORTER, given, now, article_id=article_id)
        if head.published_at is not None:
            here = article.update().where(article.c.id == article_id)
            conn.execute(here.values(published_at=head.published_at))
        return ImportResult(created=1)
    if _same(conn, row, texts, values):
        return ImportResult(unchanged=1)
    patch = ArticlePatch(version=row.version, translations={**texts}, **values)
    articles.update(conn, IMPORTER, article_id, patch, now)
    return ImportResult(updated=1)


def _same(conn: sa.Connection, row: Any, texts: dict[str, TranslationInput], values: dict[str, Any]) -> bool:
    tags = conn.execute(sa.select(article_tag.c.tag).where(article_tag.c.article_id == row.id)).scalars()
    here = conn.execute(sa.select(translation).where(translation.c.article_id == row.id))
    known = {t.lang: (t.title, t.body_markdown, t.summary, t.slug) for t in here}
    wanted = {lang: (t.title, t.body_markdown, t.summary, t.slug) for lang, t in texts.items()}
    now = (row.section_id, row.state, row.visibility, row.faq, sorted(tags))
    then = (values["section"], values["state"], values["visibility"], values["faq"], sorted(values["tags"]))
    return now == then and all(known.get(lang) == text for lang, text in wanted.items())
