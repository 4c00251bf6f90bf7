"""Mail on its way out, one row a mail, from queued to its end."""

import sqlalchemy as sa

from services.common.db import Guid, UTCDateTime, choice
from services.core.models.base import metadata

MAIL_STATES = ("queued", "sent", "kept", "failed", "bounced")

outgoing_mail = sa.Table(
    "outgoing_mail",
    metadata,
    sa.Column("id", Guid, primary_key=True),
    # What kind of mail: reply (of a person), notice (of a rule, to the customer), notification (to staff),
    # announcement (to customers, about no ticket).
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("message_id", Guid, sa.ForeignKey("message.id", ondelete="CASCADE"), index=True),
    sa.Column("ticket_id", Guid, sa.ForeignKey("ticket.id", ondelete="CASCADE"), index=True),
    sa.Column("number", sa.BigInteger),
    sa.Column("sender_name", sa.String(200), nullable=False),
    sa.Column("recipient", sa.String(320), nullable=False),
    sa.Column("subject", sa.String(300), nullable=False),
    sa.Column("locale", sa.String(8), nullable=False),
    # Message-ID without its brackets.
    sa.Column("mail_id", sa.String(300), nullable=False, unique=True),
    # Empty until it is composed, which happens once: every attempt sends the same bytes.
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("html", sa.Text, nullable=False),
    sa.Column("answers", sa.Text, nullable=False),
    sa.Column("state", choice(*MAIL_STATES, name="state"), nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("detail", sa.Text, nullable=False),
    sa.Column("created_at", UTCDateTime, nullable=False),
    sa.Column("next_at", UTCDateTime),
    sa.Column("ended_at", UTCDateTime),
)
