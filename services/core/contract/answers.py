"""Answers that go out by themselves."""

from uuid import UUID

from msgspec import Struct

from services.core.contract.vocabulary import Input


class AnswerInput(Input):
    """An article's answer to a request: a stretch of it, word for word, and where it stands."""

    article: UUID
    lang: str
    slug: str
    title: str
    quote: str
    anchor: str = ""


class Answered(Struct, kw_only=True):
    """Whether the answer went out; else ``reason`` is ``category``, ``touched``, ``answered``, ``resting`` or
    ``notice``."""

    sent: bool
    reason: str


class AnswerFigures(Struct, kw_only=True):
    """What a category's automatic answers of ninety days were worth. Whom neither counts said nothing.

    ``resting``: too few helped; none is sent until older ones leave the period.
    """

    category: str
    sent: int
    helped: int
    not_helped: int
    resting: bool
