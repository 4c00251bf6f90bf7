"""What the knowledge base says on the wire: the only module, beside the client, that others import."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from msgspec import UNSET, Struct, UnsetType, field

State = Literal["draft", "published", "archived"]
Visibility = Literal["public", "customers", "staff"]
VOUCHER = "kb.voucher"  # purpose of the keyed hash by which a page vouches for a visitor's mark
EventKind = Literal["opened", "helpful", "solved", "ticket"]
SessionOutcome = Literal["solved", "ticket", "ticket_anyway", "left"]
ReviewKind = Literal["asked", "returned", "approved"]


# -- articles -------------------------------------------------------------------------------------------------


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


class ReviewInput(Struct, kw_only=True, forbid_unknown_fields=True):
    """A step of a review: it is `asked` of a person, who `returned` the draft with a word or `approved` it.

    `reviewer` and `reviewer_name` go with `asked`.
    """

    version: int
    kind: ReviewKind
    reviewer: str = ""
    reviewer_name: str = ""
    note: str = ""


class ReviewNote(Struct, kw_only=True):
    """What somebody said in the review of an article."""

    kind: ReviewKind
    by: str
    note: str
    at: datetime


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


class Preview(Struct, kw_only=True):
    """Markdown as a reader would see it; `html` is sanitised."""

    html: str
    headings: list["Heading"]


class Media(Struct, kw_only=True):
    """An image or a film. `path` is its address in an article's Markdown; who may read one of its articles has it."""

    id: UUID
    kind: Literal["image", "video"]
    type: str
    name: str
    alt: str
    size: int
    path: str
    created_at: datetime
    width: int | None = None
    height: int | None = None
    articles: int = 0


class ArticleVersion(Struct, kw_only=True):
    """A saved state of one language of an article."""

    number: int
    lang: str
    title: str
    summary: str
    body_markdown: str
    author: str
    at: datetime


class Heading(Struct, kw_only=True):
    """An entry of an article's table of contents; `anchor` is the id inside the rendered HTML."""

    level: int
    text: str
    anchor: str


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


# -- sections -------------------------------------------------------------------------------------------------


class Section(Struct, kw_only=True):
    """A node of the section tree; `articles` counts what the asking person may read, children included."""

    id: UUID
    key: str
    parent: UUID | None
    position: int
    name: dict[str, str]
    description: dict[str, str] = {}
    articles: int = 0
    children: list["Section"] = []


class SectionInput(Struct, kw_only=True, forbid_unknown_fields=True):
    key: str
    name: dict[str, str]
    description: dict[str, str] = {}
    parent: UUID | None = None
    position: int = 0


class SectionPatch(Struct, kw_only=True, forbid_unknown_fields=True):
    name: dict[str, str] | UnsetType = UNSET
    description: dict[str, str] | UnsetType = UNSET
    parent: UUID | UnsetType | None = UNSET
    position: int | UnsetType = UNSET


class SectionMove(Struct, kw_only=True, forbid_unknown_fields=True):
    """Where a section goes: below `parent` (none is the top), at `place` among those that are there."""

    parent: UUID | None = None
    place: int = 0


# -- search ---------------------------------------------------------------------------------------------------


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


# -- suggestions ----------------------------------------------------------------------------------------------


class SuggestionInput(Struct, kw_only=True, forbid_unknown_fields=True):
    """What a customer has written so far.

    `visitor` is an opaque mark of the browser or person; the same visitor always falls in the same arm. `voucher`
    is a service's word that it gave out the mark (`voucher_of`); sessions without one stay out of reports.
    """

    subject: str = ""
    body: str = ""
    session: UUID | None = None
    visitor: str | None = None
    voucher: str | None = None
    lang: str | None = None
    limit: int = 5


class Suggestion(Struct, kw_only=True):
    article: UUID
    title: str
    passage: str
    score: float
    lang: str = "en"
    slug: str = ""
    highlight: list[Segment] = []


class Suggestions(Struct, kw_only=True):
    """`shown` is false in the control share, which sees nothing so that deflection can be measured."""

    session: UUID
    shown: bool
    items: list[Suggestion]
    degraded: bool = False


class SessionEventInput(Struct, kw_only=True, forbid_unknown_fields=True):
    kind: EventKind
    article: UUID | None = None
    ticket: str | None = None


class SessionView(Struct, kw_only=True):
    """A suggestion session as staff see it in reports."""

    id: UUID
    arm: Literal["shown", "control"]
    outcome: SessionOutcome | None
    started_at: datetime
    ended_at: datetime | None
    articles: list[UUID] = []
    ticket: str | None = None


class EffectView(Struct, kw_only=True):
    """Tickets avoided per 100 sessions, control share against the rest, with the ends of a 95 % interval.

    Null where an arm has no sessions; `enough` is false where an arm is too small to lean on.
    """

    per_100: float | None
    low: float | None
    high: float | None
    enough: bool


class ArmView(Struct, kw_only=True):
    """An arm of the experiment; `tickets` are sessions with a ticket, or whose person had one within a week."""

    visitors: int
    sessions: int
    tickets: int
    rate: float


