"""What the knowledge base refuses, by name."""

from services.common.errors import Conflict, Forbidden, Invalid, NotFound, TooLarge, Unavailable


class ArticleNotFound(NotFound):
    code, title = "kb.article_not_found", "There is no such article"


class SectionNotFound(NotFound):
    code, title = "kb.section_not_found", "There is no such section"


class SessionNotFound(NotFound):
    code, title = "kb.session_not_found", "There is no such suggestion session"


class StaleArticle(Conflict):
    """`current` holds the article as it is now, so that an author can merge."""

    code, title = "kb.stale_article", "Somebody changed the article meanwhile"


class SlugTaken(Conflict):
    code, title = "kb.slug_taken", "Another article has this address"


class SectionNotEmpty(Conflict):
    code, title = "kb.section_not_empty", "The section still has articles or sections in it"


class InvalidArticle(Invalid):
    code, title = "kb.invalid_article", "The article is not complete"


class InvalidSection(Invalid):
    code, title = "kb.invalid_section", "The section is not valid"


class IndexUnavailable(Unavailable):
    code, title = "kb.index_unavailable", "The search index is away"


class GapNotFound(NotFound):
    code, title = "kb.gap_not_found", "There is no such gap"


class GapSettled(Conflict):
    code, title = "kb.gap_settled", "Somebody has made a draft of it or dismissed it already"


class InReview(Forbidden):
    code, title = "kb.in_review", "The article waits for its reviewer's word"


class NotInReview(Conflict):
    code, title = "kb.not_in_review", "Nobody has been asked to review the article"


class MediaNotFound(NotFound):
    code, title = "kb.media_not_found", "There is no such image or video"


class MediaRefused(Invalid):
    code, title = "kb.media_refused", "This file cannot be shown in an article"


class MediaTooLarge(TooLarge):
    code, title = "kb.media_too_large", "The file is too large"
