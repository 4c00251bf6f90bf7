"""The ledger: tickets, their messages, and the record of every change."""

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from services.common.db import Guid, Json, UTCDateTime, choice
from services.core.contract import CHANNELS, STATUSES, TYPES, WORKING_LABELS
from services.core.models.base import metadata

WORKED_ON: dict[str, Any] = {
    name: sa.text("working_label <> 'closed'") for name in ("sqlite_where", "postgresql_where")
}
NO_DEADLINE = datetime(9999, 1, 1, tzinfo=UTC)
"""The deadline, in an order by deadline, of a ticket that has none."""
AUTHORS = ("contact", "staff", "token", "rule", "model", "system")

ticket = sa.Table(
    "ticket",
    metadata,
    sa.Column("id", Guid, primary_key=True),
    sa.Column("number", sa.BigInteger, nullable=False, unique=True),
    sa.Column("subject", sa.String(300), nullable=False),
    # The customer's first words; written once.
    sa.Column("description", sa.Text, nullable=False),
    sa.Column("status", sa.String(80), sa.ForeignKey("status.key"), nullable=False),
    sa.Column("status_category", choice(*STATUSES, name="status_category"), nullable=False),
    sa.Column("working_label", choice(*WORKING_LABELS, name="working_label"), nullable=False),
    sa.Column("priority", sa.String(80), sa.ForeignKey("priority.key"), nullable=False),
    # The rank of the priority again, so that queues sort by an index.
    sa.Column("priority_rank", sa.Integer, nullable=False),
    sa.Column("category", sa.String(80), sa.ForeignKey("category.key")),
    sa.Column("tags", Json, nullable=False),
    sa.Column("type", choice(*TYPES, name="type"), nullable=False),
    sa.Column("language", sa.String(8), nullable=False),
    sa.Column("channel", choice(*CHANNELS, name="channel"), nullable=False),
    sa.Column("requester_id", Guid, sa.ForeignKey("contact.id"), nullable=False),
    sa.Column("assignee_id", Guid, sa.ForeignKey("staff.id")),
    sa.Column("team", sa.String(80), sa.ForeignKey("team.key")),
    sa.Column("fields", Json, nullable=False),
    # Key of the form that it came by. A form is switched off and never removed while a ticket names it.
    sa.Column("form", sa.String(80)),
    sa.Column("sla", Json),
    sa.Column("breach_at", UTCDateTime),
    # Field -> {"by": person|rule|model, "version": the version that changed it, "at": when}.
    sa.Column("provenance", Json, nullable=False),
    sa.Column("resolution", sa.Text, nullable=False),
    sa.Column("reopens", sa.Integer, nullable=False),
    sa.Column("triage", choice("waiting", "decided", "abstained", name="triage"), nullable=False),
    # The ticket version that the newest decision had read.
    sa.Column("triage_version", sa.Integer, nullable=False),
    sa.Column("external_id", sa.String(200)),
    sa.Column("suggestion_session", sa.String(100)),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("created_at", UTCDateTime, nullable=False),
    sa.Column("updated_at", UTCDateTime, nullable=False),
    sa.Column("closed_at", UTCDateTime),
    sa.Column("customer_at", UTCDateTime),
    sa.Column("staff_at", UTCDateTime),
    sa.Column("merged_into", Guid, sa.ForeignKey("ticket.id", name="fk_ticket_merged_into")),
    sa.Index("ix_ticket_updated", "updated_at", "id"),
    sa.Index("ix_ticket_created", "created_at", "id"),
    # What is worked on, in the order of a queue and with what its views are counted by; closed tickets are not in it:
    # by priority, by activity, in whose hands, and what people triage. By deadline: below.
    sa.Index("ix_ticket_active", "priority_rank", "id", "working_label", "team", **WORKED_ON),
    sa.Index("ix_ticket_open", "updated_at", "id", "working_label", **WORKED_ON),
    sa.Index("ix_ticket_hands", "assignee_id", "priority_rank", "id", **WORKED_ON),
    sa.Index("ix_ticket_triage", "triage", "category", "created_at", "id", **WORKED_ON),
    sa.Index("ix_ticket_requester", "requester_id", "id"),
    # Of what a new ticket does not have yet, only the rows that have it: intake pays for every index.
    *[
        sa.Index(
            name,
            *columns,
            sqlite_where=sa.text(f"{columns[0]} IS NOT NULL"),
            postgresql_where=sa.text(f"{columns[0]} IS NOT NULL"),
        )
        for name, columns in {
            "ix_ticket_assignee": ("assignee_id", "status_category"),
            "ix_ticket_category": ("category", "id"),
            "ix_ticket_closed": ("closed_at", "id"),
            "ix_ticket_merged_into": ("merged_into",),
        }.items()
    ],
    sa.Index(
        "uq_ticket_external",
        "channel",
        "external_id",
        unique=True,
        sqlite_where=sa.text("external_id IS NOT NULL"),
        postgresql_where=sa.text("external_id IS NOT NULL"),
    ),
)

