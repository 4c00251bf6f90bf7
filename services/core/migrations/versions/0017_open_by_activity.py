"""what is worked on, by its newest activity"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

WORKED_ON = sa.text("working_label <> 'closed'")


def upgrade() -> None:
    op.create_index(
        "ix_ticket_open",
        "ticket",
        ["updated_at", "id", "working_label"],
        unique=False,
        sqlite_where=WORKED_ON,
        postgresql_where=WORKED_ON,
    )