class DeflectionRow(Struct, kw_only=True):
    """The experiment among the sessions that were, or in the control share would have been, offered something.

    `key` is an article's or section's id or a language, `name` what people call it.
    """

    key: str
    name: str
    effect: EffectView
    shown: ArmView
    control: ArmView


class DeflectionOutcomes(Struct, kw_only=True):
    """How the sessions with suggestions ended; each session is in one row.

    `confirmed` said that it was solved, `assumed` opened an article and left, `unread` left without opening one; none
    of them came back within a week. `recontacted` ended as one of the three and came back. `ticket` was opened with
    nothing offered, `ticket_anyway` in spite of an offer.
    """

    confirmed: int = 0
    assumed: int = 0
    unread: int = 0
    recontacted: int = 0
    ticket: int = 0
    ticket_anyway: int = 0


class DeflectionReport(Struct, kw_only=True):
    """What suggestions are worth over a period, by experiment.

    `known` is the same effect among people who were signed in when they began: their return on any channel is seen.
    `avoided` are tickets over the period, `effect` times the sessions with suggestions. `waiting` sessions are less
    than a week old, `unvouched` came with a mark that no page of ours gave out, `crowded` belong to visitors with more
    sessions than a person has; none of the three is counted. `imbalance` is the probability of a split as uneven as
    this one by chance; below 0.001 the figures are not to be trusted.
    """

    since: datetime
    until: datetime
    control_share: float
    effect: EffectView
    known: EffectView
    avoided: float | None
    shown: ArmView
    control: ArmView
    outcomes: DeflectionOutcomes
    by_article: list[DeflectionRow]
    by_section: list[DeflectionRow]
    by_language: list[DeflectionRow]
    waiting: int
    unvouched: int
    crowded: int
    imbalance: float | None


# -- index ----------------------------------------------------------------------------------------------------


class IndexState(Struct, kw_only=True):
    """How far the index is; `available` is false where search answers from the database's full text."""

    collection: str
    fingerprint: str
    passages: int
    indexed: int
    available: bool
    job: UUID | None = None


class SuggestionHits(Struct, kw_only=True):
    """How often articles that are offered for what somebody writes are what they need, in sessions of a period.

    Of `sessions` with suggestions, `offered` were shown an article, `opened` opened one of them, and `solved` said that
    it was solved and sent no ticket. The hit rate is `opened` over `offered`. Only sessions that our own pages vouch
    for count; the control share is shown nothing and is not among them.
    """

    sessions: int = 0
    offered: int = 0
    opened: int = 0
    solved: int = 0

    @property
    def rate(self) -> float | None:
        """The hit rate; None where nothing was offered."""
        return self.opened / self.offered if self.offered else None


class SearchReport(Struct, kw_only=True):
    """What readers looked for over a period; `fruitless` are queries that found nothing, most asked first.

    `suggested` is what became of articles that were offered without being looked for.
    """

    searches: int
    without_result: int
    degraded: int
    top: list["QueryCount"]
    fruitless: list["QueryCount"]
    suggested: SuggestionHits = field(default_factory=SuggestionHits)


StaleReason = Literal["old", "unhelpful", "contradicted", "outdated", "broken_link"]


class StaleArticle(Struct, kw_only=True):
    """A published article that somebody should look at, and why.

    `contradicted` articles were opened in sessions that ended with a ticket all the same. `broken` are addresses in
    it that lead to no published article.
    """

    id: UUID
    title: str
    lang: str
    reasons: list[StaleReason]
    updated_at: datetime
    views: int
    helpful: int
    unhelpful: int
    opened: int = 0
    ticket_anyway: int = 0
    broken: list[str] = []


class ResolutionInput(Struct, kw_only=True, forbid_unknown_fields=True):
    """A solved ticket that is to become an article: what was asked, and the reply that solved it."""

    number: int
    title: str
    question: str
    reply: str
    lang: str = "en"
    tags: list[str] = []


class ArticleNumbers(Struct, kw_only=True):
    """What an article was worth over a period.

    `opened` counts sessions of people who were writing a request and read it; of these, `confirmed` said that it was
    solved, `assumed` left, and `ticket_anyway` sent a ticket. Whoever came back within a week is in neither of the
    first two.
    """

    id: UUID
    title: str
    lang: str
    views: int
    helpful: int
    unhelpful: int
    opened: int = 0
    confirmed: int = 0
    assumed: int = 0
    ticket_anyway: int = 0


class KbSettings(Struct, kw_only=True):
    """What an admin has switched. `external_links` lets the check of links ask other sites."""

    external_links: bool = False


class KbSettingsPatch(Struct, kw_only=True, forbid_unknown_fields=True):
    external_links: bool | UnsetType = UNSET


class GapQuestion(Struct, kw_only=True):
    """Something that was asked and no article answers: a closed ticket, or a search (`number` is null then)."""

    text: str
    number: int | None = None
    reply: str = ""
    count: int = 1


