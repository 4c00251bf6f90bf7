"""What customers have, and what they say of the desk's work."""

import sqlalchemy as sa

from services.common.db import Guid, Json, UTCDateTime, choice
from services.core.models.base import metadata

rating = sa.Table(
    "rating",
    metadata,
    sa.Column("ticket_id", Guid, sa.ForeignKey("ticket.id", ondelete="CASCADE"), primary_key=True),
    # Null until the customer has answered: the row is there since they were asked.
    sa.Column("score", sa.Integer),
    sa.Column("comment", sa.Text, nullable=False),
    sa.Column("asked_at", UTCDateTime, index=True),
    sa.Column("rated_at", UTCDateTime, index=True),
    sa.CheckConstraint("score BETWEEN 1 AND 5", name="score"),
)

# An article's answer to a new request; `outcome` is null until its customer has said what it was worth.
auto_answer = sa.Table(
    "auto_answer",
    metadata,
    sa.Column("ticket_id", Guid, sa.ForeignKey("ticket.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("message_id", Guid, nullable=False),
    sa.Column("article", Guid, nullable=False),
    sa.Column("title", sa.String(300), nullable=False),
    sa.Column("category", sa.String(80), nullable=False),
    sa.Column("sent_at", UTCDateTime, nullable=False, index=True),
    sa.Column("outcome", choice("helped", "not_helped", name="auto_answer_outcome")),
    sa.Column("said_at", UTCDateTime),
)

product = sa.Table(
    "product",
    metadata,
    sa.Column("key", sa.String(80), primary_key=True),
    sa.Column("name", Json, nullable=False),
    sa.Column("active", sa.Boolean, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
)

# What somebody owns: a contact, or an organisation for all of its people.
item = sa.Table(
    "item",
    metadata,
    sa.Column("id", Guid, primary_key=True),
    sa.Column("product", sa.String(80), sa.ForeignKey("product.key"), nullable=False),
    sa.Column("contact_id", Guid, sa.ForeignKey("contact.id", ondelete="CASCADE"), index=True),
    sa.Column("organization_id", Guid, sa.ForeignKey("organization.id", ondelete="CASCADE"), index=True),
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("serial", sa.String(120), nullable=False, index=True),
    # The plan or the warranty, and from when to when it holds.
    sa.Column("plan", sa.String(120), nullable=False),
    sa.Column("since", sa.Date),
    sa.Column("until", sa.Date),
    sa.Column("notes", sa.Text, nullable=False),
    sa.Column("active", sa.Boolean, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("created_at", UTCDateTime, nullable=False),
)

ticket_product = sa.Table(
    "ticket_product",
    metadata,
    sa.Column("ticket_id", Guid, sa.ForeignKey("ticket.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("product", sa.String(80), sa.ForeignKey("product.key"), nullable=False, index=True),
    sa.Column("item_id", Guid, sa.ForeignKey("item.id", ondelete="SET NULL"), index=True),
)

remote_session = sa.Table(
    "remote_session",
    metadata,
    sa.Column("id", Guid, primary_key=True),
    sa.Column("ticket_id", Guid, sa.ForeignKey("ticket.id", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("url", sa.String(2000), nullable=False),
    sa.Column("label", sa.String(200), nullable=False),
    sa.Column("author_name", sa.String(200), nullable=False),
    sa.Column("at", UTCDateTime, nullable=False),
    sa.Column("ended_at", UTCDateTime),
)

# The teams that work along; the one that answers for the ticket is a column of it.
ticket_team = sa.Table(
    "ticket_team",
    metadata,
    sa.Column("ticket_id", Guid, sa.ForeignKey("ticket.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("team", sa.String(80), sa.ForeignKey("team.key"), primary_key=True, index=True),
    sa.Column("at", UTCDateTime, nullable=False),
)
