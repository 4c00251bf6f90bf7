"""The audit log over HTTP: read, and nothing else."""

from typing import Any

import msgspec
import sqlalchemy as sa
from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromQuery

from services.common.errors import Forbidden
from services.common.http import Actor, clamp_limit, encode_cursor, require
from services.common.http.paging import BadCursor, decode_cursor
from services.common.ids import parse_uuid
from services.core.contract import AuditEntry, AuditPage, Author, Change
from services.core.desk import Core
from services.core.models import audit


@get("/api/v1/audit", tags=["operations"])
async def read_audit(
    core: NamedDependency[Core],
    actor: NamedDependency[Actor],
    subject: FromQuery[str | None] = None,
    subject_id: FromQuery[str | None] = None,
    number: FromQuery[int | None] = None,
    author: FromQuery[str | None] = None,
    limit: FromQuery[int | None] = None,
    cursor: FromQuery[str | None] = None,
) -> AuditPage:
    """Every change, newest first: who, when, what it was, what it became. Leads and admins."""
    require(actor, "tickets:read")
    if not actor.is_lead:
        raise Forbidden("The audit log is for leads and admins.")
    wanted = {
        audit.c.subject: subject,
        audit.c.subject_id: subject_id,
        audit.c.number: number,
        audit.c.author_id: author,
    }
    conditions = [column == value for column, value in wanted.items() if value is not None]
    return await core.db.read(lambda conn: _page(conn, conditions, clamp_limit(limit), cursor))


def _page(conn: sa.Connection, conditions: list[Any], limit: int, cursor: str | None) -> AuditPage:
    query = sa.select(audit).where(*conditions)
    if (after := decode_cursor(cursor, str)) is not None:
        last = parse_uuid(after[0])
        if last is None:
            raise BadCursor
        query = query.where(audit.c.id < last)
    rows = conn.execute(query.order_by(audit.c.id.desc()).limit(limit + 1)).all()
    items = [
        AuditEntry(
            id=r.id,
            at=r.at,
            subject=r.subject,
            subject_id=r.subject_id,
            number=r.number,
            action=r.action,
            author=Author(kind=r.author_kind, id=r.author_id, name=r.author_name),
            changes=msgspec.convert(r.changes, list[Change]),
            request_id=r.request_id,
        )
        for r in rows[:limit]
    ]
    return AuditPage(items=items, next_cursor=encode_cursor(str(items[-1].id)) if len(rows) > limit else None)


routes = [read_audit]
