"""active tickets"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("ix_ticket_queue", table_name="ticket")
    op.create_index(
        "ix_ticket_active",
        "ticket",
        ["priority_rank", "id", "working_label", "triage", "assignee_id", "team"],
        sqlite_where=sa.text("working_label <> 'closed'"),
        postgresql_where=sa.text("working_label <> 'closed'"),
    )
