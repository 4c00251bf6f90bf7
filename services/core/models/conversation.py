"""Around a conversation: unsent text, who is there, who follows, who was mentioned."""

from typing import Any

import sqlalchemy as sa

from services.common.db import Guid, UTCDateTime, choice
from services.core.models.base import metadata


def _of_ticket(**options: bool) -> sa.Column[Any]:
    return sa.Column("ticket_id", Guid, sa.ForeignKey("ticket.id", ondelete="CASCADE"), **options)  # type: ignore[arg-type]


def _of_staff(**options: bool) -> sa.Column[Any]:
    return sa.Column("staff_id", Guid, sa.ForeignKey("staff.id", ondelete="CASCADE"), **options)  # type: ignore[arg-type]


draft = sa.Table(
    "draft",
    metadata,
    _of_ticket(primary_key=True),
    _of_staff(primary_key=True),
    sa.Column("kind", choice("reply", "note", name="kind"), nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("recommendation", sa.String(64)),
    sa.Column("updated_at", UTCDateTime, nullable=False),
)

presence = sa.Table(
    "presence",
    metadata,
    _of_ticket(primary_key=True),
    _of_staff(primary_key=True),
    sa.Column("writing", sa.Boolean, nullable=False),
    sa.Column("seen_at", UTCDateTime, nullable=False, index=True),
)

ticket_follower = sa.Table(
    "ticket_follower",
    metadata,
    _of_ticket(primary_key=True),
    _of_staff(primary_key=True, index=True),
    sa.Column("at", UTCDateTime, nullable=False),
)

status_link = sa.Table(
    "status_link",
    metadata,
    _of_ticket(primary_key=True),
    # Links that were signed for an earlier one are worthless.
    sa.Column("generation", sa.Integer, nullable=False),
    sa.Column("revoked_at", UTCDateTime, nullable=False),
    sa.Column("author_id", sa.String(64)),
)

mention = sa.Table(
    "mention",
    metadata,
    sa.Column("message_id", Guid, sa.ForeignKey("message.id", ondelete="CASCADE"), primary_key=True),
    _of_staff(primary_key=True, index=True),
    _of_ticket(nullable=False, index=True),
    sa.Column("at", UTCDateTime, nullable=False),
)
