"""Articles, their languages and earlier states, the section tree, and what readers said of them."""

import sqlalchemy as sa

from services.common.db import Guid, Json, UTCDateTime, choice
from services.kb.models.base import metadata

STATES = ("draft", "published", "archived")
VISIBILITIES = ("public", "customers", "staff")

section = sa.Table(
    "section", metadata,
    sa.Column("id", Guid, primary_key=True),
    sa.Column("key", sa.String(100), nullable=False, unique=True),
    sa.Column("parent_id", Guid, sa.ForeignKey("section.id")),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("name", Json, nullable=False),
    sa.Column("description", Json, nullable=False),
)  # fmt: skip

# `reviewer_id` is whose word is awaited before a draft is published; both moments are for the job that acts on them.
article = sa.Table(
    "article", metadata,
    sa.Column("id", Guid, primary_key=True),
    sa.Column("section_id", Guid, sa.ForeignKey("section.id"), index=True),
    sa.Column("state", choice(*STATES, name="state"), nullable=False),
    sa.Column("visibility", choice(*VISIBILITIES, name="visibility"), nullable=False),
    sa.Column("faq", sa.Boolean, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("external_id", sa.String(300), unique=True),
    sa.Column("created_by", sa.String(100), nullable=False),
    sa.Column("created_at", UTCDateTime, nullable=False),
    sa.Column("updated_at", UTCDateTime, nullable=False),
    sa.Column("published_at", UTCDateTime),
    sa.Column("views", sa.Integer, nullable=False),
    sa.Column("helpful", sa.Integer, nullable=False),
    sa.Column("unhelpful", sa.Integer, nullable=False),
    sa.Column("reviewer_id", sa.String(100)),
    sa.Column("reviewer_name", sa.String(200)),
    sa.Column("publish_at", UTCDateTime),
    sa.Column("archive_at", UTCDateTime),
    sa.Index("ix_article_updated", "updated_at", "id"),
    sa.Index("ix_article_publish_at", "publish_at"),
    sa.Index("ix_article_archive_at", "archive_at"),
)  # fmt: skip

article_tag = sa.Table(
    "article_tag", metadata,
    sa.Column("article_id", Guid, sa.ForeignKey("article.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("tag", sa.String(100), primary_key=True),
    sa.Index("ix_article_tag_tag", "tag"),
)  # fmt: skip

# `title_folded` is the title without case and accents: lists sort and filter by it on every database alike.
translation = sa.Table(
    "translation", metadata,
    sa.Column("article_id", Guid, sa.ForeignKey("article.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("lang", sa.String(12), primary_key=True),
    sa.Column("title", sa.String(300), nullable=False),
    sa.Column("title_folded", sa.String(400), nullable=False),
    sa.Column("slug", sa.String(120), nullable=False),
    sa.Column("summary", sa.Text, nullable=False),
    sa.Column("body_markdown", sa.Text, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("updated_at", UTCDateTime, nullable=False),
    sa.UniqueConstraint("lang", "slug"),
)  # fmt: skip

# Slugs that an article had: links to them go on working.
former_slug = sa.Table(
    "former_slug", metadata,
    sa.Column("lang", sa.String(12), primary_key=True),
    sa.Column("slug", sa.String(120), primary_key=True),
    sa.Column("article_id", Guid, sa.ForeignKey("article.id", ondelete="CASCADE"), nullable=False, index=True),
)  # fmt: skip

article_version = sa.Table(
    "article_version", metadata,
    sa.Column("article_id", Guid, sa.ForeignKey("article.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("lang", sa.String(12), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("title", sa.String(300), nullable=False),
    sa.Column("summary", sa.Text, nullable=False),
    sa.Column("body_markdown", sa.Text, nullable=False),
    sa.Column("author_id", sa.String(100), nullable=False),
    sa.Column("author_name", sa.String(200), nullable=False),
    sa.Column("at", UTCDateTime, nullable=False),
)  # fmt: skip

# `visitor` is a keyed hash: one voice a reader and article, and nobody can be found by it.
feedback = sa.Table(
    "feedback", metadata,
    sa.Column("article_id", Guid, sa.ForeignKey("article.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("visitor", sa.String(64), primary_key=True),
    sa.Column("lang", sa.String(12), nullable=False),
    sa.Column("helpful", sa.Boolean, nullable=False),
    sa.Column("comment", sa.Text, nullable=False),
    sa.Column("at", UTCDateTime, nullable=False),
)  # fmt: skip
