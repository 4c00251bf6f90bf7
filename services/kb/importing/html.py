"""HTML pages as Markdown: headings, paragraphs, lists, tables, links, images and code; the rest is its text."""

import re
from pathlib import Path

from lxml import html as lxml_html  # type: ignore[import-untyped]
from lxml.etree import LxmlError  # type: ignore[import-untyped]

from services.common.text import strip_control
from services.kb.contract import TranslationInput
from services.kb.importing.draft import Draft, Unreadable
from services.kb.importing.markdown import key_of, language_of

_LEFT_OUT = ("script", "style", "noscript", "template", "iframe", "object", "form", "nav", "svg", "head")
_BLOCKS = {
    "p",
    "div",
    "section",
    "article",
    "main",
    "header",
    "footer",
    "figure",
    "figcaption",
    "dl",
    "dd",
    "dt",
    "address",
}
DEEPEST = 200


def read(path: Path, root: Path, default_lang: str) -> Draft:
    """A page as a draft. Raises :class:`Unreadable`."""
    raw = path.read_bytes()
    try:
        tree = lxml_html.document_fromstring(
            raw, parser=lxml_html.HTMLParser(encoding=_charset(raw), huge_tree=False)
        )
    except (LxmlError, ValueError) as error:
        raise Unreadable(f"is not HTML: {error}") from error
    lang = str(tree.get("lang") or language_of(path, root) or default_lang).split("-")[0].lower()
    titles = tree.xpath("//title/text()")
    content = (tree.xpath("//main") or tree.xpath("//article") or tree.xpath("//body") or [tree])[0]
    heads = content.xpath(".//h1")
    title = " ".join(heads[0].text_content().split()) if heads else " ".join("".join(titles).split())
    if heads:
        heads[0].drop_tree()
    for element in content.xpath(" | ".join(f".//{name}" for name in _LEFT_OUT)):
        element.drop_tree()
    text = TranslationInput(title=title or path.stem, body_markdown=to_markdown(content))
    keywords = tree.xpath("//meta[@name='keywords']/@content")
    tags = tuple(tag.strip() for tag in "".join(keywords[:1]).split(",") if tag.strip())
    return Draft(key=key_of(path, root), lang=lang, text=text, tags=tags)


def _charset(raw: bytes) -> str:
    declared = re.search(rb"charset=[\"']?([\w-]+)", raw[:2048], re.IGNORECASE)
    for name in (declared[1].decode("ascii") if declared else "utf-8", "utf-8", "cp1252"):
        try:
            raw.decode(name)
        except (LookupError, UnicodeDecodeError):
            continue
        return name
    return "latin-1"


def to_markdown(element: lxml_html.HtmlElement) -> str:
    """The content of an element as Markdown."""
    text = "".join(_children(element, 0))
    lines = [line.rstrip() for line in strip_control(text).split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _children(element: lxml_html.HtmlElement, depth: int) -> list[str]:
    if depth > DEEPEST:
        return [" ".join(element.text_content().split())]
    pieces = [_escape(element.text or "")]
    for child in element:
        if isinstance(child.tag, str):
            pieces.append(_element(child, depth + 1))
        pieces.append(_escape(child.tail or ""))
    return pieces


def _element(element: lxml_html.HtmlElement, depth: int) -> str:
    name = str(element.tag).lower()
    if re.fullmatch("h[1-6]", name):
        return f"\n\n{'#' * max(2, int(name[1]))} {_line(element, depth)}\n\n"
    if name in ("ul", "ol"):
        return _list(element, name == "ol", depth)
    if name == "pre":
        return f"\n\n```\n{element.text_content().strip(chr(10))}\n```\n\n"
    if name == "table":
        return _table(element, depth)
    if name == "blockquote":
        inner = "".join(_children(element, depth)).strip()
        return "\n\n" + "\n".join(f"> {line}".rstrip() for line in inner.split("\n")) + "\n\n"
    if name in _BLOCKS:
        return f"\n\n{''.join(_children(element, depth)).strip()}\n\n"
    return _inline(element, name, depth)


def _inline(element: lxml_html.HtmlElement, name: str, depth: int) -> str:
    if name == "br":
        return "  \n"
    if name == "hr":
        return "\n\n---\n\n"
    if name == "img":
        return (
            f"![{_escape(element.get('alt') or '')}]({_address(element.get('src'))})"
            if element.get("src")
            else ""
        )
    inner = "".join(_children(element, depth))
    if not inner.strip():
        return inner
    if name == "a" and element.get("href"):
        return f"[{' '.join(inner.split())}]({_address(element.get('href'))})"
    if name == "code":
        return f"`{element.text_content().strip()}`"
    for names, mark in ((("strong", "b"), "**"), (("em", "i"), "*"), (("del", "s"), "~~")):
        if name in names:
            return f"{mark}{inner.strip()}{mark}"
    return inner


def _line(element: lxml_html.HtmlElement, depth: int) -> str:
    return " ".join("".join(_children(element, depth)).split())


def _list(element: lxml_html.HtmlElement, ordered: bool, depth: int) -> str:
    lines = []
    for number, item in enumerate(element.xpath("./li"), 1):
        mark = f"{number}. " if ordered else "- "
        inner = re.sub(r"\n{2,}", "\n", "".join(_children(item, depth)).strip())
        lines.append(mark + inner.replace("\n", "\n" + " " * len(mark)))
    return "\n\n" + "\n".join(lines) + "\n\n"


def _table(element: lxml_html.HtmlElement, depth: int) -> str:
    rows = [
        [_line(cell, depth).replace("|", "\\|") for cell in row.xpath("./th | ./td")]
        for row in element.xpath(".//tr")
    ]
    rows = [row for row in rows if row]
    if not rows:
        return ""
    width = max(len(row) for row in rows)
    lines = [f"| {' | '.join([*row, *[''] * (width - len(row))])} |" for row in rows]
    return "\n\n" + "\n".join([lines[0], "|" + " --- |" * width, *lines[1:]]) + "\n\n"


def _address(url: str | None) -> str:
    return re.sub(r"[\s()<>]", lambda m: f"%{ord(m[0]):02X}", (url or "").strip())


def _escape(text: str) -> str:
    """Text as itself in Markdown; runs of white space are one space, as in HTML."""
    return re.sub(r"([\\`*_\[\]<>])", r"\\\1", re.sub(r"\s+", " ", text))
