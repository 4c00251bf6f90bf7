"""Adding to the audit log, in the unit of work that makes the change."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.common.db.compiled import CompiledInsert
from services.common.ids import uuid7
from services.common.observability import request_id
from services.core.actors import author_columns
from services.core.contract import Author, Change
from services.core.models import audit

_insert = CompiledInsert(audit)


def note(
    conn: sa.Connection,
    *,
    at: datetime,
    subject: str,
    subject_id: str | UUID,
    action: str,
    author: Author,
    changes: list[Change] | None = None,
    ticket_id: UUID | None = None,
    number: int | None = None,
) -> UUID:
    """Write one entry. With ``ticket_id`` it is part of that ticket's timeline as well."""
    entry_id = uuid7()
    entry: dict[str, Any] = {
        "id": entry_id,
        "at": at,
        "subject": subject,
        "subject_id": str(subject_id),
        "ticket_id": ticket_id,
        "number": number,
        "action": action,
        "changes": changes or [],
        "request_id": request_id(),
        **author_columns(author),
    }
    _insert(conn, entry)
    return entry_id
