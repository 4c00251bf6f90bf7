"""Subscriptions of browsers, each its owner's alone."""

from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import sqlalchemy as sa

from services.common.errors import FieldError, Invalid
from services.common.ids import uuid7
from services.common.text import single_line
from services.core.contract import NewPushSubscription, PushSubscription
from services.core.jobs import jobs
from services.core.models import push_subscription
from services.core.push.seal import browser_key, decoded

MOST = 20
"""Browsers of one person; the one that was heard of longest ago makes room."""


def checked(data: NewPushSubscription) -> None:
    """Raises :class:`Invalid` for keys that nothing could be sealed with."""
    try:
        browser_key(data.p256dh)
        fits = len(decoded(data.auth)) == 16
    except (ValueError, TypeError):
        fits = False
    if not fits:
        raise Invalid(errors=[FieldError("p256dh", "These are not the keys of a browser.", "invalid")])


def subscribe(conn: sa.Connection, who: UUID, data: NewPushSubscription, at: datetime) -> PushSubscription:
    """Keep a browser's subscription; one that somebody else had in this browser is theirs no longer."""
    mark = sha256(data.endpoint.encode()).hexdigest()
    conn.execute(push_subscription.delete().where(push_subscription.c.mark == mark))
    row = {
        "id": uuid7(), "staff_id": who, "endpoint": data.endpoint, "mark": mark, "p256dh": data.p256dh,
        "auth": data.auth, "device": single_line(data.device, 120), "created_at": at,
    }  # fmt: skip
    conn.execute(push_subscription.insert(), row)
    mine = sa.select(push_subscription.c.id).where(push_subscription.c.staff_id == who)
    newest = mine.order_by(push_subscription.c.id.desc()).limit(MOST)
    conn.execute(
        push_subscription.delete().where(
            push_subscription.c.staff_id == who, push_subscription.c.id.not_in(newest)
        )
    )
    return _view(row)


def of_person(conn: sa.Connection, who: UUID) -> list[PushSubscription]:
    """A person's browsers, newest first."""
    query = sa.select(push_subscription).where(push_subscription.c.staff_id == who)
    rows = conn.execute(query.order_by(push_subscription.c.id.desc())).mappings()
    return [_view(row) for row in rows]


def unsubscribe(conn: sa.Connection, who: UUID, subscription: UUID) -> None:
    """Forget one of a person's browsers; one that is not there is no error."""
    mine = push_subscription.c.staff_id == who, push_subscription.c.id == subscription
    conn.execute(push_subscription.delete().where(*mine))


def _view(row: Any) -> PushSubscription:
    return PushSubscription(
        id=row["id"],
        device=row["device"],
        service=urlsplit(row["endpoint"]).hostname or "",
        mark=row["mark"],
        created_at=row["created_at"],
    )


def send_to(conn: sa.Connection, notifications: dict[UUID, UUID]) -> None:
    """Queue the notification of each person (``{person: notification}``) for each of their browsers."""
    query = sa.select(push_subscription.c.id, push_subscription.c.staff_id)
    for row in conn.execute(query.where(push_subscription.c.staff_id.in_(list(notifications)))).all():
        told = {"subscription": str(row.id), "notification": str(notifications[row.staff_id])}
        jobs.enqueue(conn, "send_push", told)


def forget(conn: sa.Connection, subscriptions: Iterable[UUID]) -> None:
    """Remove what the push service knows no longer."""
    conn.execute(push_subscription.delete().where(push_subscription.c.id.in_(list(subscriptions))))
