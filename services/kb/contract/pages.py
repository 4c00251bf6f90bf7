"""An article as its readers see it, and what they say of it."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from services.kb.contract.articles import ArticleRow, Heading
from services.kb.contract.vocabulary import Visibility


class Crumb(Struct, kw_only=True):
    """A section on the way down to an article."""

    id: UUID
    name: str


class ArticlePage(Struct, kw_only=True):
    """A published article as a reader sees it, in one language; `html` is sanitised.

    `languages` maps each language that the article has to its slug, for the language switch.
    """

    id: UUID
    lang: str
    slug: str
    title: str
    summary: str
    html: str
    headings: list[Heading]
    languages: dict[str, str]
    crumbs: list[Crumb]
    related: list[ArticleRow]
    tags: list[str]
    visibility: Visibility
    faq: bool
    updated_at: datetime
    version: int


class Address(Struct, kw_only=True):
    """A public article for machines that list pages: `slugs` maps each of its languages to its slug."""

    id: UUID
    slugs: dict[str, str]
    titles: dict[str, str]
    summaries: dict[str, str]
    published_at: datetime | None
    updated_at: datetime


class FeedbackInput(Struct, kw_only=True, forbid_unknown_fields=True):
    """A reader's answer to "did this help?"."""

    helpful: bool
    lang: str | None = None
    comment: str = ""
