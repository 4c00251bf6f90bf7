"""Rows of an admin's choices."""

from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from services.triage.contract import Rules, RulesChange
from services.triage.models import Choice, table

_choice = table(Choice)


def rules(conn: sa.Connection, promote: str) -> Rules:
    """What holds now; ``promote`` is the operator's setting, where no admin has chosen."""
    chosen: dict[str, Any] = {
        row.name: row.value for row in conn.execute(sa.select(_choice)) if row.name in Rules.__struct_fields__
    }
    return msgspec.convert({"promote": promote, **chosen}, Rules)


def change(conn: sa.Connection, body: RulesChange, by: str, at: datetime) -> None:
    """Store what the admin changed."""
    dialect = sqlite if conn.dialect.name == "sqlite" else postgresql
    for name in body.__struct_fields__:
        value = getattr(body, name)
        if value is msgspec.UNSET:
            continue
        values = {"value": msgspec.to_builtins(value), "changed_at": at, "changed_by": by}
        insert = dialect.insert(_choice).values(name=name, **values)
        conn.execute(insert.on_conflict_do_update(index_elements=["name"], set_=values))
