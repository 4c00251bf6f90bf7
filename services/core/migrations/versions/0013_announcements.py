"""announcements"""

import sqlalchemy as sa
from alembic import op

import services.common.db.types

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def moment(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, services.common.db.types.UTCDateTime(timezone=True), nullable=nullable)


def to(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}")
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=name, ondelete="CASCADE")


def one_of(*values: str, name: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)


def upgrade() -> None:
    op.create_table(
        "announcement",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("title", services.common.db.types.Json(), nullable=False),
        sa.Column("body", services.common.db.types.Json(), nullable=False),
        sa.Column("severity", one_of("info", "caution", "danger", name="severity"), nullable=False),
        moment("starts_at"),
        moment("ends_at", nullable=True),
        moment("happens_at", nullable=True),
        sa.Column(
            "audience",
            one_of("everybody", "organization", "category", "tag", "problem", name="audience"),
            nullable=False,
        ),
        sa.Column("audience_value", sa.String(length=200), nullable=False),
        sa.Column("problem", sa.BigInteger(), nullable=True),
        sa.Column("mail", sa.Boolean(), nullable=False),
        sa.Column("author_id", sa.String(length=64), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        moment("created_at"),
        moment("updated_at"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_announcement")),
    )
    op.create_index(op.f("ix_announcement_ends_at"), "announcement", ["ends_at"])
    op.create_table(
        "announcement_mail",
        sa.Column("announcement_id", sa.Uuid(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        moment("at"),
        to("announcement_mail", "announcement_id", "announcement"),
        to("announcement_mail", "contact_id", "contact"),
        sa.PrimaryKeyConstraint("announcement_id", "contact_id", name=op.f("pk_announcement_mail")),
    )
    op.create_index("ix_announcement_mail_contact_id_at", "announcement_mail", ["contact_id", "at"])
    op.create_table(
        "announcement_affected",
        sa.Column("announcement_id", sa.Uuid(), nullable=False),
        sa.Column("who", sa.String(length=64), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=True),
        moment("at"),
        to("announcement_affected", "announcement_id", "announcement"),
        to("announcement_affected", "contact_id", "contact"),
        sa.PrimaryKeyConstraint("announcement_id", "who", name=op.f("pk_announcement_affected")),
    )
    op.create_index(op.f("ix_announcement_affected_contact_id"), "announcement_affected", ["contact_id"])
    op.create_table(
        "announcement_optout",
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        moment("at"),
        to("announcement_optout", "contact_id", "contact"),
        sa.PrimaryKeyConstraint("contact_id", name=op.f("pk_announcement_optout")),
    )
