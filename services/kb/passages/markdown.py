"""Markdown to safe HTML, to a table of contents and to the blocks that passages are cut from.

One parser for all three, so that a passage's anchor is the id in the page. Raw HTML in an article is text of
its author, not of ours: it goes through the same sanitiser as everything else.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token

from services.kb.search.analysis import fold

_PARSER = MarkdownIt("commonmark", {"html": True, "linkify": False}).enable(["table", "strikethrough"])

TAGS = {
    "a", "abbr", "b", "blockquote", "br", "caption", "code", "dd", "del", "details", "div", "dl", "dt", "em", "figure",
    "figcaption", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "img", "kbd", "li", "mark", "ol", "p", "pre", "s",
    "samp", "source", "span", "strong", "sub", "summary", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr",
    "u", "ul", "video",
}  # fmt: skip
ATTRIBUTES = {
    "a": {"href", "title"},
    "img": {"src", "alt", "title", "width", "height"},
    "video": {"src", "controls", "poster", "width", "height", "preload", "aria-label"},
    "source": {"src", "type"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
    "ol": {"start"},
    "details": {"open"},
}
HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_HREF = re.compile(r"""\b(?:href|src)\s*=\s*["']([^"'<>\s]{1,2000})["']""", re.IGNORECASE)
_OWN = re.compile(r"/media/[0-9a-f-]{36}\.[a-z0-9]{3,4}\Z")
# `![What it shows](/media/….mp4)` is written like a picture and plays.
_FILM = re.compile(r'<img src="(/media/[0-9a-f-]{36}\.(?:mp4|webm))" alt="([^"]*)"[^>]*>')


class Block(NamedTuple):
    """A paragraph, list, table or code block as plain text, under its nearest heading."""

    text: str
    heading: str
    anchor: str


class Heading(NamedTuple):
    """A heading with the id that it carries in the HTML; ids are unique in a page."""

    level: int
    text: str
    anchor: str


def render(markdown: str) -> str:
    """Sanitised HTML with an id on every heading. No scripts, styles, forms, frames or event handlers.

    Pictures and films are our own files only: one from elsewhere would tell its owner who reads what.
    """
    tokens = _parse(markdown)
    html = _PARSER.renderer.render(tokens, _PARSER.options, {})
    attributes = {**ATTRIBUTES, **{tag: {"id"} for tag in HEADINGS}}
    return nh3.clean(
        _FILM.sub(_player, html),
        tags=TAGS,
        attributes=attributes,
        attribute_filter=_own_files,
        url_schemes={"http", "https", "mailto", "tel"},
        link_rel="noopener noreferrer",
        strip_comments=True,
    )


def _player(match: re.Match[str]) -> str:
    return (
        f'<video src="{match[1]}" controls preload="metadata" aria-label="{match[2]}"></video>'
        f'<a href="{match[1]}">{match[2]}</a>'
    )


def _own_files(tag: str, name: str, value: str) -> str | None:
    if name in ("src", "poster") and not _OWN.match(value):
        return None
    return value


def headings(markdown: str) -> list[Heading]:
    """The table of contents in order."""
    return [
        Heading(int(token.tag[1]), _plain(inline), str(token.attrs.get("id", "")))
        for token, inline in _heading_tokens(_parse(markdown))
    ]


def links(markdown: str) -> list[str]:
    """Where the links and images of an article lead, in order."""
    found: list[str] = []
    for token in _parse(markdown):
        for child in token.children or []:
            target = child.attrs.get("href") or child.attrs.get("src")
            if target:
                found.append(str(target))
        if token.type == "html_block" or any(c.type == "html_inline" for c in token.children or []):
            found += _HREF.findall(token.content)
    return found


def blocks(markdown: str) -> list[Block]:
    """The text of an article by structure: every top-level block, in order, under its heading."""
    found: list[Block] = []
    heading = anchor = ""
    for group in _top_level(_parse(markdown)):
        if group[0].type == "heading_open":
            heading, anchor = _plain(group[1]), str(group[0].attrs.get("id", ""))
            continue
        text = _block_text(group)
        if text:
            found.append(Block(text, heading, anchor))
    return found


def plain_text(markdown: str) -> str:
    """The words of an article without markup, headings included."""
    lines = [
        _plain(group[1]) if group[0].type == "heading_open" else _block_text(group)
        for group in _top_level(_parse(markdown))
    ]
    return "\n".join(line for line in lines if line)


def _parse(markdown: str) -> list[Token]:
    tokens = _PARSER.parse(markdown)
    taken: set[str] = set()
    for token, inline in _heading_tokens(tokens):
        token.attrSet("id", _anchor(_plain(inline), taken))
    return tokens


def _heading_tokens(tokens: Sequence[Token]) -> list[tuple[Token, Token]]:
    return [(token, tokens[i + 1]) for i, token in enumerate(tokens) if token.type == "heading_open"]


def _anchor(text: str, taken: set[str]) -> str:
    """An id for a heading; the prefix keeps it from meeting an id of the page around it."""
    base = "s-" + (re.sub(r"[^\w]+", "-", fold(text)).strip("-")[:60] or "section")
    name, count = base, 2
    while name in taken:
        name, count = f"{base}-{count}", count + 1
    taken.add(name)
    return name


def _top_level(tokens: Sequence[Token]) -> list[list[Token]]:
    """Tokens grouped by the outermost block that they belong to."""
    groups: list[list[Token]] = []
    depth = 0
    for token in tokens:
        if depth == 0:
            groups.append([])
        groups[-1].append(token)
        depth += token.nesting
    return groups


def _block_text(group: list[Token]) -> str:
    lines: list[str] = []
    cells: list[str] | None = None
    for token in group:
        if token.type == "tr_open":
            cells = []
        elif token.type == "tr_close" and cells is not None:
            lines.append(" | ".join(cells))
            cells = None
        elif token.type == "inline":
            text = _plain(token)
            if cells is not None:
                cells.append(text)
            elif text:
                lines.append(text)
        elif token.type in ("fence", "code_block"):
            lines.append(token.content.rstrip("\n"))
        elif token.type == "html_block":
            lines.append(_strip_html(token.content))
    return "\n".join(line for line in lines if line.strip())


def _plain(inline: Token) -> str:
    pieces: list[str] = []
    for child in inline.children or []:
        if child.type in ("text", "code_inline"):
            pieces.append(child.content)
        elif child.type == "image":
            pieces.append(child.content)  # the alternative text
        elif child.type in ("softbreak", "hardbreak"):
            pieces.append(" ")
    return re.sub(r"\s+", " ", "".join(pieces)).strip()


_ENTITIES = {"&lt;": "<", "&gt;": ">", "&quot;": '"', "&#39;": "'", "&nbsp;": " ", "&amp;": "&"}


def _strip_html(html: str) -> str:
    text = nh3.clean(html, tags=set())
    for entity, char in _ENTITIES.items():
        text = text.replace(entity, char)
    return re.sub(r"\s+", " ", text).strip()
