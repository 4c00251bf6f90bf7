"""One's own notifications over HTTP."""

from uuid import UUID

import sqlalchemy as sa
from litestar import get, post, put
from litestar.di import NamedDependency
from litestar.params import FromQuery, JSONBody

from services.common.errors import Forbidden
from services.common.http import Actor, clamp_limit, encode_cursor, require
from services.common.http.paging import BadCursor, decode_cursor
from services.common.ids import parse_uuid
from services.core.contract import MarkRead, Notification, NotificationChoice, NotificationPage
from services.core.desk import Core
from services.core.models import notification
from services.core.notifications import service


def person(actor: Actor) -> UUID:
    """The colleague who asks."""
    require(actor, "tickets:read")
    who = parse_uuid(actor.id)
    if actor.kind != "staff" or who is None:
        raise Forbidden("Only colleagues have notifications.")
    return who


@get("/api/v1/notifications", tags=["notifications"])
async def list_notifications(
    core: NamedDependency[Core],
    actor: NamedDependency[Actor],
    limit: FromQuery[int | None] = None,
    cursor: FromQuery[str | None] = None,
) -> NotificationPage:
    """What concerns you, newest first, and how much of it you have not read."""
    who = person(actor)
    return await core.db.read(lambda conn: _page(conn, who, clamp_limit(limit), cursor))


def _page(conn: sa.Connection, who: UUID, limit: int, cursor: str | None) -> NotificationPage:
    mine = notification.c.staff_id == who, notification.c.shown.is_(True)
    query = sa.select(notification).where(*mine).order_by(notification.c.id.desc()).limit(limit + 1)
    if (after := decode_cursor(cursor, str)) is not None:
        last = parse_uuid(after[0])
        if last is None:
            raise BadCursor
        query = query.where(notification.c.id < last)
    rows = conn.execute(query).mappings().all()
    unread = sa.select(sa.func.count()).where(*mine, notification.c.read_at.is_(None))
    items = [
        Notification(**{name: row[name] for name in Notification.__struct_fields__}) for row in rows[:limit]
    ]
    return NotificationPage(
        items=items,
        unread=int(conn.execute(unread).scalar_one()),
        next_cursor=encode_cursor(str(items[-1].id)) if len(rows) > limit else None,
    )


@post("/api/v1/notifications/read", status_code=200, tags=["notifications"])
async def mark_read(
    core: NamedDependency[Core], actor: NamedDependency[Actor], data: JSONBody[MarkRead]
) -> NotificationPage:
    """Say that you have read some of them, those of a ticket, or all."""
    who = person(actor)

    def unit(conn: sa.Connection) -> NotificationPage:
        conditions = [notification.c.staff_id == who, notification.c.read_at.is_(None)]
        if data.ids is not None:
            conditions.append(notification.c.id.in_(data.ids[:500]))
        if data.number is not None:
            conditions.append(notification.c.number == data.number)
        conn.execute(notification.update().where(*conditions).values(read_at=core.now()))
        return _page(conn, who, 20, None)

    return await core.db.write(unit)


@get("/api/v1/notifications/choices", tags=["notifications"])
async def read_choices(
    core: NamedDependency[Core], actor: NamedDependency[Actor]
) -> list[NotificationChoice]:
    """What you want to be told, on the page and by mail."""
    who = person(actor)
    return await core.db.read(lambda conn: service.choices(conn, who))


@put("/api/v1/notifications/choices", status_code=200, tags=["notifications"])
async def keep_choices(
    core: NamedDependency[Core], actor: NamedDependency[Actor], data: JSONBody[list[NotificationChoice]]
) -> list[NotificationChoice]:
    """Choose what you want to be told; kinds that are left out are told as usual."""
    who = person(actor)
    return await core.db.write(lambda conn: service.choose(conn, who, data))


routes = [list_notifications, mark_read, read_choices, keep_choices]
