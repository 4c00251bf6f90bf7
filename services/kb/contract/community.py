"""Questions that customers answer each other."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from msgspec import Struct

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
