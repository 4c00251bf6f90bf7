"""community"""

import sqlalchemy as sa
from alembic import op

from services.common.db import UTCDateTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def _state() -> sa.Column[str]:
    kind = sa.Enum(
        "held", "shown", "removed", name="state", native_enum=False, create_constraint=True, length=32
    )
    return sa.Column("state", kind, nullable=False)


def _author() -> list[sa.Column[str]]:
    return [
        sa.Column("author_id", sa.String(length=64), nullable=True),
        sa.Column("author_name", sa.String(length=80), nullable=False),
    ]


def _of_question(table: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_question_id")
    return sa.ForeignKeyConstraint(["question_id"], ["question.id"], name=name, ondelete="CASCADE")


def upgrade() -> None:
    op.create_table(
        "question",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("lang", sa.String(length=12), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("body_markdown", sa.Text(), nullable=False),
        _state(),
        *_author(),
        sa.Column("staff", sa.Boolean(), nullable=False),
        sa.Column("votes", sa.Integer(), nullable=False),
        sa.Column("answers", sa.Integer(), nullable=False),
        sa.Column("accepted_id", sa.Uuid(), nullable=True),
        sa.Column("ticket", sa.BigInteger(), nullable=True),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("updated_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_question")),
    )
    op.create_index("ix_question_state_updated_at", "question", ["state", "updated_at"])
    op.create_index("ix_question_author_id", "question", ["author_id"])
    op.create_table(
        "answer",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("question_id", sa.Uuid(), nullable=False),
        sa.Column("body_markdown", sa.Text(), nullable=False),
        _state(),
        *_author(),
        sa.Column("staff", sa.Boolean(), nullable=False),
        sa.Column("votes", sa.Integer(), nullable=False),
        sa.Column("told", sa.Boolean(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        _of_question("answer"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answer")),
    )
    op.create_index(op.f("ix_answer_question_id"), "answer", ["question_id"])
    op.create_index("ix_answer_author_id", "answer", ["author_id"])
    op.create_table(
        "post_vote",
        sa.Column("post_id", sa.Uuid(), nullable=False),
        sa.Column("author_id", sa.String(length=64), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("post_id", "author_id", name=op.f("pk_post_vote")),
    )
    op.create_index(op.f("ix_post_vote_author_id"), "post_vote", ["author_id"])
    op.create_table(
        "post_report",
        sa.Column("post_id", sa.Uuid(), nullable=False),
        sa.Column("author_id", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("post_id", "author_id", name=op.f("pk_post_report")),
    )
    op.create_index(op.f("ix_post_report_author_id"), "post_report", ["author_id"])
    op.create_table(
        "question_term",
        sa.Column("question_id", sa.Uuid(), nullable=False),
        sa.Column("term", sa.String(length=64), nullable=False),
        _of_question("question_term"),
        sa.PrimaryKeyConstraint("question_id", "term", name=op.f("pk_question_term")),
    )
    op.create_index("ix_question_term_term", "question_term", ["term"])
