"""Categories, tags, priorities, statuses, macros, views: what the desk is made of, by key."""

import sqlalchemy as sa

from services.common.db import Guid, Json, UTCDateTime, choice
from services.core.contract import STATUSES
from services.core.models.base import metadata

SCOPES = ("system", "global", "shared", "team", "personal")

desk = sa.Table(
    "desk",
    metadata,
    sa.Column("key", sa.String(80), primary_key=True),
    sa.Column("value", Json, nullable=False),
)

category = sa.Table(
    "category",
    metadata,
    sa.Column("id", Guid, primary_key=True),
    sa.Column("key", sa.String(80), nullable=False, unique=True),
    sa.Column("parent", sa.String(80), sa.ForeignKey("category.key")),
    sa.Column("name", Json, nullable=False),
    sa.Column("definition", Json, nullable=False),
    sa.Column("team", sa.String(80), sa.ForeignKey("team.key")),
    sa.Column("active", sa.Boolean, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
)

tag = sa.Table(
    "tag",
    metadata,
    sa.Column("id", Guid, primary_key=True),
    sa.Column("key", sa.String(80), nullable=False, unique=True),
    sa.Column("name", Json, nullable=False),
    sa.Column("active", sa.Boolean, nullable=False),
)

priority = sa.Table(
    "priority",
    metadata,
    sa.Column("key", sa.String(80), primary_key=True),
    sa.Column("rank", sa.Integer, nullable=False),
    sa.Column("name", Json, nullable=False),
    sa.Column("definition", Json, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
)

status = sa.Table(
    "status",
    metadata,
    sa.Column("key", sa.String(80), primary_key=True),
    sa.Column("category", choice(*STATUSES, name="category"), nullable=False),
    sa.Column("name", Json, nullable=False),
    sa.Column("next", Json, nullable=False),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("active", sa.Boolean, nullable=False),
    # What the customer is told when a ticket gets here, by language, and whether they are.
    sa.Column("message", Json, nullable=False),
    sa.Column("tells", sa.Boolean, nullable=False),
    # Whether a ticket gets here only with a word on what solved it.
    sa.Column("needs_resolution", sa.Boolean, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
)

macro = sa.Table(
    "macro",
    metadata,
    sa.Column("id", Guid, primary_key=True),
    sa.Column("key", sa.String(80), nullable=False, unique=True),
    sa.Column("title", Json, nullable=False),
    sa.Column("body", Json, nullable=False),
    sa.Column("category", sa.String(80), sa.ForeignKey("category.key")),
    sa.Column("scope", choice(*SCOPES, name="scope"), nullable=False),
    sa.Column("team", sa.String(80), sa.ForeignKey("team.key")),
    sa.Column("owner_id", Guid, sa.ForeignKey("staff.id")),
    sa.Column("actions", Json, nullable=False),
    sa.Column("used", sa.Integer, nullable=False),
    sa.Column("active", sa.Boolean, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
)

# One row for each time that a macro was used, so that a period can be counted.
macro_use = sa.Table(
    "macro_use",
    metadata,
    sa.Column("id", Guid, primary_key=True),
    sa.Column("macro_id", Guid, sa.ForeignKey("macro.id"), nullable=False),
    sa.Column("ticket_id", Guid, sa.ForeignKey("ticket.id", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("by", sa.String(64), nullable=False),
    sa.Column("at", UTCDateTime, nullable=False),
    sa.Index("ix_macro_use_macro", "macro_id", "at"),
)

# The digits to which a person has bound macros.
macro_key = sa.Table(
    "macro_key",
    metadata,
    sa.Column("staff_id", Guid, sa.ForeignKey("staff.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("key", sa.Integer, primary_key=True),
    sa.Column("macro_id", Guid, sa.ForeignKey("macro.id"), nullable=False),
)

view = sa.Table(
    "view",
    metadata,
    sa.Column("id", Guid, primary_key=True),
    sa.Column("name", Json, nullable=False),
    sa.Column("filters", Json, nullable=False),
    sa.Column("sort", sa.String(40), nullable=False),
    sa.Column("scope", choice(*SCOPES, name="scope"), nullable=False),
    sa.Column("owner_id", sa.String(64), nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("created_at", UTCDateTime, nullable=False),
)
