"""Database: one short synchronous unit of work at a time, on SQLite and on PostgreSQL alike."""

from services.common.db.engine import Database, DatabaseBroken, after_commit, orm
from services.common.db.types import Guid, Json, UTCDateTime, choice, metadata_for

__all__ = [
    "Database",
    "DatabaseBroken",
    "Guid",
    "Json",
    "UTCDateTime",
    "after_commit",
    "choice",
    "metadata_for",
    "orm",
]