deadline = sa.func.coalesce(ticket.c.breach_at, sa.literal(NO_DEADLINE, UTCDateTime, literal_execute=True))
"""What an order by deadline goes by; written out, so that the databases see that the index fits."""
sa.Index("ix_ticket_deadline", deadline, ticket.c.id, **WORKED_ON)

ticket_tag = sa.Table(
    "ticket_tag",
    metadata,
    sa.Column("ticket_id", Guid, sa.ForeignKey("ticket.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("tag", sa.String(80), sa.ForeignKey("tag.key"), primary_key=True),
    sa.Index("ix_ticket_tag_tag", "tag", "ticket_id"),
)

ticket_share = sa.Table(
    "ticket_share",
    metadata,
    sa.Column("ticket_id", Guid, sa.ForeignKey("ticket.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("staff_id", Guid, sa.ForeignKey("staff.id", ondelete="CASCADE"), primary_key=True, index=True),
    sa.Column("at", UTCDateTime, nullable=False),
)

message = sa.Table(
    "message",
    metadata,
    sa.Column("id", Guid, primary_key=True),
    sa.Column("ticket_id", Guid, sa.ForeignKey("ticket.id", ondelete="CASCADE"), nullable=False),
    sa.Column("kind", choice("reply", "note", name="kind"), nullable=False),
    sa.Column("author_kind", choice(*AUTHORS, name="author_kind"), nullable=False),
    sa.Column("author_id", sa.String(64)),
    sa.Column("author_name", sa.String(200), nullable=False),
    sa.Column("channel", choice(*CHANNELS, name="channel"), nullable=False),
    sa.Column("body_text", sa.Text, nullable=False),
    sa.Column("body_html", sa.Text, nullable=False),
    sa.Column("quoted_text", sa.Text, nullable=False),
    sa.Column("automatic", sa.Boolean, nullable=False),
    sa.Column("attachments", Json, nullable=False),
    # Message-ID of mail, in or out, without its brackets.
    sa.Column("mail_id", sa.String(990)),
    sa.Column("source", sa.String(32)),
    sa.Column("delivery", sa.String(16), nullable=False),
    sa.Column("delivery_detail", sa.Text, nullable=False),
    sa.Column("recommendation", sa.String(64)),
    sa.Column("at", UTCDateTime, nullable=False),
    sa.Index("ix_message_ticket", "ticket_id", "id"),
    sa.Index(
        "uq_message_mail",
        "mail_id",
        unique=True,
        sqlite_where=sa.text("mail_id IS NOT NULL"),
        postgresql_where=sa.text("mail_id IS NOT NULL"),
    ),
)

audit = sa.Table(
    "audit",
    metadata,
    sa.Column("id", Guid, primary_key=True),
    sa.Column("at", UTCDateTime, nullable=False),
    sa.Column("subject", sa.String(40), nullable=False),
    sa.Column("subject_id", sa.String(80), nullable=False),
    sa.Column("ticket_id", Guid),
    sa.Column("number", sa.BigInteger),
    sa.Column("action", sa.String(40), nullable=False),
    sa.Column("author_kind", choice(*AUTHORS, name="author_kind"), nullable=False),
    sa.Column("author_id", sa.String(64)),
    sa.Column("author_name", sa.String(200), nullable=False),
    sa.Column("changes", Json, nullable=False),
    sa.Column("request_id", sa.String(64), nullable=False),
    sa.Index("ix_audit_ticket", "ticket_id", "id"),
    sa.Index("ix_audit_subject", "subject", "subject_id", "id"),
)

proposal = sa.Table(
    "proposal",
    metadata,
    sa.Column("decision_id", Guid, primary_key=True),
    sa.Column("ticket_id", Guid, sa.ForeignKey("ticket.id", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("outcome", Json, nullable=False),
    sa.Column("at", UTCDateTime, nullable=False),
)
