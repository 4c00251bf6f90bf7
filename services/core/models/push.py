"""Browsers that are told of what is urgent."""

import sqlalchemy as sa

from services.common.db import Guid, UTCDateTime
from services.core.models.base import metadata

push_subscription = sa.Table(
    "push_subscription",
    metadata,
    sa.Column("id", Guid, primary_key=True),
    sa.Column("staff_id", Guid, sa.ForeignKey("staff.id", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("endpoint", sa.Text, nullable=False),
    # SHA-256 of the endpoint: one browser, one owner.
    sa.Column("mark", sa.String(64), nullable=False, unique=True),
    sa.Column("p256dh", sa.String(120), nullable=False),
    sa.Column("auth", sa.String(40), nullable=False),
    sa.Column("device", sa.String(120), nullable=False),
    sa.Column("created_at", UTCDateTime, nullable=False),
)
