"""The text of an article on a page: what its authors may write, and nothing that calls elsewhere by itself."""

import re
from urllib.parse import parse_qs, urlsplit

import nh3
from markupsafe import Markup, escape

TAGS = {
    "a", "abbr", "b", "blockquote", "br", "caption", "code", "dd", "del", "details", "div", "dl", "dt", "em", "figure",
    "figcaption", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "img", "kbd", "li", "mark", "ol", "p", "pre", "s",
    "samp", "span", "strong", "sub", "summary", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "u", "ul",
    "video",
}  # fmt: skip
ATTRIBUTES = {
    "a": {"href", "title"},
    "img": {"src", "alt", "title", "width", "height"},
    "video": {"src", "controls", "width", "height", "preload", "aria-label"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
    "ol": {"start"},
    "details": {"open"},
    **{f"h{level}": {"id"} for level in range(1, 7)},
}
PLAYERS = ("https://www.youtube-nocookie.com", "https://player.vimeo.com")
_OWN = re.compile(r"/media/[0-9a-f-]{36}\.[a-z0-9]{3,4}\Z")
_ANCHOR = re.compile(r"s-[\w-]{1,80}\Z")
_ALONE = re.compile(r'<p><a href="([^"]+)"[^>]*>([^<]*)</a></p>')
_YOUTUBE = re.compile(r"[A-Za-z0-9_-]{6,20}")


def article_html(html: str | None) -> Markup:
    """The HTML of an article, sanitised again: this page trusts no neighbour. Films from elsewhere wait for a click."""
    clean = nh3.clean(
        html or "", tags=TAGS, attributes=ATTRIBUTES, attribute_filter=_attribute,
        url_schemes={"http", "https", "mailto", "tel"}, link_rel="noopener noreferrer",
    )  # fmt: skip
    return Markup(_ALONE.sub(_film, clean))  # noqa: S704 (this is where it is made safe)


def _attribute(tag: str, name: str, value: str) -> str | None:
    if name == "src" and not _OWN.match(value):
        return None
    if name == "id" and not _ANCHOR.match(value):
        return None
    return value


def _film(match: re.Match[str]) -> str:
    """A link to a film that stands alone: without script it leads there, with script a click plays it here."""
    player = player_of(match[1].replace("&amp;", "&"))
    if player is None:
        return match[0]
    host = urlsplit(player).hostname
    return (
        f'<p class="film"><a class="btn" href="{match[1]}" rel="noopener noreferrer" data-film="{escape(player)}">'
        f'<span aria-hidden="true">▶</span> {match[2]}</a> <span class="small faint">{host}</span></p>'
    )


def player_of(url: str) -> str | None:
    """The player of a film on a site that is on our list, else None."""
    parts = urlsplit(url)
    host, path = (parts.hostname or "").removeprefix("www."), parts.path
    if parts.scheme != "https":
        return None
    if host in ("youtube.com", "m.youtube.com") and path == "/watch":
        key = parse_qs(parts.query).get("v", [""])[0]
        return f"{PLAYERS[0]}/embed/{key}" if _YOUTUBE.fullmatch(key) else None
    if host == "youtu.be" and _YOUTUBE.fullmatch(path[1:]):
        return f"{PLAYERS[0]}/embed/{path[1:]}"
    if host == "vimeo.com" and path[1:].isdecimal() and len(path) < 20:
        return f"{PLAYERS[1]}/video/{path[1:]}?dnt=1"
    return None
