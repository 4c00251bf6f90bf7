"""The tables that every service's database has: outbox, inbox, jobs, idempotency keys."""

import sqlalchemy as sa

from services.common.db.types import NAMING, Guid, Json, UTCDateTime, choice

kernel = sa.MetaData(naming_convention=NAMING)

outbox = sa.Table(
    "outbox",
    kernel,
    sa.Column("id", Guid, primary_key=True),
    sa.Column("type", sa.String(100), nullable=False),
    sa.Column("at", UTCDateTime, nullable=False),
    sa.Column("data", Json, nullable=False),
    sa.Column("request_id", sa.String(64)),
    # Subscribers that still wait, comma-separated; null until the relay has looked at the row.
    sa.Column("pending", sa.String(200)),
    sa.Column("delivered_at", UTCDateTime),
    sa.Index(
        "ix_outbox_undelivered",
        "id",
        sqlite_where=sa.text("delivered_at IS NULL"),
        postgresql_where=sa.text("delivered_at IS NULL"),
    ),
)

inbox = sa.Table(
    "inbox",
    kernel,
    sa.Column("event_id", Guid, primary_key=True),
    sa.Column("type", sa.String(100), nullable=False),
    sa.Column("received_at", UTCDateTime, nullable=False),
)

JOB_STATES = ("queued", "running", "done", "dead", "cancelled")
_UNFINISHED = sa.text("state IN ('queued', 'running')")

job = sa.Table(
    "job",
    kernel,
    sa.Column("id", Guid, primary_key=True),
    sa.Column("name", sa.String(100), nullable=False),
    sa.Column("queue", sa.String(32), nullable=False),
    sa.Column("payload", Json, nullable=False),
    sa.Column("key", sa.String(200)),
    sa.Column("state", choice(*JOB_STATES, name="state"), nullable=False),
    sa.Column("priority", sa.Integer, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("max_attempts", sa.Integer, nullable=False),
    sa.Column("run_at", UTCDateTime, nullable=False),
    sa.Column("lease_until", UTCDateTime),
    sa.Column("progress", Json),
    sa.Column("result", Json),
    sa.Column("error", sa.Text),
    sa.Column("cancel_requested", sa.Boolean, nullable=False),
    sa.Column("request_id", sa.String(64)),
    sa.Column("created_at", UTCDateTime, nullable=False),
    sa.Column("started_at", UTCDateTime),
    sa.Column("finished_at", UTCDateTime),
    sa.Index(
        "ix_job_unfinished",
        "queue",
        "state",
        "priority",
        "run_at",
        sqlite_where=_UNFINISHED,
        postgresql_where=_UNFINISHED,
    ),
    sa.Index("uq_job_key", "key", unique=True, sqlite_where=_UNFINISHED, postgresql_where=_UNFINISHED),
)

idempotency = sa.Table(
    "idempotency",
    kernel,
    sa.Column("actor", sa.String(100), primary_key=True),
    sa.Column("key", sa.String(200), primary_key=True),
    sa.Column("request_hash", sa.LargeBinary(32), nullable=False),
    sa.Column("status", sa.Integer, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Column("created_at", UTCDateTime, nullable=False),
)
