"""What the desk tells its customers of its own accord, whom it mailed it to, and who wants no such mail."""

import sqlalchemy as sa

from services.common.db import Guid, Json, UTCDateTime, choice
from services.core.models.base import metadata

SEVERITIES = ("info", "caution", "danger")
AUDIENCES = ("everybody", "organization", "category", "tag", "problem")

announcement = sa.Table(
    "announcement",
    metadata,
    sa.Column("id", Guid, primary_key=True),
    sa.Column("title", Json, nullable=False),
    sa.Column("body", Json, nullable=False),
    sa.Column("severity", choice(*SEVERITIES, name="severity"), nullable=False),
    sa.Column("starts_at", UTCDateTime, nullable=False),
    sa.Column("ends_at", UTCDateTime, index=True),
    # When what it is about happens: later than ``starts_at`` for what is planned.
    sa.Column("happens_at", UTCDateTime),
    sa.Column("audience", choice(*AUDIENCES, name="audience"), nullable=False),
    sa.Column("audience_value", sa.String(200), nullable=False),
    # The number of the problem behind it, if there is one.
    sa.Column("problem", sa.BigInteger),
    sa.Column("mail", sa.Boolean, nullable=False),
    sa.Column("author_id", sa.String(64)),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("created_at", UTCDateTime, nullable=False),
    sa.Column("updated_at", UTCDateTime, nullable=False),
)

# A row a person: nobody gets the same announcement twice.
announcement_mail = sa.Table(
    "announcement_mail",
    metadata,
    sa.Column(
        "announcement_id", Guid, sa.ForeignKey("announcement.id", ondelete="CASCADE"), primary_key=True
    ),
    sa.Column("contact_id", Guid, sa.ForeignKey("contact.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("at", UTCDateTime, nullable=False),
    sa.Index("ix_announcement_mail_contact_id_at", "contact_id", "at"),
)

# "This affects me": ``who`` is a contact's id or a browser's pseudonym.
announcement_affected = sa.Table(
    "announcement_affected",
    metadata,
    sa.Column(
        "announcement_id", Guid, sa.ForeignKey("announcement.id", ondelete="CASCADE"), primary_key=True
    ),
    sa.Column("who", sa.String(64), primary_key=True),
    sa.Column("contact_id", Guid, sa.ForeignKey("contact.id", ondelete="CASCADE"), index=True),
    sa.Column("at", UTCDateTime, nullable=False),
)

announcement_optout = sa.Table(
    "announcement_optout",
    metadata,
    sa.Column("contact_id", Guid, sa.ForeignKey("contact.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("at", UTCDateTime, nullable=False),
)
