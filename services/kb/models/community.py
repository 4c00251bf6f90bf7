"""Questions that customers answer each other: their words, and who wrote them as an id and a short name."""

import sqlalchemy as sa

from services.common.db import Guid, UTCDateTime, choice
from services.kb.models.base import metadata

POST_STATES = ("held", "shown", "removed")

question = sa.Table(
    "question", metadata,
    sa.Column("id", Guid, primary_key=True),
    sa.Column("lang", sa.String(12), nullable=False),
    sa.Column("title", sa.String(200), nullable=False),
    sa.Column("body_markdown", sa.Text, nullable=False),
    sa.Column("state", choice(*POST_STATES, name="state"), nullable=False),
    sa.Column("author_id", sa.String(64)),
    sa.Column("author_name", sa.String(80), nullable=False),
    sa.Column("staff", sa.Boolean, nullable=False),
    sa.Column("votes", sa.Integer, nullable=False),
    sa.Column("answers", sa.Integer, nullable=False),
    # The answer that solved it, as the asker or the staff say.
    sa.Column("accepted_id", Guid),
    # The ticket that a moderator made of it.
    sa.Column("ticket", sa.BigInteger),
    sa.Column("created_at", UTCDateTime, nullable=False),
    sa.Column("updated_at", UTCDateTime, nullable=False),
    sa.Index("ix_question_state_updated_at", "state", "updated_at"),
    sa.Index("ix_question_author_id", "author_id"),
)  # fmt: skip

answer = sa.Table(
    "answer", metadata,
    sa.Column("id", Guid, primary_key=True),
    sa.Column("question_id", Guid, sa.ForeignKey("question.id", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("body_markdown", sa.Text, nullable=False),
    sa.Column("state", choice(*POST_STATES, name="state"), nullable=False),
    sa.Column("author_id", sa.String(64)),
    sa.Column("author_name", sa.String(80), nullable=False),
    sa.Column("staff", sa.Boolean, nullable=False),
    sa.Column("votes", sa.Integer, nullable=False),
    # Whether the asker was told of it: once, when it is first shown.
    sa.Column("told", sa.Boolean, nullable=False),
    sa.Column("created_at", UTCDateTime, nullable=False),
    sa.Index("ix_answer_author_id", "author_id"),
)  # fmt: skip

# One voice a person and post; ``post_id`` is a question's or an answer's.
post_vote = sa.Table(
    "post_vote", metadata,
    sa.Column("post_id", Guid, primary_key=True),
    sa.Column("author_id", sa.String(64), primary_key=True, index=True),
    sa.Column("at", UTCDateTime, nullable=False),
)  # fmt: skip

post_report = sa.Table(
    "post_report", metadata,
    sa.Column("post_id", Guid, primary_key=True),
    sa.Column("author_id", sa.String(64), primary_key=True, index=True),
    sa.Column("reason", sa.String(300), nullable=False),
    sa.Column("at", UTCDateTime, nullable=False),
)  # fmt: skip

# The analysed words of a question and of its accepted answer: what search finds it by, alike on every database.
question_term = sa.Table(
    "question_term", metadata,
    sa.Column("question_id", Guid, sa.ForeignKey("question.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("term", sa.String(64), primary_key=True),
    sa.Index("ix_question_term_term", "term"),
)  # fmt: skip
