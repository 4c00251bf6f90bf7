"""Articles as their authors see and change them."""

from datetime import datetime
from uuid import UUID

from msgspec import UNSET, Struct, UnsetType

from services.kb.contract.vocabulary import State, Visibility


class Translation(Struct, kw_only=True):
    """One language of an article, as its authors see it.

    `version` counts the saved states of this language. `outdated` says that another language of the article
    was changed after this one was last brought up to date.
    """

    title: str
    slug: str
    summary: str = ""
    body_markdown: str = ""
    body_html: str = ""
    version: int = 1
    outdated: bool = False
    updated_at: datetime | None = None


class Article(Struct, kw_only=True):
    """One piece of knowledge with all its languages; `version` is what an update has to carry.

    A draft with a `reviewer` waits for that person's word. `publish_at` and `archive_at` are moments to come.
    """

    id: UUID
    section: UUID | None
    state: State
    visibility: Visibility
    faq: bool
    translations: dict[str, Translation]
    tags: list[str]
    version: int
    created_at: datetime
    updated_at: datetime
    published_at: datetime | None = None
    external_id: str | None = None
    helpful: int = 0
    unhelpful: int = 0
    reviewer: str | None = None
    reviewer_name: str = ""
    publish_at: datetime | None = None
    archive_at: datetime | None = None


class ArticleRow(Struct, kw_only=True):
    """An article in a list, in the language that suits the reader best."""

    id: UUID
    lang: str
    title: str
    slug: str
    summary: str
    section: UUID | None
    state: State
    visibility: Visibility
    faq: bool
    tags: list[str]
    languages: list[str]
    updated_at: datetime
    views: int = 0
    reviewer_name: str = ""
    publish_at: datetime | None = None
    archive_at: datetime | None = None


class TranslationInput(Struct, kw_only=True, forbid_unknown_fields=True):
    """A language to write. Without `slug` one is made of the title and kept from then on."""

    title: str
    body_markdown: str = ""
    summary: str | None = None
    slug: str | None = None


class ArticleInput(Struct, kw_only=True, forbid_unknown_fields=True):
    """A new article; it starts as a draft unless `state` says otherwise."""

    translations: dict[str, TranslationInput]
    section: UUID | None = None
    state: State = "draft"
    visibility: Visibility = "public"
    faq: bool = False
    tags: list[str] = []
    external_id: str | None = None


class ArticlePatch(Struct, kw_only=True, forbid_unknown_fields=True):
    """Changes to an article against the `version` that the author read.

    A language mapped to null is removed; languages that are not named stay.
    """

    version: int
    translations: dict[str, TranslationInput | None] | UnsetType = UNSET
    section: UUID | UnsetType | None = UNSET
    state: State | UnsetType = UNSET
    visibility: Visibility | UnsetType = UNSET
    faq: bool | UnsetType = UNSET
    tags: list[str] | UnsetType = UNSET
    publish_at: datetime | UnsetType | None = UNSET
    archive_at: datetime | UnsetType | None = UNSET


class ArticleDraft(Struct, kw_only=True):
    """What the asking author typed and has not saved; `base_version` is the article's version that they read."""

    base_version: int
    fields: dict[str, str]
    at: datetime


class DraftInput(Struct, kw_only=True, forbid_unknown_fields=True):
    base_version: int = 0
    fields: dict[str, str]


class PreviewInput(Struct, kw_only=True, forbid_unknown_fields=True):
    markdown: str


class Heading(Struct, kw_only=True):
    """An entry of an article's table of contents; `anchor` is the id inside the rendered HTML."""

    level: int
    text: str
    anchor: str


class Preview(Struct, kw_only=True):
    """Markdown as a reader would see it; `html` is sanitised."""

    html: str
    headings: list["Heading"]


class ArticleVersion(Struct, kw_only=True):
    """A saved state of one language of an article."""

    number: int
    lang: str
    title: str
    summary: str
    body_markdown: str
    author: str
    at: datetime


class ResolutionInput(Struct, kw_only=True, forbid_unknown_fields=True):
    """A solved ticket that is to become an article: what was asked, and the reply that solved it."""

    number: int
    title: str
    question: str
    reply: str
    lang: str = "en"
    tags: list[str] = []
