"""Mail that could not become a ticket: kept byte for byte, listed, never silently dropped."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.common.errors import NotFound
from services.common.http import encode_cursor
from services.common.http.paging import BadCursor, decode_cursor
from services.common.ids import parse_uuid, uuid7
from services.core.audit import note
from services.core.contract import Author, Quarantined, QuarantinePage
from services.core.models import quarantine


class QuarantineNotFound(NotFound):
    code, title = "core.quarantine_not_found", "There is no such mail in quarantine"


def keep(
    conn: sa.Connection,
    *,
    reason: str,
    detail: str,
    sender: str,
    subject: str,
    size: int,
    sha256: str,
    file: str,
    at: datetime,
) -> UUID:
    """Keep one message; the same bytes a second time are the same entry."""
    known = conn.execute(sa.select(quarantine.c.id).where(quarantine.c.sha256 == sha256)).scalar()
    if known is not None:
        return known
    item = uuid7()
    conn.execute(
        quarantine.insert(),
        {
            "id": item,
            "reason": reason,
            "detail": detail[:1000],
            "sender": sender[:320],
            "subject": subject[:300],
            "size": size,
            "sha256": sha256,
            "file": file,
            "received_at": at,
            "resolved_at": None,
            "resolved_by": None,
        },
    )
    author = Author(kind="system", id=None, name="mail")
    note(conn, at=at, subject="quarantine", subject_id=item, action=reason, author=author)
    return item


def page(conn: sa.Connection, limit: int, cursor: str | None) -> QuarantinePage:
    """One page, newest first; what is resolved stays readable at the end of its time."""
    query = sa.select(quarantine).order_by(quarantine.c.id.desc()).limit(limit + 1)
    if (after := decode_cursor(cursor, str)) is not None:
        last = parse_uuid(after[0])
        if last is None:
            raise BadCursor
        query = query.where(quarantine.c.id < last)
    rows = conn.execute(query).mappings().all()
    more = len(rows) > limit
    items = [_view(row) for row in rows[:limit]]
    return QuarantinePage(items=items, next_cursor=encode_cursor(str(items[-1].id)) if more else None)


def find(conn: sa.Connection, item: UUID) -> dict[str, Any]:
    """One entry; raises :class:`QuarantineNotFound`."""
    row = conn.execute(sa.select(quarantine).where(quarantine.c.id == item)).mappings().first()
    if row is None:
        raise QuarantineNotFound
    return dict(row)


def resolve(conn: sa.Connection, item: UUID, author: Author, at: datetime) -> Quarantined:
    """Mark one as looked after."""
    row = find(conn, item)
    if row["resolved_at"] is None:
        row |= {"resolved_at": at, "resolved_by": author.id or author.name}
        conn.execute(
            quarantine.update()
            .where(quarantine.c.id == item)
            .values(resolved_at=at, resolved_by=row["resolved_by"])
        )
        note(conn, at=at, subject="quarantine", subject_id=item, action="resolved", author=author)
    return _view(row)


def _view(row: Mapping[Any, Any]) -> Quarantined:
    return Quarantined(**{name: row[name] for name in Quarantined.__struct_fields__})
