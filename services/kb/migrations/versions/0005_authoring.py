"""authoring: kept drafts, reviews, media, links, readings by day, switches"""

import sqlalchemy as sa
from alembic import op

from services.common.db import Json, UTCDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "article_draft",
        sa.Column("author_id", sa.String(length=100), nullable=False),
        sa.Column("article", sa.String(length=40), nullable=False),
        sa.Column("base_version", sa.Integer(), nullable=False),
        sa.Column("fields", Json(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("author_id", "article", name=op.f("pk_article_draft")),
    )
    op.create_table(
        "media",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "image", "video", name="media_kind", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("type", sa.String(length=50), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("alt", sa.String(length=500), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("file", sa.String(length=32), nullable=False),
        sa.Column("created_by", sa.String(length=100), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_media")),
    )
    op.create_index(op.f("ix_media_sha256"), "media", ["sha256"])
    op.create_table(
        "setting",
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("value", Json(), nullable=False),
        sa.Column("by_id", sa.String(length=100), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_setting")),
    )
    op.create_table(
        "article_day",
        sa.Column("article_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("views", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["article_id"], ["article.id"], name=op.f("fk_article_day_article_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("article_id", "day", name=op.f("pk_article_day")),
    )
    op.create_index("ix_article_day_day", "article_day", ["day"])
    op.create_table(
        "article_review",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("article_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "asked",
                "returned",
                "approved",
                name="review_kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("by_id", sa.String(length=100), nullable=False),
        sa.Column("by_name", sa.String(length=200), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["article_id"], ["article.id"], name=op.f("fk_article_review_article_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_article_review")),
    )
    op.create_index(op.f("ix_article_review_article_id"), "article_review", ["article_id"])
    op.create_table(
        "dead_link",
        sa.Column(
            "row", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("article_id", sa.Uuid(), nullable=False),
        sa.Column("lang", sa.String(length=12), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["article_id"], ["article.id"], name=op.f("fk_dead_link_article_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("row", name=op.f("pk_dead_link")),
    )
    op.create_index(op.f("ix_dead_link_article_id"), "dead_link", ["article_id"])
    op.create_table(
        "media_use",
        sa.Column("article_id", sa.Uuid(), nullable=False),
        sa.Column("media_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["article_id"], ["article.id"], name=op.f("fk_media_use_article_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["media_id"], ["media.id"], name=op.f("fk_media_use_media_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("article_id", "media_id", name=op.f("pk_media_use")),
    )
    op.create_index(op.f("ix_media_use_media_id"), "media_use", ["media_id"])
    op.add_column("article", sa.Column("reviewer_id", sa.String(length=100), nullable=True))
    op.add_column("article", sa.Column("reviewer_name", sa.String(length=200), nullable=True))
    op.add_column("article", sa.Column("publish_at", UTCDateTime(), nullable=True))
    op.add_column("article", sa.Column("archive_at", UTCDateTime(), nullable=True))
    op.create_index("ix_article_archive_at", "article", ["archive_at"])
    op.create_index("ix_article_publish_at", "article", ["publish_at"])
    op.add_column("gap", sa.Column("measured", Json(), nullable=True))
