"""Time and rules: calendars, promises, timers, automation, and who was told of what."""

import sqlalchemy as sa

from services.common.db import Guid, Json, UTCDateTime, choice
from services.core.models.base import metadata

calendar = sa.Table(
    "calendar",
    metadata,
    sa.Column("key", sa.String(80), primary_key=True),
    sa.Column("name", Json, nullable=False),
    sa.Column("zone", sa.String(64), nullable=False),
    # Seven lists of [start, end] in minutes since midnight, Monday first.
    sa.Column("week", Json, nullable=False),
    sa.Column("country", sa.String(2), nullable=False),
    sa.Column("region", sa.String(10), nullable=False),
    sa.Column("extra", Json, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
)

sla_policy = sa.Table(
    "sla_policy",
    metadata,
    sa.Column("key", sa.String(80), primary_key=True),
    sa.Column("name", Json, nullable=False),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("active", sa.Boolean, nullable=False),
    # Empty lists mean any.
    sa.Column("channels", Json, nullable=False),
    sa.Column("tiers", Json, nullable=False),
    sa.Column("calendar", sa.String(80), sa.ForeignKey("calendar.key"), nullable=False),
    # Priority -> metric -> minutes of working time.
    sa.Column("targets", Json, nullable=False),
    sa.Column("pauses", Json, nullable=False),
    # Shares of the target at which somebody is warned.
    sa.Column("warn", Json, nullable=False),
    sa.Column("on_breach", Json, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
)

ticket_timer = sa.Table(
    "ticket_timer",
    metadata,
    sa.Column("ticket_id", Guid, sa.ForeignKey("ticket.id", ondelete="CASCADE"), primary_key=True),
    # sla, nudge, close, follow_up, or rule:<id>.
    sa.Column("kind", sa.String(60), primary_key=True),
    sa.Column("at", UTCDateTime, nullable=False, index=True),
)

followed = sa.Table(
    "followed",
    metadata,
    sa.Column("event_id", Guid, primary_key=True),
)

rule = sa.Table(
    "rule",
    metadata,
    sa.Column("id", Guid, primary_key=True),
    sa.Column("kind", choice("trigger", "timed", name="kind"), nullable=False),
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("active", sa.Boolean, nullable=False),
    sa.Column("events", Json, nullable=False),
    sa.Column("since", sa.String(20), nullable=False),
    sa.Column("hours", sa.Integer, nullable=False),
    sa.Column("conditions", Json, nullable=False),
    sa.Column("actions", Json, nullable=False),
    sa.Column("runs", sa.Integer, nullable=False),
    sa.Column("last_run_at", UTCDateTime),
    sa.Column("version", sa.Integer, nullable=False),
)

rule_run = sa.Table(
    "rule_run",
    metadata,
    sa.Column("rule_id", Guid, sa.ForeignKey("rule.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("ticket_id", Guid, sa.ForeignKey("ticket.id", ondelete="CASCADE"), primary_key=True),
    # The event that set it off, or the moment since which a timed rule counted: once for each.
    sa.Column("cause", sa.String(64), primary_key=True),
    sa.Column("at", UTCDateTime, nullable=False),
)

notification = sa.Table(
    "notification",
    metadata,
    sa.Column("id", Guid, primary_key=True),
    sa.Column("staff_id", Guid, sa.ForeignKey("staff.id", ondelete="CASCADE"), nullable=False),
    sa.Column("ticket_id", Guid, sa.ForeignKey("ticket.id", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("number", sa.BigInteger, nullable=False),
    sa.Column("kind", sa.String(40), nullable=False),
    # What it was about, so that nobody is told twice.
    sa.Column("cause", sa.String(120), nullable=False),
    sa.Column("subject", sa.String(300), nullable=False),
    sa.Column("actor", sa.String(200), nullable=False),
    sa.Column("detail", sa.String(300), nullable=False),
    # Whether the person wants to see it on the page; the row is there either way.
    sa.Column("shown", sa.Boolean, nullable=False),
    sa.Column("at", UTCDateTime, nullable=False),
    sa.Column("read_at", UTCDateTime),
    sa.UniqueConstraint("staff_id", "cause", name="uq_notification_cause"),
    sa.Index("ix_notification_person", "staff_id", "id"),
)

notification_choice = sa.Table(
    "notification_choice",
    metadata,
    sa.Column("staff_id", Guid, sa.ForeignKey("staff.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("kind", sa.String(40), primary_key=True),
    sa.Column("page", sa.Boolean, nullable=False),
    sa.Column("mail", sa.Boolean, nullable=False),
    sa.Column("push", sa.Boolean, nullable=False),
)
