"""gaps: what is asked and not answered"""

import sqlalchemy as sa
from alembic import op

from services.common.db import UTCDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

STATES = sa.Enum(
    "open", "drafted", "dismissed", name="gap_state", native_enum=False, create_constraint=True, length=32
)


def upgrade() -> None:
    op.create_table(
        "gap",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("tickets", sa.Integer(), nullable=False),
        sa.Column("searches", sa.Integer(), nullable=False),
        sa.Column("cost", sa.Float(), nullable=False),
        sa.Column("state", STATES, nullable=False),
        sa.Column("article_id", sa.Uuid(), nullable=True),
        sa.Column("found_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gap")),
    )
    op.create_index("ix_gap_state_cost", "gap", ["state", "cost"])
    op.create_table(
        "gap_question",
        sa.Column(
            "row", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("gap_id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("reply", sa.Text(), nullable=False),
        sa.Column("lang", sa.String(length=12), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("ticket", sa.Uuid(), nullable=True),
        sa.Column("number", sa.BigInteger(), nullable=True),
        sa.Column("contact_ref", sa.String(length=100), nullable=True),
        sa.ForeignKeyConstraint(
            ["gap_id"], ["gap.id"], name=op.f("fk_gap_question_gap_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("row", name=op.f("pk_gap_question")),
    )
    for name in ("gap_id", "ticket", "contact_ref"):
        op.create_index(op.f(f"ix_gap_question_{name}"), "gap_question", [name])
