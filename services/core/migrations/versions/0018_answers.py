"""answers that articles give by themselves"""

import sqlalchemy as sa
from alembic import op

from services.common.db import UTCDateTime

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

OUTCOMES = sa.Enum(
    "helped", "not_helped", name="auto_answer_outcome", native_enum=False, create_constraint=True, length=32
)


def upgrade() -> None:
    op.create_table(
        "auto_answer",
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("article", sa.Uuid(), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("category", sa.String(length=80), nullable=False),
        sa.Column("sent_at", UTCDateTime(), nullable=False),
        sa.Column("outcome", OUTCOMES, nullable=True),
        sa.Column("said_at", UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["ticket.id"], name=op.f("fk_auto_answer_ticket_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("ticket_id", name=op.f("pk_auto_answer")),
    )
    op.create_index(op.f("ix_auto_answer_sent_at"), "auto_answer", ["sent_at"])
