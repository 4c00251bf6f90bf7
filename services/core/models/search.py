"""What of the ledger the full-text index has. The index itself (``ticket_fts``) is made by hand in a migration."""

import sqlalchemy as sa

from services.common.db import UTCDateTime
from services.core.models.base import metadata

search_state = sa.Table(
    "search_state",
    metadata,
    sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("updated_at", UTCDateTime, nullable=False, index=True),
    # True when something outside the ticket changed, such as its customer's name.
    sa.Column("stale", sa.Boolean, nullable=False),
    sa.Index(
        "ix_search_state_stale",
        "number",
        sqlite_where=sa.text("stale"),
        postgresql_where=sa.text("stale"),
    ),
)
