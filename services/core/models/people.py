"""Contacts, organisations, staff and teams."""

import sqlalchemy as sa

from services.common.db import Guid, Json, UTCDateTime, choice
from services.core.models.base import metadata

TIERS = ("standard", "premium", "vip")
IDENTITY_KINDS = ("email", "phone", "whatsapp", "telegram", "portal", "social", "external")

organization = sa.Table(
    "organization",
    metadata,
    sa.Column("id", Guid, primary_key=True),
    sa.Column("name", sa.String(200), nullable=False, unique=True),
    sa.Column("created_at", UTCDateTime, nullable=False),
)

contact = sa.Table(
    "contact",
    metadata,
    sa.Column("id", Guid, primary_key=True),
    sa.Column("name", sa.String(200), nullable=False),
    # The first e-mail identity again, so that lists need no join.
    sa.Column("email", sa.String(320)),
    sa.Column("organization_id", Guid, sa.ForeignKey("organization.id")),
    sa.Column("tier", choice(*TIERS, name="tier"), nullable=False),
    sa.Column("locale", sa.String(8), nullable=False),
    sa.Column("notes", sa.Text, nullable=False),
    # What the desk keeps of its own, by key of the field; null for nothing.
    sa.Column("fields", Json),
    # {"stage", "source", "at"} as the CRM's adapter said last.
    sa.Column("funnel", Json),
    # The contact that they turned out to be; their tickets and identities are there.
    sa.Column("merged_into", Guid, sa.ForeignKey("contact.id", name="fk_contact_merged_into")),
    sa.Column("password_hash", sa.String(200)),
    # Tokens signed for an earlier epoch are no longer renewed.
    sa.Column("epoch", sa.Integer, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("created_at", UTCDateTime, nullable=False),
    sa.Column("updated_at", UTCDateTime, nullable=False),
    sa.Index("ix_contact_email", "email"),
    sa.Index(
        "ix_contact_merged_into",
        "merged_into",
        sqlite_where=sa.text("merged_into IS NOT NULL"),
        postgresql_where=sa.text("merged_into IS NOT NULL"),
    ),
)

contact_merge = sa.Table(
    "contact_merge",
    metadata,
    sa.Column("source_id", Guid, sa.ForeignKey("contact.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("target_id", Guid, sa.ForeignKey("contact.id", ondelete="CASCADE"), nullable=False, index=True),
    # What went along, so that it goes back when the merge is undone: see `people.merging.Kept`.
    sa.Column("kept", Json, nullable=False),
    sa.Column("author_id", sa.String(64)),
    sa.Column("at", UTCDateTime, nullable=False),
)

contact_identity = sa.Table(
    "contact_identity",
    metadata,
    sa.Column("kind", choice(*IDENTITY_KINDS, name="kind"), primary_key=True),
    sa.Column("value", sa.String(320), primary_key=True),
    sa.Column(
        "contact_id", Guid, sa.ForeignKey("contact.id", ondelete="CASCADE"), nullable=False, index=True
    ),
    sa.Column("verified", sa.Boolean, nullable=False),
    sa.Column("created_at", UTCDateTime, nullable=False),
)

staff = sa.Table(
    "staff",
    metadata,
    sa.Column("id", Guid, primary_key=True),
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("email", sa.String(320), nullable=False, unique=True),
    sa.Column("roles", Json, nullable=False),
    sa.Column("skills", Json, nullable=False),
    sa.Column("languages", Json, nullable=False),
    sa.Column("capacity", sa.Integer, nullable=False),
    sa.Column("locale", sa.String(8), nullable=False),
    sa.Column("active", sa.Boolean, nullable=False),
    sa.Column("password_hash", sa.String(200)),
    sa.Column("totp_secret", sa.String(64)),
    sa.Column("epoch", sa.Integer, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("created_at", UTCDateTime, nullable=False),
)

team = sa.Table(
    "team",
    metadata,
    sa.Column("id", Guid, primary_key=True),
    sa.Column("key", sa.String(80), nullable=False, unique=True),
    sa.Column("name", Json, nullable=False),
    sa.Column("description", Json, nullable=False),
    sa.Column("active", sa.Boolean, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
)

team_member = sa.Table(
    "team_member",
    metadata,
    sa.Column("team_id", Guid, sa.ForeignKey("team.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("staff_id", Guid, sa.ForeignKey("staff.id", ondelete="CASCADE"), primary_key=True, index=True),
)
