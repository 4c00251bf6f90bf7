"""The knowledge base's tables, as SQLAlchemy Core."""

from services.kb.models.articles import (
    article,
    article_tag,
    article_version,
    feedback,
    former_slug,
    section,
    translation,
)
from services.kb.models.authoring import (
    article_day,
    article_draft,
    article_review,
    dead_link,
    media,
    media_use,
    setting,
)
from services.kb.models.base import metadata
from services.kb.models.community import answer, post_report, post_vote, question, question_term
from services.kb.models.gaps import gap, gap_question
from services.kb.models.passages import centre, collection, embedding, passage, word
from services.kb.models.sessions import contact_ticket, search_log, session_event, suggestion_session

__all__ = [
    "answer", "article", "article_day", "article_draft", "article_review", "article_tag", "article_version",
    "centre", "collection", "contact_ticket", "dead_link", "embedding", "feedback", "former_slug", "gap",
    "gap_question", "media", "media_use", "metadata", "passage", "post_report", "post_vote", "question",
    "question_term", "search_log", "section", "session_event", "setting", "suggestion_session", "translation",
    "word",
]  # fmt: skip
