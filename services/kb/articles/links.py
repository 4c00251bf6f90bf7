"""Links of articles that lead nowhere: those into the help centre are looked up, those elsewhere are asked.

Asking is switched on by an admin, and goes through the one door for addresses that somebody gave.
"""

import asyncio
import re
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import UUID

import sqlalchemy as sa

from services.common.outside import AddressRefused, AddressSilent, Outside
from services.kb import switches
from services.kb.desk import Desk
from services.kb.media.uses import PATH
from services.kb.models import article, dead_link, former_slug, media, section, translation
from services.kb.passages.markdown import headings, links

MOST_OUTSIDE: Final = 1000  # addresses of one run; a desk that has more is told about these first
AT_ONCE: Final = 4
AGENT: Final = {"User-Agent": "Triaje links"}
PATIENCE: Final = 10.0  # seconds for one address
GONE: Final = (404, 410)
_HELP = re.compile(r"/help/([a-z]{2,3}(?:-[A-Za-z0-9]+)?)/([A-Za-z0-9-]+)/?\Z")
_SECTION = re.compile(r"/help/sections/([a-z0-9_-]+)/?\Z")
Report = Callable[[int, int, str], Awaitable[None]]


@dataclass(frozen=True)
class Link:
    """A link of a published article; `key` is where it leads, without our own address."""

    article: UUID
    lang: str
    url: str
    key: str


@dataclass(frozen=True)
class Known:
    """What a link into the help centre may lead to; `anchors` by language and slug."""

    anchors: dict[tuple[str, str], frozenset[str]]
    sections: frozenset[str]
    media: frozenset[UUID]


async def check(desk: Desk, outside: Outside, report: Report) -> dict[str, int]:
    """Look at every link of every published article, and keep those that lead nowhere."""
    now, own = desk.clock.now(), desk.settings.url.rstrip("/")
    texts, known, elsewhere = await desk.db.read(_everything)
    found = await asyncio.to_thread(lambda: [link for text in texts for link in of(text, own)])
    dead: list[tuple[Link, str, int | None]] = []
    for link in found:
        reason = inside(link.key, known, (link.lang, _slug(texts, link)))
        if reason is not None:
            dead.append((link, reason, None))
    if elsewhere:
        dead += await _asked(outside, [link for link in found if _leads_outside(link.key)], report)
    await desk.db.write(lambda conn: _keep(conn, dead, now))
    return {"links": len(found), "dead": len(dead)}


def of(text: Any, own: str) -> list[Link]:
    """The links of one language of an article."""
    found = []
    for url in dict.fromkeys(links(text.body_markdown)):
        key = url[len(own) :] or "/" if url == own or url.startswith((own + "/", own + "#")) else url
        found.append(Link(text.article_id, text.lang, url[:2000], key))
    return found


def inside(key: str, known: Known, here: tuple[str, str]) -> str | None:
    """Why a link into the help centre leads nowhere; None where it does not, or leads elsewhere."""
    path, _, anchor = key.partition("#")
    path = path.partition("?")[0]
    if path and not path.startswith("/"):
        return None
    page = here if not path else None
    if match := _HELP.match(path):
        page = (match[1].lower(), match[2].lower())
        if page not in known.anchors:
            return "missing"
    elif match := _SECTION.match(path):
        return None if match[1] in known.sections else "missing"
    elif match := PATH.match(path):
        return None if UUID(match[1]) in known.media else "missing"
    if page is not None and anchor and anchor not in known.anchors.get(page, frozenset()):
        return "anchor"
    return None


async def _asked(outside: Outside, found: list[Link], report: Report) -> list[tuple[Link, str, int | None]]:
    by_url: dict[str, list[Link]] = defaultdict(list)
    for link in found:
        by_url[link.key.partition("#")[0]].append(link)
    urls, turn = list(by_url)[:MOST_OUTSIDE], asyncio.Semaphore(AT_ONCE)

    async def one(url: str) -> tuple[str, str | None, int | None]:
        async with turn:
            return url, *await verdict(outside, url)

    dead: list[tuple[Link, str, int | None]] = []
    for start in range(0, len(urls), 20):
        await report(start, len(urls), "links")
        for url, reason, status in await asyncio.gather(*(one(url) for url in urls[start : start + 20])):
            dead += [(link, reason, status) for link in by_url[url] if reason is not None]
    return dead


async def verdict(outside: Outside, url: str) -> tuple[str | None, int | None]:
    """Why an address elsewhere leads nowhere, and its status. One that only refuses machines is no dead link."""
    for method in ("HEAD", "GET"):
        try:
            answer = await outside.request(
                method, url, timeout=PATIENCE, most=65_536, cut=True, redirects=5, headers=AGENT
            )  # fmt: skip
        except AddressRefused:
            return "refused", None
        except AddressSilent:
            return "silent", None
        if answer.status < 400:
            return None, answer.status
    return ("gone", answer.status) if answer.status in GONE else (None, answer.status)


def _leads_outside(key: str) -> bool:
    return urlsplit(key).scheme in ("http", "https")


def _slug(texts: Iterable[Any], link: Link) -> str:
    return next((t.slug for t in texts if t.article_id == link.article and t.lang == link.lang), "")


def _everything(conn: sa.Connection) -> tuple[list[Any], Known, bool]:
    """Published texts, what links may lead to, and whether addresses elsewhere are asked."""
    published = article.c.state == "published"
    query = sa.select(translation).join(article, article.c.id == translation.c.article_id).where(published)
    texts = conn.execute(query).all()
    anchors = {(t.lang, t.slug): frozenset(h.anchor for h in headings(t.body_markdown)) for t in texts}
    by_article = {(t.article_id, t.lang): anchors[t.lang, t.slug] for t in texts}
    former = sa.select(former_slug).join(article, article.c.id == former_slug.c.article_id).where(published)
    for row in conn.execute(former):
        anchors.setdefault((row.lang, row.slug), by_article.get((row.article_id, row.lang), frozenset()))
    known = Known(
        anchors=anchors, sections=frozenset(conn.execute(sa.select(section.c.key)).scalars()),
        media=frozenset(conn.execute(sa.select(media.c.id)).scalars()),
    )  # fmt: skip
    return list(texts), known, switches.load(conn).external_links


def _keep(conn: sa.Connection, dead: list[tuple[Link, str, int | None]], now: datetime) -> None:
    conn.execute(dead_link.delete())
    still = set(conn.execute(sa.select(article.c.id)).scalars())
    rows = [
        {"article_id": link.article, "lang": link.lang, "url": link.url, "reason": reason, "status": status, "at": now}
        for link, reason, status in dead
        if link.article in still
    ]  # fmt: skip
    if rows:
        conn.execute(dead_link.insert(), rows)
