"""Whatever people and machines send, made safe to store, show and send on."""

import html as htmllib
import re
import unicodedata
from functools import lru_cache

import nh3
from email_validator import EmailNotValidError, validate_email
from inscriptis import get_text  # type: ignore[import-untyped]
from inscriptis.model.config import ParserConfig  # type: ignore[import-untyped]

# Everything below the space but tab and line feed, DEL, and the C1 block.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
# Marks that reorder or hide text: direction overrides and isolates, zero-width spaces, the byte order mark.
_DECEIVING = re.compile(
    "[\u200b\u200e\u200f\u2028\u2029\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\U000e0000-\U000e007f]"
)
_SURROGATE = re.compile("[\ud800-\udfff]")
_SPACES = re.compile(r"\s+")
_TAGS = {
    "a",
    "abbr",
    "b",
    "blockquote",
    "br",
    "caption",
    "code",
    "col",
    "colgroup",
    "dd",
    "del",
    "div",
    "dl",
    "dt",
    "em",
    "figcaption",
    "figure",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "i",
    "img",
    "ins",
    "kbd",
    "li",
    "mark",
    "ol",
    "p",
    "pre",
    "q",
    "s",
    "small",
    "span",
    "strong",
    "sub",
    "sup",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "tr",
    "u",
    "ul",
}
_ATTRIBUTES = {
    "a": {"href", "title"},
    "img": {"src", "alt", "title", "width", "height"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
    "ol": {"start"},
    "abbr": {"title"},
}
_DATA_URL = re.compile(r"""(["'])data:[^"'<>]*\1""")  # pictures inside the document: large, and never shown
_OWN_FILE = re.compile(r"/api/v1/attachments/[0-9a-f-]{36}\Z")
_MAX_HTML = 400_000  # characters; the sanitiser needs up to 5 µs for each, and its input is anybody's
_MAX_REFERENCES = 50_000
_MARKUP = frozenset("<>&\"'")
_MAX_NESTING = 400
_LINK_SCHEMES = {"http", "https", "mailto", "tel"}
_CONFIG = ParserConfig(display_links=False, display_images=False)


def strip_control(text: str) -> str:
    """``text`` in NFC with ``\\n`` line ends, without control characters and lone surrogates."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = _SURROGATE.sub("�", _CONTROL.sub("", text))
    return unicodedata.normalize("NFC", text)


def single_line(text: str, limit: int = 300) -> str:
    """One line of at most ``limit`` characters, for subjects and names: nothing breaks out of a header."""
    text = _SPACES.sub(" ", strip_control(text.replace("\x00", " ")))
    return _DECEIVING.sub("", text).strip()[:limit].strip()


def clean_filename(name: str, limit: int = 150) -> str:
    """A file name for showing and for a header; it never decides where bytes are stored.

    Folders, control and deceiving characters are removed before anything is judged; leading dots and what
    Windows refuses go too. The extension survives a cut.
    """
    name = unicodedata.normalize("NFKC", single_line(name, 4 * limit))
    name = _DECEIVING.sub("", name).replace("\\", "/").rsplit("/", 1)[-1]
    name = re.sub(r'[<>:"|?*;%]', "_", name).strip(" .")
    if re.fullmatch(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?", name):
        name = "_" + name
    if len(name) > limit:
        stem, dot, extension = name.rpartition(".")
        keep = extension[:20] if dot else ""
        name = (stem if dot else name)[: limit - len(keep) - 1] + (f".{keep}" if keep else "")
    while len(name.encode()) > limit + 100:
        name = name[1:]
    return name or "file"


@lru_cache(maxsize=4096)
def normalise_email(address: str) -> str | None:
    """The address in its one spelling (domain in lower case, local part too), or None if it is not one.

    No mail server tells ``Ana@`` from ``ana@``, and people write both.
    """
    try:
        found = validate_email(address.strip(), check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        return None
    return found.normalized.lower()


def clean_html(html: str, *, remote_images: bool = False) -> str:
    """HTML that is safe to embed: a short list of tags, no script, style, form or frame.

    Images load from our own attachments only, unless ``remote_images``: a remote one tells its sender when
    and where it is read.
    """

    def attribute(tag: str, name: str, value: str) -> str | None:
        if tag == "img" and name == "src" and not _OWN_FILE.match(value):
            return value if remote_images and value.startswith("https://") else None
        return value

    return nh3.clean(
        _bounded(html),
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        attribute_filter=attribute,
        url_schemes=_LINK_SCHEMES,
        link_rel="noopener noreferrer nofollow",
    )


def html_to_text(html: str) -> str:
    """What a person would read of ``html``, with its paragraphs and lists, as plain text."""
    safe = nh3.clean(_bounded(html), tags=_TAGS - {"img"}, attributes={"ol": {"start"}}, link_rel=None)
    if not safe.strip():
        return ""
    try:
        text = get_text(f"<div>{safe}</div>", _CONFIG)
    except (ValueError, RecursionError, AssertionError):
        text = htmllib.unescape(nh3.clean(safe, tags=set()))
    lines = [line.rstrip() for line in strip_control(text).split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def text_to_html(text: str) -> str:
    """Plain text as HTML paragraphs: escaped, with its line breaks."""
    paragraphs = re.split(r"\n{2,}", strip_control(text).strip())
    return "".join(f"<p>{htmllib.escape(p).replace(chr(10), '<br>')}</p>" for p in paragraphs if p)


def _bounded(html: str) -> str:
    """``html`` within what the parsers take: not endless, not nested beyond reason, few enough references."""
    html = _few_references(strip_control(_DATA_URL.sub(r"\1\1", html)[:_MAX_HTML]))
    depth = deepest = 0
    for match in re.finditer(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)[^<>]{0,2000}(/?)>", html):
        if (
            match[2].lower() in {"br", "img", "hr", "input", "meta", "link", "col", "p", "li", "td", "tr"}
            or match[3]
        ):
            continue
        depth = max(0, depth - 1) if match[1] else depth + 1
        deepest = max(deepest, depth)
        if deepest > _MAX_NESTING:
            return htmllib.escape(re.sub(r"<[^<>]{0,2000}>", " ", html))
    return html


def _few_references(html: str) -> str:
    """``html`` with at most ``_MAX_REFERENCES`` ampersands: the parser's time grows with their square.

    Letters that were written as references become letters, so a mail that writes all of its text so loses nothing.
    """
    if html.count("&") <= _MAX_REFERENCES:
        return html

    def letter(match: re.Match[str]) -> str:
        meant = htmllib.unescape(match[0])
        return match[0] if _MARKUP.intersection(meant) else meant

    kept = re.sub(r"&#?\w{1,32};", letter, html).split("&", _MAX_REFERENCES)
    return "&".join(kept[:_MAX_REFERENCES]) + "".join(kept[_MAX_REFERENCES:]).replace("&", " ")