class GapEffect(Struct, kw_only=True):
    """A cluster's closed tickets in so many `days` before its article was published, and as many after.

    `before_of` and `after_of` are all closed tickets of these days that were looked at. `change` is relative to the
    others (-0.4: two fifths fewer), with a 95 % interval; null where there was nothing to compare.
    """

    since: datetime
    days: int
    before: int
    before_of: int
    after: int
    after_of: int
    change: float | None
    low: float | None
    high: float | None
    measured_at: datetime


class Gap(Struct, kw_only=True):
    """A cluster of questions that no article answers, with the replies that solved them.

    `cost` is what it is ranked by: a ticket counts one, a search in vain a tenth. `article` is the draft that was made
    of it, `effect` what that changed, from a week after it was published on.
    """

    id: UUID
    title: str
    tickets: int
    searches: int
    cost: float
    languages: list[str]
    state: Literal["open", "drafted", "dismissed"]
    article: UUID | None
    found_at: datetime
    questions: list[GapQuestion]
    effect: GapEffect | None = None


class TopicExample(Struct, kw_only=True):
    number: int
    title: str


class TopicTrend(Struct, kw_only=True):
    """Closed tickets of one meaning: so many `before`, so many `after`; see :class:`GapEffect` for `change`."""

    before: int
    after: int
    change: float | None
    low: float | None
    high: float | None
    languages: list[str]
    examples: list[TopicExample]


class TopicTrends(Struct, kw_only=True):
    """Topics of the closed tickets of twice `days`, the largest first; `at` is null before the first look.

    `before_of` and `after_of` are all tickets that were looked at.
    """

    days: int
    at: datetime | None = None
    before_of: int = 0
    after_of: int = 0
    topics: list[TopicTrend] = []


class QueryCount(Struct, kw_only=True):
    query: str
    count: int


# -- community ------------------------------------------------------------------------------------------------

CommunityMode = Literal["off", "customers", "public"]
PostState = Literal["held", "shown", "removed"]


class CommunityState(Struct, kw_only=True):
    """Who may read the community: nobody, customers, or everybody. Customers write."""

    mode: CommunityMode


class QuestionRow(Struct, kw_only=True):
    """A question in a list."""

    id: UUID
    lang: str
    title: str
    excerpt: str
    state: PostState
    author_name: str
    staff: bool
    votes: int
    answers: int
    solved: bool
    created_at: datetime
    updated_at: datetime


class QuestionPage(Struct, kw_only=True):
    items: list[QuestionRow]
    next_cursor: str | None = None


class CommunityAnswer(Struct, kw_only=True):
    """An answer; `html` is sanitised, `own` says that the reader wrote it."""

    id: UUID
    html: str
    state: PostState
    author_name: str
    staff: bool
    votes: int
    own: bool
    voted: bool
    created_at: datetime


class Question(Struct, kw_only=True):
    """A question with its answers, the accepted one first. `author` is a contact's id, for moderators only."""

    id: UUID
    lang: str
    title: str
    body_markdown: str
    html: str
    state: PostState
    author_name: str
    staff: bool
    votes: int
    own: bool
    voted: bool
    accepted: UUID | None
    may_accept: bool
    may_moderate: bool
    author: str | None
    ticket: int | None
    answers: list[CommunityAnswer]
    created_at: datetime
    updated_at: datetime


class NewQuestion(Struct, kw_only=True, forbid_unknown_fields=True):
    title: str
    body: str = ""
    lang: Literal["en", "es"] | None = None


class NewAnswer(Struct, kw_only=True, forbid_unknown_fields=True):
    body: str


class Written(Struct, kw_only=True):
    """A post that was taken; `held` waits for a moderator."""

    id: UUID
    state: PostState


class Accepted(Struct, kw_only=True, forbid_unknown_fields=True):
    answer: UUID | None


class PostReport(Struct, kw_only=True, forbid_unknown_fields=True):
    reason: str = ""


class PostDecision(Struct, kw_only=True, forbid_unknown_fields=True):
    state: PostState


class BecameTicket(Struct, kw_only=True, forbid_unknown_fields=True):
    number: int


class ModeratedPost(Struct, kw_only=True):
    """A post that waits or was reported; `question` is the page that it stands on."""

    id: UUID
    question: UUID
    title: str
    body_markdown: str
    state: PostState
    author_name: str
    reports: int
    reason: str
    created_at: datetime


# -- events ---------------------------------------------------------------------------------------------------

ARTICLE_PUBLISHED = "kb.article.published.v1"
ARTICLE_ARCHIVED = "kb.article.archived.v1"
SESSION_ENDED = "kb.session.ended.v1"
QUESTION_ANSWERED = "kb.question.answered.v1"
"""An answer that the asker has yet to hear of: `question`, `title`, `contact`, `answer`."""


class ArticleEvent(Struct, kw_only=True):
    """Payload of `kb.article.published.v1` and `kb.article.archived.v1`."""

    article: UUID
    version: int
    languages: list[str]
    visibility: Visibility


class SessionEnded(Struct, kw_only=True):
    """Payload of `kb.session.ended.v1`."""

    session: UUID
    outcome: SessionOutcome
    ticket: str | None = None
