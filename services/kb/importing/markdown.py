"""Markdown files with front matter.

Front matter is `name: value` lines between two lines of `---`: `title, lang, slug, summary, section, tags, state,
visibility, faq, key`. Lists are `[a, b]`, or lines that begin with `- `. Nothing else of YAML is read, so nothing
in a file can be anything but text.
"""

import re
from pathlib import Path

from services.kb.contract import TranslationInput
from services.kb.importing.draft import Draft, Unreadable
from services.kb.models.articles import STATES, VISIBILITIES

_FENCE = re.compile(r"\A---[ \t]*\n(.*?)\n---[ \t]*(?:\n|\Z)", re.DOTALL)
_LANG_PART = re.compile(r"[a-z]{2}(?:[-_][A-Za-z]{2})?")


def read(path: Path, root: Path, default_lang: str) -> Draft:
    """A file as a draft. Raises :class:`Unreadable`.

    The language is the front matter's, else that of the name (`reset.es.md`) or of a folder (`es/reset.md`).
    Files of one name in different languages are one article.
    """
    try:
        text = path.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable("is not UTF-8") from error
    fields, body = front_matter(text.replace("\r\n", "\n"))
    title, body = _title(fields, body, path)
    state, visibility = str(fields.get("state", "published")), str(fields.get("visibility", "public"))
    if state not in STATES or visibility not in VISIBILITIES:
        raise Unreadable(f"has an unknown state or visibility: {state}, {visibility}")
    section = fields.get("section", "")
    return Draft(
        key=str(fields.get("key") or fields.get("id") or key_of(path, root)),
        lang=str(
            fields.get("lang") or fields.get("language") or language_of(path, root) or default_lang
        ).replace("_", "-"),
        text=TranslationInput(
            title=title, body_markdown=body, summary=str(fields["summary"]) if fields.get("summary") else None,
            slug=str(fields["slug"]) if fields.get("slug") else None,
        ),
        section=tuple(part.strip() for part in str(section).split("/") if part.strip()),
        tags=_list(fields.get("tags", [])),
        state=state,  # type: ignore[arg-type]
        visibility=visibility,  # type: ignore[arg-type]
        faq=str(fields.get("faq", "")).lower() in ("true", "yes", "1"),
    )  # fmt: skip


def front_matter(text: str) -> tuple[dict[str, str | list[str]], str]:
    """The fields at the head of a text, and the rest of it."""
    match = _FENCE.match(text)
    if match is None:
        return {}, text
    fields: dict[str, str | list[str]] = {}
    name = ""
    for line in match[1].split("\n"):
        if re.match(r"[ \t]*-[ \t]+", line) and name:
            value = fields[name]
            items = value if isinstance(value, list) else []
            fields[name] = [*items, _unquoted(line.strip()[1:])]
        elif ":" in line and not line[:1].isspace() and not line.startswith("#"):
            name, _, raw = line.partition(":")
            name = name.strip().lower()
            fields[name] = _value(raw.strip())
    return fields, text[match.end() :]


def _value(raw: str) -> str | list[str]:
    if raw.startswith("[") and raw.endswith("]"):
        return [item for item in (_unquoted(part) for part in raw[1:-1].split(",")) if item]
    return _unquoted(raw)


def _unquoted(text: str) -> str:
    text = text.strip()
    if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'":
        return text[1:-1]
    return text


def _list(value: str | list[str]) -> tuple[str, ...]:
    items = value.split(",") if isinstance(value, str) else value
    return tuple(item.strip() for item in items if item.strip())


def _title(fields: dict[str, str | list[str]], body: str, path: Path) -> tuple[str, str]:
    """The front matter's title, or the first heading, which then leaves the body; else the file's name."""
    given = str(fields.get("title") or "")
    heading = re.match(r"\s*#[ \t]+(.+?)[ \t]*#*[ \t]*(?:\n|\Z)", body)
    if heading and (not given or heading[1].strip() == given):
        return given or heading[1].strip(), body[heading.end() :].lstrip("\n")
    name = path.name.split(".")[0]
    return given or name.replace("-", " ").replace("_", " ").strip().capitalize(), body.lstrip("\n")


def language_of(path: Path, root: Path) -> str | None:
    """The language that a file's name or folder tells."""
    pieces = path.name.split(".")
    if len(pieces) > 2 and _LANG_PART.fullmatch(pieces[-2]):
        return pieces[-2]
    for folder in reversed(path.relative_to(root).parts[:-1]):
        if _LANG_PART.fullmatch(folder):
            return folder
    return None


def key_of(path: Path, root: Path) -> str:
    """A name that all languages of an article share: the path without language and ending."""
    relative = path.relative_to(root)
    folders = [part for part in relative.parts[:-1] if not _LANG_PART.fullmatch(part)]
    pieces = relative.name.split(".")
    stem = pieces[:-2] if len(pieces) > 2 and _LANG_PART.fullmatch(pieces[-2]) else pieces[:-1]
    return "/".join([*folders, ".".join(stem)])
