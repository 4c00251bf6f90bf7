"""the queue's orders by index: by deadline, in whose hands, and what people triage"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

WORKED_ON = {name: sa.text("working_label <> 'closed'") for name in ("sqlite_where", "postgresql_where")}


def upgrade() -> None:
    for name in ("ix_ticket_breach", "ix_ticket_active", "ix_ticket_team"):
        op.drop_index(name, table_name="ticket")
    never = "'9999-01-01 00:00:00.000000'"
    if op.get_bind().dialect.name == "postgresql":
        never = "'9999-01-01 00:00:00+00:00'::timestamptz"
    by_deadline = [sa.text(f"coalesce(breach_at, {never})"), "id"]
    for name, columns in {
        "ix_ticket_active": ["priority_rank", "id", "working_label", "team"],
        "ix_ticket_hands": ["assignee_id", "priority_rank", "id"],
        "ix_ticket_triage": ["triage", "category", "created_at", "id"],
        "ix_ticket_deadline": by_deadline,
    }.items():
        op.create_index(name, "ticket", columns, unique=False, **WORKED_ON)
