"""What the help pages show, fetched at once and forgiving of what is away."""

import asyncio
from collections.abc import Awaitable
from typing import Final, TypeVar
from uuid import UUID

import msgspec

from services.common.errors import DeskError, Unavailable
from services.common.http.paging import Page
from services.kb.contract import ArticleRow, QuestionRow, SearchPage, Section
from services.portal.web.portal import Portal
from services.portal.web.viewer import Viewer

T = TypeVar("T")
FREQUENT: Final = 12  # questions that an author marked: few enough to read
LISTED: Final = 5


class HelpHome(msgspec.Struct):
    """The help centre's front page: ``faq`` are the frequent questions, ``popular`` what else is read most, ``recent``
    what was written or changed last; no article twice. ``away`` says that the knowledge base does not answer."""

    sections: list[Section]
    popular: list[ArticleRow]
    faq: list[ArticleRow]
    recent: list[ArticleRow]
    results: SearchPage | None
    away: bool
    asked: list[QuestionRow] = []


async def or_none(call: Awaitable[T]) -> T | None:
    """The answer, or None while the other side is away."""
    try:
        return await call
    except Unavailable:
        return None


async def help_home(portal: Portal, viewer: Viewer, query: str) -> HelpHome:
    """Sections, popular articles and questions, and the answer to ``query`` where there is one."""
    kb, token, lang = portal.reader, portal.token(viewer), viewer.locale
    sections, popular, faq, recent, results, asked = await asyncio.gather(
        or_none(kb.sections(token=token)),
        or_none(
            kb.articles(lang=lang, sort="popular", limit=FREQUENT + LISTED, state="published", token=token)
        ),
        or_none(
            kb.articles(lang=lang, faq=True, sort="popular", limit=FREQUENT, state="published", token=token)
        ),
        or_none(
            kb.articles(
                lang=lang, sort="updated", limit=FREQUENT + 2 * LISTED, state="published", token=token
            )
        ),
        or_none(find(portal, viewer, query)),
        alike(portal, viewer, query),
    )
    shown: set[UUID] = set()
    frequent = _unseen(faq, shown, FREQUENT)
    often = _unseen(popular, shown, LISTED)
    return HelpHome(
        sections=[s for s in sections or [] if s.articles],
        popular=often,
        faq=frequent,
        recent=_unseen(recent, shown, 4),
        results=results,
        away=sections is None,
        asked=asked,
    )


def _unseen(found: Page[ArticleRow] | None, seen: set[UUID], most: int) -> list[ArticleRow]:
    """The first ``most`` articles that no list before has; they count as seen then."""
    rows = [row for row in (found.items if found else []) if row.id not in seen][:most]
    seen.update(row.id for row in rows)
    return rows


async def find(portal: Portal, viewer: Viewer, query: str, limit: int = 8) -> SearchPage | None:
    """The answer to a search; None where there is nothing to look for."""
    words = query.strip()[:300]
    if len(words) < 2:
        return None
    return await portal.reader.search(words, lang=viewer.locale, limit=limit, token=portal.token(viewer))


async def alike(portal: Portal, viewer: Viewer, text: str, limit: int = 3) -> list[QuestionRow]:
    """What others asked the community in like words; nothing where there is none for this viewer, or it is away."""
    mode, words = portal.pages.desk.community, text.strip()[:1000]
    if len(words) < 2 or mode == "off" or (mode == "customers" and viewer.person is None):
        return []
    try:
        return await portal.reader.find_questions(
            words, lang=viewer.locale, limit=limit, token=portal.token(viewer)
        )
    except DeskError:
        return []


def section_by_key(sections: list[Section], key: str) -> Section | None:
    """A section anywhere in the tree."""
    for section in sections:
        if section.key == key:
            return section
        if found := section_by_key(section.children, key):
            return found
    return None
