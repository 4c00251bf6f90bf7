"""Questions to the knowledge base and what it finds."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from services.kb.contract.vocabulary import Visibility


class Segment(Struct, kw_only=True):
    """A stretch of plain text; `marked` where it matches the query. Not HTML: escape when rendering."""

    text: str
    marked: bool = False


class SearchHit(Struct, kw_only=True):
    """An article that answers a query, with the passage that does.

    `score` lies in 0 to 1 and is comparable within one answer only; `fit` is comparable across answers: below the
    operator's floor nothing is suggested. It is null where the full text alone found the article, and where a desk
    has too few articles to tell. `highlight` is `passage` cut into segments; `anchor` points at the heading above the
    passage.
    """

    article: UUID
    lang: str
    slug: str
    title: str
    score: float
    passage: str
    highlight: list[Segment]
    title_highlight: list[Segment]
    passage_id: UUID
    anchor: str = ""
    heading: str = ""
    section: UUID | None = None
    section_name: str = ""
    visibility: Visibility = "public"
    updated_at: datetime | None = None
    fit: float | None = None


class QuotedAnswer(Struct, kw_only=True):
    """What one passage answers by itself: `quote` is a stretch of it, word for word, with where it stands."""

    article: UUID
    lang: str
    slug: str
    title: str
    anchor: str
    heading: str
    quote: str
    highlight: list[Segment]


class SearchPage(Struct, kw_only=True):
    """The answer to one search, best first.

    `degraded` says that the vector index was away and the database's full text answered. `corrected` is
    the query as it was understood when words were respelled, else null. `search` identifies the log entry.
    `answer` quotes the passage that answers by itself, where one does; nothing in it is made up.
    """

    items: list[SearchHit]
    query: str
    lang: str
    degraded: bool = False
    corrected: str | None = None
    search: UUID | None = None
    answer: QuotedAnswer | None = None
    next_cursor: str | None = None


class PassageQuery(Struct, kw_only=True, forbid_unknown_fields=True):
    """A service's question for passages to ground a reply in; `visibility` names what may be quoted.

    `lang` is the reader's language. `tags` raise the articles that carry them.
    """

    text: str
    lang: str = "en"
    limit: int = 5
    visibility: tuple[Visibility, ...] = ("public", "customers")
    tags: list[str] = []


class IndexState(Struct, kw_only=True):
    """How far the index is; `available` is false where search answers from the database's full text."""

    collection: str
    fingerprint: str
    passages: int
    indexed: int
    available: bool
    job: UUID | None = None
