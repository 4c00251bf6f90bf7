"""drafts whose ticket came back"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("recommendation_outcome", schema=None) as batch_op:
        batch_op.add_column(sa.Column("reopened", sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade() -> None:
    with op.batch_alter_table("recommendation_outcome", schema=None) as batch_op:
        batch_op.drop_column("reopened")
