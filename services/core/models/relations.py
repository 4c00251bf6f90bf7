"""Links between tickets, merges that can be undone, duplicates that wait for a word; acts on many tickets."""

import sqlalchemy as sa

from services.common.db import Guid, Json, UTCDateTime, choice
from services.core.models.base import metadata

LINKS = ("duplicate", "parent", "problem", "related")
ITEM_STATES = ("waiting", "done", "skipped", "undone", "kept")

# ``ticket_id`` is the duplicate, the child, the incident; ``other_id`` what it is one of.
ticket_link = sa.Table(
    "ticket_link",
    metadata,
    sa.Column("ticket_id", Guid, sa.ForeignKey("ticket.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("other_id", Guid, sa.ForeignKey("ticket.id", ondelete="CASCADE"), primary_key=True, index=True),
    sa.Column("kind", choice(*LINKS, name="kind"), primary_key=True),
    sa.Column("author_id", sa.String(64)),
    sa.Column("at", UTCDateTime, nullable=False),
)

ticket_merge = sa.Table(
    "ticket_merge",
    metadata,
    sa.Column("source_id", Guid, sa.ForeignKey("ticket.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("target_id", Guid, sa.ForeignKey("ticket.id", ondelete="CASCADE"), nullable=False, index=True),
    # The status that the source had, to have it again when the merge is undone.
    sa.Column("status", sa.String(80), nullable=False),
    sa.Column("author_id", sa.String(64)),
    sa.Column("at", UTCDateTime, nullable=False),
)

duplicate_hint = sa.Table(
    "duplicate_hint",
    metadata,
    sa.Column("ticket_id", Guid, sa.ForeignKey("ticket.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("other_id", Guid, sa.ForeignKey("ticket.id", ondelete="CASCADE"), primary_key=True, index=True),
    sa.Column("score", sa.Float, nullable=False),
    sa.Column("dismissed_by", sa.String(64)),
    sa.Column("at", UTCDateTime, nullable=False),
)

batch = sa.Table(
    "batch",
    metadata,
    sa.Column("id", Guid, primary_key=True),
    sa.Column("kind", choice("change", "reply", name="kind"), nullable=False),
    # Who acts, as they were allowed to when they asked.
    sa.Column("actor", Json, nullable=False),
    sa.Column("order", Json, nullable=False),
    sa.Column("state", choice("running", "done", "undoing", "undone", name="state"), nullable=False),
    sa.Column("at", UTCDateTime, nullable=False),
)

batch_item = sa.Table(
    "batch_item",
    metadata,
    sa.Column("batch_id", Guid, sa.ForeignKey("batch.id", ondelete="CASCADE"), primary_key=True),
    sa.Column(
        "ticket_id", Guid, sa.ForeignKey("ticket.id", ondelete="CASCADE"), primary_key=True, index=True
    ),
    sa.Column("number", sa.BigInteger, nullable=False),
    sa.Column("state", choice(*ITEM_STATES, name="state"), nullable=False),
    # Field -> {"old": value, "mark": who had set it}, and the version in which this act set them.
    sa.Column("before", Json, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("reason", sa.String(80), nullable=False),
)
