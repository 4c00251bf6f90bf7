"""Ratings and what they add up to."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from services.core.contract.vocabulary import Input


class Rating(Struct, kw_only=True):
    """What the customer said of the solution: 1 (very bad) to 5 (very good)."""

    score: int
    comment: str
    at: datetime


class RatingInput(Input):
    score: Annotated[int, Meta(ge=1, le=5)]
    comment: str = ""


class RatingQuestion(Struct, kw_only=True):
    """What a signed link asks for. ``may_rate``: the request is solved, and the word can still be given or changed."""

    number: int
    may_rate: bool
    rating: Rating | None = None


class Satisfaction(Struct, kw_only=True):
    """What one customer said so far. ``csat`` is the share of 4 and 5; null without an answer."""

    answered: int
    csat: float | None
    average: float | None


class SatisfactionGroup(Struct, kw_only=True):
    """Ratings that have one thing in common; ``key`` is empty where the ticket has none."""

    key: str
    answered: int
    csat: float


class RatedTicket(Struct, kw_only=True):
    """A rating with the ticket that it is about."""

    number: int
    subject: str
    customer: str
    rating: Rating


class SatisfactionReport(Struct, kw_only=True):
    """What customers said in a period. ``csat`` is the share of 4 and 5 among the answers, null without any.

    ``asked`` counts requests whose customer was asked in the period, ``scores`` answers by score; ``recent`` are
    the newest answers.
    """

    days: int
    asked: int
    answered: int
    csat: float | None
    average: float | None
    scores: dict[str, int]
    groups: list[SatisfactionGroup]
    recent: list[RatedTicket]
