"""model files that are removed for an erased person; calibration on live traffic"""

import sqlalchemy as sa
from alembic import op

import services.common.db.types

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("erasure", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("since", services.common.db.types.UTCDateTime(timezone=True), nullable=True)
        )
    with op.batch_alter_table("model", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("removed_at", services.common.db.types.UTCDateTime(timezone=True), nullable=True)
        )
    with op.batch_alter_table("certificate", schema=None) as batch_op:
        for name in ("live_stated", "live_right", "live_gap", "live_noise"):
            batch_op.add_column(sa.Column(name, sa.Double(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("certificate", schema=None) as batch_op:
        for name in ("live_noise", "live_gap", "live_right", "live_stated"):
            batch_op.drop_column(name)
    with op.batch_alter_table("model", schema=None) as batch_op:
        batch_op.drop_column("removed_at")
    with op.batch_alter_table("erasure", schema=None) as batch_op:
        batch_op.drop_column("since")
