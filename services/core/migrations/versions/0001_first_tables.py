"""first tables"""

import sqlalchemy as sa
from alembic import op

import services.common.db.types
from services.core.models.base import ticket_number
from services.core.taxonomy.defaults import PRIORITIES, STATUSES

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "api_token",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("hint", sa.String(length=4), nullable=False),
        sa.Column("scopes", services.common.db.types.Json(), nullable=False),
        sa.Column("created_by", sa.String(length=100), nullable=False),
        sa.Column("created_at", services.common.db.types.UTCDateTime(), nullable=False),
        sa.Column("expires_at", services.common.db.types.UTCDateTime(), nullable=True),
        sa.Column("revoked_at", services.common.db.types.UTCDateTime(), nullable=True),
        sa.Column("last_used_at", services.common.db.types.UTCDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_token")),
        sa.UniqueConstraint("hash", name=op.f("uq_api_token_hash")),
    )
    op.create_table(
        "audit",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", services.common.db.types.UTCDateTime(), nullable=False),
        sa.Column("subject", sa.String(length=40), nullable=False),
        sa.Column("subject_id", sa.String(length=80), nullable=False),
        sa.Column("ticket_id", sa.Uuid(), nullable=True),
        sa.Column("number", sa.BigInteger(), nullable=True),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column(
            "author_kind",
            sa.Enum(
                "contact",
                "staff",
                "token",
                "rule",
                "model",
                "system",
                name="author_kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("author_id", sa.String(length=64), nullable=True),
        sa.Column("author_name", sa.String(length=200), nullable=False),
        sa.Column("changes", services.common.db.types.Json(), nullable=False),
        sa.Column("request_id", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    with op.batch_alter_table("audit", schema=None) as batch_op:
        batch_op.create_index("ix_audit_subject", ["subject", "subject_id", "id"], unique=False)
        batch_op.create_index("ix_audit_ticket", ["ticket_id", "id"], unique=False)

    op.create_table(
        "desk",
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("value", services.common.db.types.Json(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_desk")),
    )
    op.create_table(
        "idempotency",
        sa.Column("actor", sa.String(length=100), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("request_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", services.common.db.types.UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("actor", "key", name=op.f("pk_idempotency")),
    )
    op.create_table(
        "inbox",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("type", sa.String(length=100), nullable=False),
        sa.Column("received_at", services.common.db.types.UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_inbox")),
    )
    op.create_table(
        "job",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("queue", sa.String(length=32), nullable=False),
        sa.Column("payload", services.common.db.types.Json(), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "queued",
                "running",
                "done",
                "dead",
                "cancelled",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("max_attempts", sa.Integer(), nullable=False),
        sa.Column("run_at", services.common.db.types.UTCDateTime(), nullable=False),
        sa.Column("lease_until", services.common.db.types.UTCDateTime(), nullable=True),
        sa.Column("progress", services.common.db.types.Json(), nullable=True),
        sa.Column("result", services.common.db.types.Json(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("cancel_requested", sa.Boolean(), nullable=False),
        sa.Column("request_id", sa.String(length=64), nullable=True),
        sa.Column("created_at", services.common.db.types.UTCDateTime(), nullable=False),
        sa.Column("started_at", services.common.db.types.UTCDateTime(), nullable=True),
        sa.Column("finished_at", services.common.db.types.UTCDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job")),
    )
    with op.batch_alter_table("job", schema=None) as batch_op:
        batch_op.create_index(
            "ix_job_unfinished",
            ["queue", "state", "priority", "run_at"],
            unique=False,
            sqlite_where=sa.text("state IN ('queued', 'running')"),
            postgresql_where=sa.text("state IN ('queued', 'running')"),
        )
        batch_op.create_index(
            "uq_job_key",
            ["key"],
            unique=True,
            sqlite_where=sa.text("state IN ('queued', 'running')"),
            postgresql_where=sa.text("state IN ('queued', 'running')"),
        )

    op.create_table(
        "magic_link",
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column(
            "person_kind",
            sa.Enum(
                "staff", "contact", name="person_kind", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("created_at", services.common.db.types.UTCDateTime(), nullable=False),
        sa.Column("expires_at", services.common.db.types.UTCDateTime(), nullable=False),
        sa.Column("used_at", services.common.db.types.UTCDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_magic_link")),
    )
    op.create_table(
        "organization",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("created_at", services.common.db.types.UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organization")),
        sa.UniqueConstraint("name", name=op.f("uq_organization_name")),
    )
    op.create_table(
        "outbox",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("type", sa.String(length=100), nullable=False),
        sa.Column("at", services.common.db.types.UTCDateTime(), nullable=False),
        sa.Column("data", services.common.db.types.Json(), nullable=False),
        sa.Column("request_id", sa.String(length=64), nullable=True),
        sa.Column("pending", sa.String(length=200), nullable=True),
        sa.Column("delivered_at", services.common.db.types.UTCDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
    )
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.create_index(
            "ix_outbox_undelivered",
            ["id"],
            unique=False,
            sqlite_where=sa.text("delivered_at IS NULL"),
            postgresql_where=sa.text("delivered_at IS NULL"),
        )

    op.create_table(
        "priority",
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("name", services.common.db.types.Json(), nullable=False),
        sa.Column("definition", services.common.db.types.Json(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_priority")),
    )
    op.create_table(
        "quarantine",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("sender", sa.String(length=320), nullable=False),
        sa.Column("subject", sa.String(length=300), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("file", sa.String(length=32), nullable=False),
        sa.Column("received_at", services.common.db.types.UTCDateTime(), nullable=False),
        sa.Column("resolved_at", services.common.db.types.UTCDateTime(), nullable=True),
        sa.Column("resolved_by", sa.String(length=100), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quarantine")),
        sa.UniqueConstraint("sha256", name=op.f("uq_quarantine_sha256")),
    )
    op.create_table(
        "session",
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column(
            "person_kind",
            sa.Enum(
                "staff", "contact", name="person_kind", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("created_at", services.common.db.types.UTCDateTime(), nullable=False),
        sa.Column("expires_at", services.common.db.types.UTCDateTime(), nullable=False),
        sa.Column("ended_at", services.common.db.types.UTCDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_session")),
    )
    with op.batch_alter_table("session", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_session_person_id"), ["person_id"], unique=False)

    op.create_table(
        "staff",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("email", sa.String(length=320), nullable=False),
        sa.Column("roles", services.common.db.types.Json(), nullable=False),
        sa.Column("skills", services.common.db.types.Json(), nullable=False),
        sa.Column("languages", services.common.db.types.Json(), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("locale", sa.String(length=8), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=True),
        sa.Column("totp_secret", sa.String(length=64), nullable=True),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", services.common.db.types.UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff")),
        sa.UniqueConstraint("email", name=op.f("uq_staff_email")),
    )
    op.create_table(
        "status",
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column(
            "category",
            sa.Enum(
                "open",
                "pending",
                "in_progress",
                "delayed",
                "solved",
                "closed",
                "cancelled",
                name="category",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("name", services.common.db.types.Json(), nullable=False),
        sa.Column("next", services.common.db.types.Json(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_status")),
    )
    op.create_table(
        "tag",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("name", services.common.db.types.Json(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tag")),
        sa.UniqueConstraint("key", name=op.f("uq_tag_key")),
    )
    op.create_table(
        "team",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("name", services.common.db.types.Json(), nullable=False),
        sa.Column("description", services.common.db.types.Json(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team")),
        sa.UniqueConstraint("key", name=op.f("uq_team_key")),
    )
    op.create_table(
        "view",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", services.common.db.types.Json(), nullable=False),
        sa.Column("filters", services.common.db.types.Json(), nullable=False),
        sa.Column("sort", sa.String(length=40), nullable=False),
        sa.Column(
            "scope",
            sa.Enum(
                "system",
                "global",
                "shared",
                "team",
                "personal",
                name="scope",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("owner_id", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", services.common.db.types.UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_view")),
    )
    op.create_table(
        "category",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("parent", sa.String(length=80), nullable=True),
        sa.Column("name", services.common.db.types.Json(), nullable=False),
        sa.Column("definition", services.common.db.types.Json(), nullable=False),
        sa.Column("team", sa.String(length=80), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["parent"], ["category.key"], name=op.f("fk_category_parent")),
        sa.ForeignKeyConstraint(["team"], ["team.key"], name=op.f("fk_category_team")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_category")),
        sa.UniqueConstraint("key", name=op.f("uq_category_key")),
    )
    op.create_table(
        "contact",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("email", sa.String(length=320), nullable=True),
        sa.Column("organization_id", sa.Uuid(), nullable=True),
        sa.Column(
            "tier",
            sa.Enum(
                "standard",
                "premium",
                "vip",
                name="tier",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("locale", sa.String(length=8), nullable=False),
        sa.Column("notes", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=True),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", services.common.db.types.UTCDateTime(), nullable=False),
        sa.Column("updated_at", services.common.db.types.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_contact_organization_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact")),
    )
    with op.batch_alter_table("contact", schema=None) as batch_op:
        batch_op.create_index("ix_contact_email", ["email"], unique=False)

    op.create_table(
        "team_member",
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name=op.f("fk_team_member_staff_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["team_id"], ["team.id"], name=op.f("fk_team_member_team_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("team_id", "staff_id", name=op.f("pk_team_member")),
    )
    with op.batch_alter_table("team_member", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_team_member_staff_id"), ["staff_id"], unique=False)

    op.create_table(
        "contact_identity",
        sa.Column(
            "kind",
            sa.Enum(
                "email",
                "phone",
                "whatsapp",
                "telegram",
                "portal",
                "social",
                "external",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("value", sa.String(length=320), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("verified", sa.Boolean(), nullable=False),
        sa.Column("created_at", services.common.db.types.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_contact_identity_contact_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("kind", "value", name=op.f("pk_contact_identity")),
    )
    with op.batch_alter_table("contact_identity", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_contact_identity_contact_id"), ["contact_id"], unique=False)

    op.create_table(
        "macro",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("title", services.common.db.types.Json(), nullable=False),
        sa.Column("body", services.common.db.types.Json(), nullable=False),
        sa.Column("category", sa.String(length=80), nullable=True),
        sa.Column(
            "scope",
            sa.Enum(
                "system",
                "global",
                "shared",
                "team",
                "personal",
                name="scope",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("team", sa.String(length=80), nullable=True),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("actions", services.common.db.types.Json(), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["category"], ["category.key"], name=op.f("fk_macro_category")),
        sa.ForeignKeyConstraint(["owner_id"], ["staff.id"], name=op.f("fk_macro_owner_id")),
        sa.ForeignKeyConstraint(["team"], ["team.key"], name=op.f("fk_macro_team")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_macro")),
        sa.UniqueConstraint("key", name=op.f("uq_macro_key")),
    )
    op.create_table(
        "ticket",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("subject", sa.String(length=300), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=80), nullable=False),
        sa.Column(
            "status_category",
            sa.Enum(
                "open",
                "pending",
                "in_progress",
                "delayed",
                "solved",
                "closed",
                "cancelled",
                name="status_category",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "working_label",
            sa.Enum(
                "new",
                "awaiting_reply",
                "not_awaiting_reply",
                "closed",
                name="working_label",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("priority", sa.String(length=80), nullable=False),
        sa.Column("priority_rank", sa.Integer(), nullable=False),
        sa.Column("category", sa.String(length=80), nullable=True),
        sa.Column("tags", services.common.db.types.Json(), nullable=False),
        sa.Column(
            "type",
            sa.Enum(
                "question",
                "incident",
                "problem",
                "task",
                name="type",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column(
            "channel",
            sa.Enum(
                "email",
                "portal",
                "form",
                "chat",
                "api",
                "phone",
                "sms",
                "whatsapp",
                "telegram",
                "social",
                "alert",
                "forum",
                name="channel",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("requester_id", sa.Uuid(), nullable=False),
        sa.Column("assignee_id", sa.Uuid(), nullable=True),
        sa.Column("team", sa.String(length=80), nullable=True),
        sa.Column("fields", services.common.db.types.Json(), nullable=False),
        sa.Column("sla", services.common.db.types.Json(), nullable=True),
        sa.Column("breach_at", services.common.db.types.UTCDateTime(), nullable=True),
        sa.Column("provenance", services.common.db.types.Json(), nullable=False),
        sa.Column("resolution", sa.Text(), nullable=False),
        sa.Column("reopens", sa.Integer(), nullable=False),
        sa.Column(
            "triage",
            sa.Enum(
                "waiting",
                "decided",
                "abstained",
                name="triage",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("triage_version", sa.Integer(), nullable=False),
        sa.Column("external_id", sa.String(length=200), nullable=True),
        sa.Column("suggestion_session", sa.String(length=100), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", services.common.db.types.UTCDateTime(), nullable=False),
        sa.Column("updated_at", services.common.db.types.UTCDateTime(), nullable=False),
        sa.Column("closed_at", services.common.db.types.UTCDateTime(), nullable=True),
        sa.Column("customer_at", services.common.db.types.UTCDateTime(), nullable=True),
        sa.Column("staff_at", services.common.db.types.UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["assignee_id"], ["staff.id"], name=op.f("fk_ticket_assignee_id")),
        sa.ForeignKeyConstraint(["category"], ["category.key"], name=op.f("fk_ticket_category")),
        sa.ForeignKeyConstraint(["priority"], ["priority.key"], name=op.f("fk_ticket_priority")),
        sa.ForeignKeyConstraint(["requester_id"], ["contact.id"], name=op.f("fk_ticket_requester_id")),
        sa.ForeignKeyConstraint(["status"], ["status.key"], name=op.f("fk_ticket_status")),
        sa.ForeignKeyConstraint(["team"], ["team.key"], name=op.f("fk_ticket_team")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket")),
        sa.UniqueConstraint("number", name=op.f("uq_ticket_number")),
    )
    with op.batch_alter_table("ticket", schema=None) as batch_op:
        batch_op.create_index(
            "ix_ticket_assignee",
            ["assignee_id", "status_category"],
            unique=False,
            sqlite_where=sa.text("assignee_id IS NOT NULL"),
            postgresql_where=sa.text("assignee_id IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_ticket_category",
            ["category", "id"],
            unique=False,
            sqlite_where=sa.text("category IS NOT NULL"),
            postgresql_where=sa.text("category IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_ticket_closed",
            ["closed_at", "id"],
            unique=False,
            sqlite_where=sa.text("closed_at IS NOT NULL"),
            postgresql_where=sa.text("closed_at IS NOT NULL"),
        )
        batch_op.create_index("ix_ticket_created", ["created_at", "id"], unique=False)
        batch_op.create_index("ix_ticket_queue", ["status_category", "priority_rank", "id"], unique=False)
        batch_op.create_index("ix_ticket_requester", ["requester_id", "id"], unique=False)
        batch_op.create_index(
            "ix_ticket_team",
            ["team", "status_category"],
            unique=False,
            sqlite_where=sa.text("team IS NOT NULL"),
            postgresql_where=sa.text("team IS NOT NULL"),
        )
        batch_op.create_index("ix_ticket_updated", ["updated_at", "id"], unique=False)
        batch_op.create_index(
            "uq_ticket_external",
            ["channel", "external_id"],
            unique=True,
            sqlite_where=sa.text("external_id IS NOT NULL"),
            postgresql_where=sa.text("external_id IS NOT NULL"),
        )

    op.create_table(
        "message",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("reply", "note", name="kind", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column(
            "author_kind",
            sa.Enum(
                "contact",
                "staff",
                "token",
                "rule",
                "model",
                "system",
                name="author_kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("author_id", sa.String(length=64), nullable=True),
        sa.Column("author_name", sa.String(length=200), nullable=False),
        sa.Column(
            "channel",
            sa.Enum(
                "email",
                "portal",
                "form",
                "chat",
                "api",
                "phone",
                "sms",
                "whatsapp",
                "telegram",
                "social",
                "alert",
                "forum",
                name="channel",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("body_text", sa.Text(), nullable=False),
        sa.Column("body_html", sa.Text(), nullable=False),
        sa.Column("quoted_text", sa.Text(), nullable=False),
        sa.Column("automatic", sa.Boolean(), nullable=False),
        sa.Column("attachments", services.common.db.types.Json(), nullable=False),
        sa.Column("mail_id", sa.String(length=990), nullable=True),
        sa.Column("source", sa.String(length=32), nullable=True),
        sa.Column("delivery", sa.String(length=16), nullable=False),
        sa.Column("delivery_detail", sa.Text(), nullable=False),
        sa.Column("recommendation", sa.String(length=64), nullable=True),
        sa.Column("at", services.common.db.types.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["ticket.id"], name=op.f("fk_message_ticket_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
    )
    with op.batch_alter_table("message", schema=None) as batch_op:
        batch_op.create_index("ix_message_ticket", ["ticket_id", "id"], unique=False)
        batch_op.create_index(
            "uq_message_mail",
            ["mail_id"],
            unique=True,
            sqlite_where=sa.text("mail_id IS NOT NULL"),
            postgresql_where=sa.text("mail_id IS NOT NULL"),
        )

    op.create_table(
        "proposal",
        sa.Column("decision_id", sa.Uuid(), nullable=False),
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("outcome", services.common.db.types.Json(), nullable=False),
        sa.Column("at", services.common.db.types.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["ticket.id"], name=op.f("fk_proposal_ticket_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("decision_id", name=op.f("pk_proposal")),
    )
    with op.batch_alter_table("proposal", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_proposal_ticket_id"), ["ticket_id"], unique=False)

    op.create_table(
        "ticket_share",
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("at", services.common.db.types.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name=op.f("fk_ticket_share_staff_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["ticket.id"], name=op.f("fk_ticket_share_ticket_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("ticket_id", "staff_id", name=op.f("pk_ticket_share")),
    )
    with op.batch_alter_table("ticket_share", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_ticket_share_staff_id"), ["staff_id"], unique=False)

    op.create_table(
        "ticket_tag",
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("tag", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(["tag"], ["tag.key"], name=op.f("fk_ticket_tag_tag")),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["ticket.id"], name=op.f("fk_ticket_tag_ticket_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("ticket_id", "tag", name=op.f("pk_ticket_tag")),
    )
    with op.batch_alter_table("ticket_tag", schema=None) as batch_op:
        batch_op.create_index("ix_ticket_tag_tag", ["tag", "ticket_id"], unique=False)

    op.create_table(
        "attachment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.String(length=100), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("type", sa.String(length=150), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("file", sa.String(length=32), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=True),
        sa.Column("ticket_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", services.common.db.types.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name=op.f("fk_attachment_message_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["ticket.id"], name=op.f("fk_attachment_ticket_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachment")),
    )
    with op.batch_alter_table("attachment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_attachment_message_id"), ["message_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_attachment_ticket_id"), ["ticket_id"], unique=False)
    if op.get_bind().dialect.name == "postgresql":
        op.execute(sa.schema.CreateSequence(ticket_number))
    _insert_defaults()


def _insert_defaults() -> None:
    """The seven statuses and four priorities that tickets refer to."""
    json = services.common.db.types.Json
    statuses = sa.table(
        "status",
        sa.column("key"),
        sa.column("category"),
        sa.column("name", json),
        sa.column("next", json),
        sa.column("position"),
    )
    op.bulk_insert(statuses, STATUSES)
    priorities = sa.table(
        "priority",
        sa.column("key"),
        sa.column("rank"),
        sa.column("name", json),
        sa.column("definition", json),
        sa.column("version"),
    )
    op.bulk_insert(priorities, PRIORITIES)
    op.bulk_insert(
        sa.table("desk", sa.column("key"), sa.column("value", json)),
        [{"key": "taxonomy_version", "value": 1}],
    )
