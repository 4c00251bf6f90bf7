"""What people ask and no article answers."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from msgspec import Struct


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
