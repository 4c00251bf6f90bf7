"""Sessions, magic links and API tokens. Secrets are stored as SHA-256 only: they are random, not chosen."""

import sqlalchemy as sa

from services.common.db import Guid, Json, UTCDateTime, choice
from services.core.models.base import metadata

PERSON_KINDS = ("staff", "contact")

session = sa.Table(
    "session",
    metadata,
    sa.Column("hash", sa.LargeBinary(32), primary_key=True),
    sa.Column("person_kind", choice(*PERSON_KINDS, name="person_kind"), nullable=False),
    sa.Column("person_id", Guid, nullable=False, index=True),
    sa.Column("epoch", sa.Integer, nullable=False),
    sa.Column("created_at", UTCDateTime, nullable=False),
    sa.Column("expires_at", UTCDateTime, nullable=False),
    sa.Column("ended_at", UTCDateTime),
)

magic_link = sa.Table(
    "magic_link",
    metadata,
    sa.Column("hash", sa.LargeBinary(32), primary_key=True),
    sa.Column("person_kind", choice(*PERSON_KINDS, name="person_kind"), nullable=False),
    sa.Column("person_id", Guid, nullable=False),
    sa.Column("epoch", sa.Integer, nullable=False),
    sa.Column("created_at", UTCDateTime, nullable=False),
    sa.Column("expires_at", UTCDateTime, nullable=False),
    sa.Column("used_at", UTCDateTime),
)

api_token = sa.Table(
    "api_token",
    metadata,
    sa.Column("id", Guid, primary_key=True),
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("hash", sa.LargeBinary(32), nullable=False, unique=True),
    sa.Column("hint", sa.String(4), nullable=False),
    sa.Column("scopes", Json, nullable=False),
    sa.Column("created_by", sa.String(100), nullable=False),
    sa.Column("created_at", UTCDateTime, nullable=False),
    sa.Column("expires_at", UTCDateTime),
    sa.Column("revoked_at", UTCDateTime),
    sa.Column("last_used_at", UTCDateTime),
)
