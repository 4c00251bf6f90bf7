"""Writing imported articles: idempotent by key, in slices, without losing what people changed since."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from uuid import UUID

import sqlalchemy as sa
from msgspec import UNSET, Struct

from services.common.errors import DeskError
from services.common.http import Actor
from services.common.ids import uuid7
from services.kb.articles import service as articles
from services.kb.articles.slug import slugify
from services.kb.contract import ArticleInput, ArticlePatch
from services.kb.importing import html, jsonl, markdown
from services.kb.importing.draft import Draft, Unreadable
from services.kb.models import article, section, translation

IMPORTER = Actor(
    id="import", kind="service", roles=("service",), scopes=("kb:read", "kb:write", "internal"), name="Import"
)
SUFFIXES = {".md": markdown.read, ".markdown": markdown.read, ".html": html.read, ".htm": html.read}


class ImportResult(Struct, kw_only=True):
    """What an import did. `problems` are sentences that name a file or line and say what is wrong with it."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    problems: list[str] = []

    def add(self, other: "ImportResult") -> None:
        """Sum up."""
        self.created += other.created
        self.updated += other.updated
        self.unchanged += other.unchanged
        self.problems.extend(other.problems)


def drafts(path: Path, default_lang: str = "en") -> Iterator[Draft | Unreadable]:
    """Every draft below a path: one file, or a folder of files of any of the formats."""
    root = path if path.is_dir() else path.parent
    for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
        suffix = file.suffix.lower()
        if not file.is_file() or any(part.startswith(".") for part in file.relative_to(root).parts):
            continue
        if suffix in (".jsonl", ".ndjson"):
            for found in jsonl.read(file, default_lang):
                yield Unreadable(f"{file.name}: {found}") if isinstance(found, Unreadable) else found
        elif suffix in SUFFIXES and file.name.lower() not in ("readme.md", "notice.md"):
            try:
                yield SUFFIXES[suffix](file, root, default_lang)
            except (Unreadable, OSError) as error:
                yield Unreadable(f"{file.relative_to(root)}: {error}")


def grouped(found: Iterable[Draft]) -> list[list[Draft]]:
    """Drafts by article, in the order of their first appearance."""
    groups: dict[str, list[Draft]] = {}
    for draft in found:
        groups.setdefault(draft.key, []).append(draft)
    return list(groups.values())


def write(
    conn: sa.Connection, group: list[Draft], now: datetime, source: str, actor: Actor = IMPORTER
) -> ImportResult:
    """Store one article with its languages. The same import again changes only what differs.

    Each article is a savepoint of its own: one that is refused leaves the others be.
    """
    with conn.begin_nested() as savepoint:
        try:
            return _write(conn, group, now, source, actor)
        except DeskError as error:
            savepoint.rollback()
            wrong = "; ".join(f"{e.field} {e.message}" for e in error.errors) or str(error)
            return ImportResult(problems=[f"{group[0].key}: {wrong}"])


def _write(conn: sa.Connection, group: list[Draft], now: datetime, source: str, actor: Actor) -> ImportResult:
    head = group[0]
    external_id = f"{source}:{head.key}"[:300]
    texts = {draft.lang: draft.text for draft in group}
    section_id = _section(conn, head) if head.section else None
    row = conn.execute(sa.select(article).where(article.c.external_id == external_id)).first()
    if row is None:
        given = ArticleInput(
            translations=texts, section=section_id, state=head.state, visibility=head.visibility, faq=head.faq,
            tags=list(head.tags), external_id=external_id,
        )  # fmt: skip
        articles.create(conn, actor, given, now)
        return ImportResult(created=1)
    known = {
        text.lang: text
        for text in conn.execute(sa.select(translation).where(translation.c.article_id == row.id))
    }
    changed = {
        lang: text
        for lang, text in texts.items()
        if lang not in known
        or (known[lang].title, known[lang].body_markdown) != (text.title, text.body_markdown)
    }
    if not changed:
        return ImportResult(unchanged=1)
    patch = ArticlePatch(version=row.version, translations=dict(changed), section=section_id or UNSET)
    articles.update(conn, actor, row.id, patch, now)
    return ImportResult(updated=1)


def _section(conn: sa.Connection, draft: Draft) -> UUID | None:
    """The section that a draft names, made where it is missing; its key is the path of slugs."""
    parent: UUID | None = None
    path = ""
    for name in draft.section:
        path = f"{path}-{slugify(name)}".strip("-")[:100]
        found = conn.execute(sa.select(section.c.id).where(section.c.key == path)).scalar()
        if found is None:
            found = uuid7()
            names = (
                draft.section_names
                if draft.section_names and name == draft.section[-1]
                else {draft.lang: name}
            )
            count = conn.execute(sa.select(sa.func.count()).select_from(section)).scalar_one()
            conn.execute(section.insert().values(
                id=found, key=path, parent_id=parent, position=count, name=names, description={},
            ))  # fmt: skip
        parent = found
    return parent
