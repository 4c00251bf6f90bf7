"""What is asked and not answered: clusters of closed tickets and of searches in vain."""

import sqlalchemy as sa

from services.common.db import Guid, Json, UTCDateTime, choice
from services.kb.models.base import RowNumber, metadata

GAP_STATES = ("open", "drafted", "dismissed")

# `measured` are the counts before and after its article was published, see `gaps.measure`.
gap = sa.Table(
    "gap", metadata,
    sa.Column("id", Guid, primary_key=True),
    sa.Column("title", sa.String(300), nullable=False),
    sa.Column("tickets", sa.Integer, nullable=False),
    sa.Column("searches", sa.Integer, nullable=False),
    sa.Column("cost", sa.Float, nullable=False),
    sa.Column("state", choice(*GAP_STATES, name="gap_state"), nullable=False),
    sa.Column("article_id", Guid),
    sa.Column("found_at", UTCDateTime, nullable=False),
    sa.Column("measured", Json),
    sa.Index("ix_gap_state_cost", "state", "cost"),
)  # fmt: skip

# The most typical questions first. `ticket` and `contact_ref` tell whose words these are, so that they can go.
gap_question = sa.Table(
    "gap_question", metadata,
    sa.Column("row", RowNumber, primary_key=True, autoincrement=True),
    sa.Column("gap_id", Guid, sa.ForeignKey("gap.id", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("place", sa.Integer, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("reply", sa.Text, nullable=False),
    sa.Column("lang", sa.String(12), nullable=False),
    sa.Column("count", sa.Integer, nullable=False),
    sa.Column("ticket", Guid, index=True),
    sa.Column("number", sa.BigInteger),
    sa.Column("contact_ref", sa.String(100), index=True),
)  # fmt: skip
