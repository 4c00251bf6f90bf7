"""Fields of the desk's own, forms that ask for them, and templates of tickets. Values lie on ticket and contact."""

import sqlalchemy as sa

from services.common.db import Guid, Json, choice
from services.core.contract import FIELD_KINDS
from services.core.models.base import metadata

custom_field = sa.Table(
    "custom_field",
    metadata,
    sa.Column("id", Guid, primary_key=True),
    sa.Column("key", sa.String(80), nullable=False, unique=True),
    sa.Column("target", choice("ticket", "contact", name="target"), nullable=False),
    sa.Column("kind", choice(*FIELD_KINDS, name="kind"), nullable=False),
    sa.Column("name", Json, nullable=False),
    sa.Column("help", Json, nullable=False),
    sa.Column("options", Json, nullable=False),
    sa.Column("visibility", choice("customer", "staff", name="visibility"), nullable=False),
    sa.Column("required", sa.Boolean, nullable=False),
    sa.Column("required_for", Json, nullable=False),
    # Numbers, amounts, dates and lengths alike, as text: an amount is no float.
    sa.Column("minimum", sa.String(40), nullable=False),
    sa.Column("maximum", sa.String(40), nullable=False),
    sa.Column("pattern", sa.String(300), nullable=False),
    sa.Column("source", sa.String(80), nullable=False),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("active", sa.Boolean, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
)

form = sa.Table(
    "form",
    metadata,
    sa.Column("id", Guid, primary_key=True),
    sa.Column("key", sa.String(80), nullable=False, unique=True),
    sa.Column("name", Json, nullable=False),
    sa.Column("description", Json, nullable=False),
    sa.Column("audience", choice("customer", "staff", name="audience"), nullable=False),
    sa.Column("category", sa.String(80), sa.ForeignKey("category.key")),
    sa.Column("type", sa.String(32)),
    sa.Column("tags", Json, nullable=False),
    # In order: {"field", "required", "when": [{"field", "op", "value"}]}.
    sa.Column("asks", Json, nullable=False),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("active", sa.Boolean, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
)

ticket_template = sa.Table(
    "ticket_template",
    metadata,
    sa.Column("id", Guid, primary_key=True),
    sa.Column("key", sa.String(80), nullable=False, unique=True),
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("subject", sa.String(300), nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("form", sa.String(80), sa.ForeignKey("form.key")),
    sa.Column("fields", Json, nullable=False),
    sa.Column("category", sa.String(80), sa.ForeignKey("category.key")),
    sa.Column("priority", sa.String(80), sa.ForeignKey("priority.key")),
    sa.Column("team", sa.String(80), sa.ForeignKey("team.key")),
    sa.Column("type", sa.String(32)),
    sa.Column("tags", Json, nullable=False),
    sa.Column("active", sa.Boolean, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
)
