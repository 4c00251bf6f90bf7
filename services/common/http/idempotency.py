"""``Idempotency-Key``: the same key with the same body answers the same, with another body 409.

The answer is stored in the same unit of work as what it answers for, so that a client that retries after a
crash either finds both or neither.
"""

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, TypeVar

import msgspec
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from services.common.clock import utc_now
from services.common.db.engine import Database
from services.common.db.tables import idempotency
from services.common.errors import BadRequest, Conflict
from services.common.http.actor import Actor

T = TypeVar("T")
KEPT = timedelta(hours=24)


class KeyReused(Conflict):
    code, title = "idempotency_key_reused", "This Idempotency-Key was used with another body"


async def idempotent(
    db: Database,
    actor: Actor,
    key: str | None,
    body: bytes,
    type_: type[T],
    unit: Callable[[sa.Connection], T],
    *,
    status: int = 201,
) -> T:
    """Run ``unit`` once for ``key``; a repeat returns the stored answer, decoded as ``type_``.

    Keys belong to the actor that sent them. Raises :class:`KeyReused` where the body differs.
    """
    if not key:
        return await db.write(unit)
    if len(key) > 200 or not key.isprintable():
        raise BadRequest("An Idempotency-Key has at most 200 printable characters.")
    digest = hashlib.sha256(body).digest()
    owner = actor.id or "anonymous"

    def once(conn: sa.Connection) -> T:
        known = _known(conn, owner, key)
        if known is not None:
            if known.request_hash != digest:
                raise KeyReused
            return msgspec.json.decode(known.body, type=type_)
        answer = unit(conn)
        conn.execute(
            idempotency.insert(),
            {
                "actor": owner,
                "key": key,
                "request_hash": digest,
                "status": status,
                "body": msgspec.json.encode(answer),
                "created_at": utc_now(),
            },
        )
        return answer

    try:
        return await db.write(once)
    except (
        IntegrityError
    ) as error:  # the same key at the same moment: the other one won, or it is not about keys
        known = await db.read(lambda conn: _known(conn, owner, key))
        if known is None:
            raise
        if known.request_hash != digest:
            raise KeyReused from error
        return msgspec.json.decode(known.body, type=type_)


def _known(conn: sa.Connection, owner: str, key: str) -> Any:
    return conn.execute(
        sa.select(idempotency).where(idempotency.c.actor == owner, idempotency.c.key == key)
    ).first()


def forget_old_keys(conn: sa.Connection, now: datetime) -> int:
    """Drop keys older than a day. Returns how many."""
    return conn.execute(idempotency.delete().where(idempotency.c.created_at < now - KEPT)).rowcount
