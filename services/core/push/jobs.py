"""Carrying one notification to one browser."""

from typing import Any
from uuid import UUID

import msgspec
import sqlalchemy as sa

from services.common.jobs import JobContext
from services.common.observability import get_logger
from services.common.outside import AddressRefused, AddressSilent
from services.core.desk import Core
from services.core.jobs import jobs
from services.core.models import notification, push_subscription, staff
from services.core.notifications.words import mail_words
from services.core.push import store
from services.core.push.keys import own_key
from services.core.push.seal import MOST, authorization, seal

log = get_logger(__name__)
GONE = (401, 403, 404, 410)
"""The service knows the subscription no longer, or not under our key: it is of no more use."""
LATER = (408, 425, 429)
TTL = 4 * 3600  # seconds that a browser may be away before what was urgent is stale


@jobs.job("send_push", queue="mail", max_attempts=5, lease=60)
async def send_push(ctx: JobContext, payload: dict[str, str]) -> dict[str, Any] | None:
    """Send one notification to one browser; one that has been read meanwhile, or a browser that is gone, needs none."""
    core: Core = ctx.service
    told, to = UUID(payload["notification"]), UUID(payload["subscription"])
    row = await core.db.read(lambda conn: _row(conn, told, to))
    if row is None:
        return None
    key = await core.write_once(lambda conn: own_key(conn, core.rt.settings.secret))
    headers = {
        "Authorization": authorization(key, row.endpoint, _contact(core), core.now()),
        "Content-Encoding": "aes128gcm",
        "Content-Type": "application/octet-stream",
        "TTL": str(TTL),
        "Urgency": "high",
        "Topic": f"t{row.number}",
    }
    content = seal(_message(core, row), row.p256dh, row.auth)
    try:
        answer = await core.outside.request("POST", row.endpoint, headers=headers, content=content, cut=True)
    except AddressRefused:
        await core.db.write(lambda conn: store.forget(conn, [to]))
        return {"state": "refused"}
    if answer.status in GONE:
        await core.db.write(lambda conn: store.forget(conn, [to]))
        return {"state": "gone"}
    if answer.status >= 500 or answer.status in LATER:
        raise AddressSilent(f"The push service answered {answer.status}.")
    if answer.status >= 300:
        log.warning("push.refused", status=answer.status)
        return {"state": "refused"}
    return {"state": "sent"}


def _row(conn: sa.Connection, told: UUID, to: UUID) -> Any:
    query = (
        sa.select(
            notification.c.kind, notification.c.number, notification.c.subject, notification.c.actor,
            notification.c.detail, staff.c.locale, push_subscription.c.endpoint, push_subscription.c.p256dh,
            push_subscription.c.auth,
        )
        .join(staff, staff.c.id == notification.c.staff_id)
        .join(push_subscription, push_subscription.c.staff_id == notification.c.staff_id)
        .where(
            notification.c.id == told, push_subscription.c.id == to, notification.c.read_at.is_(None),
            staff.c.active.is_(True),
        )
    )  # fmt: skip
    return conn.execute(query).first()


def _message(core: Core, row: Any) -> bytes:
    """Title, text and where it leads, in the person's language."""
    locale = row.locale if row.locale in {"en", "es"} else "en"
    told = {
        "kind": row.kind,
        "number": row.number,
        "actor": row.actor,
        "subject": row.subject,
        "detail": row.detail,
    }
    title, text = mail_words(locale, told, "")
    shown = {
        "title": title,
        "body": text[:600],
        "url": f"/agent/tickets/{row.number}",
        "tag": f"ticket-{row.number}",
    }
    encoded = msgspec.json.encode(shown)
    return encoded if len(encoded) <= MOST else msgspec.json.encode(shown | {"body": text[:150]})


def _contact(core: Core) -> str:
    """Where a push service may complain: the desk's address."""
    sender = core.rt.settings.mail_from
    return f"mailto:{sender}" if "@" in sender else core.rt.settings.url
