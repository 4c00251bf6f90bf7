"""JSON Lines: one language of one article a line.

`title` is required; `text` or `body_markdown` (Markdown) or `html`, `id`, `lang`, `slug`, `summary`, `section`,
`tags`, `state`, `visibility` and `faq` may be there. Lines that share `id` are languages of one article.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import msgspec
from lxml import html as lxml_html  # type: ignore[import-untyped]
from msgspec import Struct

from services.common.text import excerpt
from services.kb.contract import State, TranslationInput, Visibility
from services.kb.importing.draft import Draft, Unreadable
from services.kb.importing.html import to_markdown


class Record(Struct, kw_only=True):
    """A line of the file; fields that it does not name are left out of the import."""

    title: str
    text: str = ""
    body_markdown: str | None = None
    html: str | None = None
    id: str | int | None = None
    lang: str | None = None
    slug: str | None = None
    summary: str | None = None
    section: str | None = None
    tags: list[str] = []
    state: State = "published"
    visibility: Visibility = "public"
    faq: bool = False


def read(path: Path, default_lang: str) -> Iterator[Draft | Unreadable]:
    """The drafts of a file; a line that is none becomes its reason."""
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if not line.strip():
                continue
            try:
                record = msgspec.json.decode(line, type=Record)
            except (msgspec.MsgspecError, UnicodeDecodeError) as error:
                yield Unreadable(f"line {number}: {error}")
                continue
            yield draft(record, f"{path.stem}:{number}", default_lang)


def draft(record: Record, fallback_key: str, default_lang: str) -> Draft:
    """A record as a draft."""
    title = record.title.strip() or excerpt(record.text, length=80) or str(record.id or fallback_key)
    return Draft(
        key=str(record.id) if record.id is not None else fallback_key,
        lang=(record.lang or default_lang).replace("_", "-"),
        text=TranslationInput(title=title, body_markdown=_body(record), summary=record.summary, slug=record.slug),
        section=tuple(part.strip() for part in (record.section or "").split("/") if part.strip()),
        tags=tuple(record.tags), state=record.state, visibility=record.visibility, faq=record.faq,
    )  # fmt: skip


def _body(record: Record) -> str:
    if record.body_markdown is not None:
        return record.body_markdown
    if record.html:
        return to_markdown(lxml_html.fragment_fromstring(record.html, create_parent="div"))
    return plain(record.title, record.text)


def plain(title: str, text: str) -> str:
    """Plain text as Markdown: nothing in it is markup, and a title that it repeats at its head is dropped."""
    text = text.removeprefix("\ufeff").strip()
    if text.startswith(title):
        text = text[len(title) :].strip()
    escaped = re.sub(r"([\\`*_\[\]<>#|~&])", r"\\\1", text)
    escaped = re.sub(r"^([ \t]*)([-+=>])", r"\1\\\2", escaped, flags=re.MULTILINE)
    return re.sub(r"^([ \t]*\d+)([.)])", r"\1\\\2", escaped, flags=re.MULTILINE)
