"""What authors work with: drafts kept for them, reviews, images and films, links that were looked at."""

import sqlalchemy as sa

from services.common.db import Guid, Json, UTCDateTime, choice
from services.kb.models.base import RowNumber, metadata

REVIEW_KINDS = ("asked", "returned", "approved")
MEDIA_KINDS = ("image", "video")

# What somebody is typing and has not saved. `article` is an article's id, or `new`.
article_draft = sa.Table(
    "article_draft", metadata,
    sa.Column("author_id", sa.String(100), primary_key=True),
    sa.Column("article", sa.String(40), primary_key=True),
    sa.Column("base_version", sa.Integer, nullable=False),
    sa.Column("fields", Json, nullable=False),
    sa.Column("at", UTCDateTime, nullable=False),
)  # fmt: skip

# The talk about an article before it is published. The article itself names the reviewer whose word is awaited.
article_review = sa.Table(
    "article_review", metadata,
    sa.Column("id", Guid, primary_key=True),
    sa.Column("article_id", Guid, sa.ForeignKey("article.id", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("kind", choice(*REVIEW_KINDS, name="review_kind"), nullable=False),
    sa.Column("by_id", sa.String(100), nullable=False),
    sa.Column("by_name", sa.String(200), nullable=False),
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("at", UTCDateTime, nullable=False),
)  # fmt: skip

# Images and films. `file` is the key of the bytes, which are never changed; the same bytes are kept once.
media = sa.Table(
    "media", metadata,
    sa.Column("id", Guid, primary_key=True),
    sa.Column("kind", choice(*MEDIA_KINDS, name="media_kind"), nullable=False),
    sa.Column("type", sa.String(50), nullable=False),
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("alt", sa.String(500), nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("width", sa.Integer),
    sa.Column("height", sa.Integer),
    sa.Column("sha256", sa.String(64), nullable=False, index=True),
    sa.Column("file", sa.String(32), nullable=False),
    sa.Column("created_by", sa.String(100), nullable=False),
    sa.Column("created_at", UTCDateTime, nullable=False),
)  # fmt: skip

# Which articles show which media: who may read one of them may have the file.
media_use = sa.Table(
    "media_use", metadata,
    sa.Column("article_id", Guid, sa.ForeignKey("article.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("media_id", Guid, sa.ForeignKey("media.id", ondelete="CASCADE"), primary_key=True, index=True),
)  # fmt: skip

# Links that led nowhere when they were last looked at. `reason` is a word of `articles.links`.
dead_link = sa.Table(
    "dead_link", metadata,
    sa.Column("row", RowNumber, primary_key=True, autoincrement=True),
    sa.Column("article_id", Guid, sa.ForeignKey("article.id", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("lang", sa.String(12), nullable=False),
    sa.Column("url", sa.Text, nullable=False),
    sa.Column("reason", sa.String(20), nullable=False),
    sa.Column("status", sa.Integer),
    sa.Column("at", UTCDateTime, nullable=False),
)  # fmt: skip

# Readings by day: what a page was worth over a period.
article_day = sa.Table(
    "article_day", metadata,
    sa.Column("article_id", Guid, sa.ForeignKey("article.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("day", sa.Date, primary_key=True),
    sa.Column("views", sa.Integer, nullable=False),
    sa.Index("ix_article_day_day", "day"),
)  # fmt: skip

# What an admin has switched, by name.
setting = sa.Table(
    "setting", metadata,
    sa.Column("key", sa.String(60), primary_key=True),
    sa.Column("value", Json, nullable=False),
    sa.Column("by_id", sa.String(100), nullable=False),
    sa.Column("at", UTCDateTime, nullable=False),
)  # fmt: skip
