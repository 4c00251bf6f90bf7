"""Files that came with messages, and mail that could not become a ticket."""

import sqlalchemy as sa

from services.common.db import Guid, UTCDateTime
from services.core.models.base import metadata

attachment = sa.Table(
    "attachment",
    metadata,
    sa.Column("id", Guid, primary_key=True),
    # Who uploaded it; only they can put it on a message, once.
    sa.Column("owner_id", sa.String(100), nullable=False),
    sa.Column("name", sa.String(300), nullable=False),
    sa.Column("type", sa.String(150), nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("sha256", sa.String(64), nullable=False),
    sa.Column("file", sa.String(32), nullable=False),
    sa.Column("message_id", Guid, sa.ForeignKey("message.id", ondelete="CASCADE"), index=True),
    sa.Column("ticket_id", Guid, sa.ForeignKey("ticket.id", ondelete="CASCADE"), index=True),
    sa.Column("created_at", UTCDateTime, nullable=False),
)

quarantine = sa.Table(
    "quarantine",
    metadata,
    sa.Column("id", Guid, primary_key=True),
    sa.Column("reason", sa.String(40), nullable=False),
    sa.Column("detail", sa.Text, nullable=False),
    sa.Column("sender", sa.String(320), nullable=False),
    sa.Column("subject", sa.String(300), nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("sha256", sa.String(64), nullable=False, unique=True),
    sa.Column("file", sa.String(32), nullable=False),
    sa.Column("received_at", UTCDateTime, nullable=False),
    sa.Column("resolved_at", UTCDateTime),
    sa.Column("resolved_by", sa.String(100)),
)
