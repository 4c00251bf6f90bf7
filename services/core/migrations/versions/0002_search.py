"""full text of tickets"""

import sqlalchemy as sa
from alembic import op

import services.common.db.types

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "search_state",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", services.common.db.types.UTCDateTime(timezone=True), nullable=False),
        sa.Column("stale", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_search_state")),
    )
    op.create_index(op.f("ix_search_state_updated_at"), "search_state", ["updated_at"])
    op.create_index(
        "ix_search_state_stale",
        "search_state",
        ["number"],
        sqlite_where=sa.text("stale"),
        postgresql_where=sa.text("stale"),
    )
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE VIRTUAL TABLE ticket_fts USING fts5(subject, public, people, private, prefix = '3 5')"
        )
    else:
        op.execute("CREATE TABLE ticket_fts (rowid bigint PRIMARY KEY, document tsvector NOT NULL)")
        op.execute("CREATE INDEX ix_ticket_fts_document ON ticket_fts USING gin (document)")
