"""What an admin has switched at this desk, each with who did it and when."""

from datetime import datetime

import msgspec
import sqlalchemy as sa
from msgspec import UNSET

from services.common.http import Actor
from services.kb.contract import KbSettings, KbSettingsPatch
from services.kb.models import setting


def load(conn: sa.Connection) -> KbSettings:
    """The switches; what was never touched has its default."""
    rows = conn.execute(sa.select(setting.c.key, setting.c.value))
    known = {row.key: row.value for row in rows if row.key in KbSettings.__struct_fields__}
    return msgspec.convert(known, KbSettings)


def change(conn: sa.Connection, actor: Actor, patch: KbSettingsPatch, now: datetime) -> KbSettings:
    """Change what the patch names."""
    for key in KbSettingsPatch.__struct_fields__:
        value = getattr(patch, key)
        if value is not UNSET:
            conn.execute(setting.delete().where(setting.c.key == key))
            conn.execute(setting.insert().values(key=key, value=value, by_id=actor.id, at=now))
    return load(conn)
