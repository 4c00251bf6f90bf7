"""What the knowledge base tells the other services."""

from uuid import UUID

from msgspec import Struct

from services.kb.contract.suggestions import SessionOutcome
from services.kb.contract.vocabulary import Visibility

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
