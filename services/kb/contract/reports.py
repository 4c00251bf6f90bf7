"""What articles, searches and suggestions are worth, in numbers."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from msgspec import Struct, field


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


class QueryCount(Struct, kw_only=True):
    query: str
    count: int
