"""languages of passages"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "centre",
        sa.Column("collection", sa.String(length=100), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("lang", sa.String(length=12), nullable=False),
        sa.Column("vectors", sa.LargeBinary(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["collection"], ["collection.name"], name=op.f("fk_centre_collection"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("collection", "kind", "lang", name=op.f("pk_centre")),
    )
    op.drop_column("collection", "centre_sum")
    op.drop_column("collection", "centre_count")
    op.add_column("passage", sa.Column("text_lang", sa.String(length=12), nullable=False, server_default=""))
    # The old points lack the language of their text. Without a collection that answers, the next start fills one.
    op.execute(sa.text("UPDATE collection SET active = false"))
