"""deflection: who vouches for a visitor, whose tickets came, who returned"""

import sqlalchemy as sa
from alembic import op

from services.common.db import UTCDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "contact_ticket",
        sa.Column("ticket", sa.String(length=64), nullable=False),
        sa.Column("contact_ref", sa.String(length=100), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=True),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("ticket", name=op.f("pk_contact_ticket")),
    )
    op.create_index(op.f("ix_contact_ticket_at"), "contact_ticket", ["at"])
    op.create_index("ix_contact_ticket_contact_ref_at", "contact_ticket", ["contact_ref", "at"])
    for name in ("vouched", "known"):
        column = sa.Column(name, sa.Boolean(), server_default=sa.false(), nullable=False)
        op.add_column("suggestion_session", column)
    for name in ("ticket_at", "returned_at"):
        op.add_column("suggestion_session", sa.Column(name, UTCDateTime(), nullable=True))
    op.create_index(
        "ix_suggestion_session_contact_ref_seen_at", "suggestion_session", ["contact_ref", "seen_at"]
    )
    op.create_index("ix_suggestion_session_started_at", "suggestion_session", ["started_at"])
