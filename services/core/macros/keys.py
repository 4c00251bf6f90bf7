"""The digits to which a person binds macros: one macro a digit, one digit a macro."""

from uuid import UUID

import sqlalchemy as sa

from services.common.errors import Forbidden
from services.common.http import Actor
from services.common.ids import parse_uuid
from services.core.models import macro_key


def keys_of(conn: sa.Connection, actor: Actor) -> dict[UUID, int]:
    """Macro to digit, for the actor."""
    query = sa.select(macro_key.c.macro_id, macro_key.c.key).where(
        macro_key.c.staff_id == parse_uuid(actor.id)
    )
    return {row.macro_id: row.key for row in conn.execute(query)}


def bind(conn: sa.Connection, macro_id: UUID, key: int | None, actor: Actor) -> None:
    """Bind a macro to a digit, which leaves the one that it was bound to; None takes the digit away."""
    who = parse_uuid(actor.id)
    if actor.kind != "staff" or who is None:
        raise Forbidden("Keys belong to a person.")
    taken = sa.or_(macro_key.c.macro_id == macro_id, macro_key.c.key == key)
    conn.execute(macro_key.delete().where(macro_key.c.staff_id == who, taken))
    if key is not None:
        conn.execute(macro_key.insert(), {"staff_id": who, "key": key, "macro_id": macro_id})
